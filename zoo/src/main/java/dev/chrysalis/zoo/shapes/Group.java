package dev.chrysalis.zoo.shapes;

import java.util.Locale;

/// The four groups of questions.
public enum Group {
  GENERAL(Task.GENERAL),
  KNOWLEDGE(Task.KNOWLEDGE),
  TEXT_AND_CHART(Task.TEXT_AND_CHART),
  VISION_CENTRIC(Task.VISION_CENTRIC);

  private final Task task;

  Group(Task task) {
    this.task = task;
  }

  public Task task() {
    return task;
  }

  /// The name in reports: `text_and_chart`.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
