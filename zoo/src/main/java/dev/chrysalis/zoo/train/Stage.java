package dev.chrysalis.zoo.train;

import dev.chrysalis.nn.AdamW;
import dev.chrysalis.nn.Schedule;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// One training with one loss: what is trained, on what, how long.
///
/// The loss of a step must be a pure function of the parameters and the step's number; then a run
/// that was killed goes on bit for bit.
///
/// @param <B> what a step learns from
public interface Stage<B> {
  /// Short, for folders and reports.
  String name();

  /// Steps in all.
  int steps();

  /// Peak learning rate.
  double learningRate();

  /// Factor on the peak, by step.
  Schedule schedule();

  /// The optimiser with all trained parameters, which are written in place.
  AdamW optimizer();

  /// Names of what `losses` returns, the total first.
  List<String> lossNames();

  /// The losses of step `step`; gradients are taken of the first. Runs under a tape.
  List<Tensor> losses(B batch);

  /// What step `step` learns from; runs outside of the tape.
  B batch(int step);

  /// Gradients are clipped to this Euclidean norm.
  default double clipNorm() {
    return 1;
  }

  /// Decay of the average of the parameters that is the stage's result; 0 takes the last
  /// parameters.
  default double emaDecay() {
    return 0;
  }
}
