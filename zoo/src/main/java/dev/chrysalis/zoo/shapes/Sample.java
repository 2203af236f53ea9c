package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;
import java.util.List;

/// A conversation; the human speaks first, except in plain text, which is a single turn of GPT's.
///
/// For a sample to be measured, everything but the last turn is the prompt and the last turn a
/// right response.
public record Sample(Task task, List<Turn> turns, Target target) {
  public Sample {
    turns = List.copyOf(turns);
  }

  static Sample open(Task task, Turn... turns) {
    return new Sample(task, List.of(turns), new Target.Open());
  }

  /// All turns but the last.
  public List<Turn> prompt() {
    return turns.subList(0, turns.size() - 1);
  }

  /// All pictures, in the order of their placeholders.
  public List<Picture> images() {
    return turns.stream().flatMap(t -> t.images().stream()).toList();
  }
}
