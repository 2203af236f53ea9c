package dev.chrysalis.cli;

import dev.chrysalis.zoo.train.TrainingListener;
import java.util.Optional;
import java.util.StringJoiner;

/// Shows a training: a bar or lines for each stage while it runs, a line of what it reached when it
/// is done.
final class TrainingProgress implements TrainingListener, AutoCloseable {
  private final Console console;
  private Optional<Progress> running = Optional.empty();

  TrainingProgress(Console console) {
    this.console = console;
  }

  @Override
  public void started(String stage, int step, int steps) {
    close();
    if (step > 0 && step < steps) {
      console.note("%s: goes on at step %d of %d".formatted(stage, step, steps));
    } else if (!console.terminal()) {
      console.note("%s: %d steps".formatted(stage, steps));
    }
    running = Optional.of(Progress.resume(console, stage, steps, step));
  }

  @Override
  public void progressed(Report report) {
    StringJoiner text = new StringJoiner(", ");
    report.losses().forEach((name, mean) -> text.add("%s %.4f".formatted(name, mean)));
    text.add("%.1f GFLOP/s".formatted(report.gigaflopsPerSecond()));
    running.ifPresent(progress -> {
      progress.remark(text.toString());
      progress.stepTo(report.step());
    });
  }

  @Override
  public void noted(String stage, String message) {
    String line = "%s: %s".formatted(stage, message);
    running.ifPresentOrElse(
        progress -> progress.note(line), () -> console.note(Console.oneLine(line)));
  }

  @Override
  public void finished(String stage, String summary) {
    close();
    console.line("%s: %s".formatted(stage, summary));
    console.out().flush();
  }

  @Override
  public void close() {
    running.ifPresent(Progress::close);
    running = Optional.empty();
  }
}
