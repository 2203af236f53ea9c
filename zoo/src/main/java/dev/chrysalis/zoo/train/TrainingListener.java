package dev.chrysalis.zoo.train;

import java.util.Map;

/// Hears how a training goes.
public interface TrainingListener {
  /// Hears nothing.
  TrainingListener SILENT = new TrainingListener() {};

  /// A stage starts or goes on.
  ///
  /// @param step steps taken before
  default void started(String stage, int step, int steps) {}

  /// Steps were taken since the last report.
  default void progressed(Report report) {}

  /// Something worth a line: a checkpoint that could not be read, for instance.
  default void noted(String stage, String message) {}

  /// A stage is done.
  ///
  /// @param summary what it reached, its operations and their rate
  default void finished(String stage, String summary) {}

  /// What happened since the last report.
  ///
  /// @param losses means, in the order of the stage's loss names
  /// @param secondsLeft at this pace
  record Report(
      String stage,
      int step,
      int steps,
      Map<String, Double> losses,
      double gradientNorm,
      double learningRate,
      double gigaflopsPerSecond,
      double secondsLeft) {}
}
