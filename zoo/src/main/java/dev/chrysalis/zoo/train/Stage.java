package dev.chrysalis.zoo.train;

import dev.chrysalis.nn.Optimizer;
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
  /// Length and optimiser; the same in every call.
  Plan plan();

  /// What step `step` learns from; runs outside of the tape.
  B batch(int step);

  /// The losses of a step; gradients are taken of the first. Runs under a tape.
  List<Tensor> losses(B batch);

  /// A training but for its data and its loss.
  ///
  /// @param name short, for folders and reports
  /// @param steps in all
  /// @param learningRate at its peak
  /// @param schedule factor on the peak, by step
  /// @param optimizer with all trained parameters, which are written in place
  /// @param lossNames names of what `losses` returns, the total first
  /// @param clipNorm gradients are clipped to this Euclidean norm
  /// @param emaDecay of the average of the parameters that is the result; 0 takes the last
  ///   parameters
  record Plan(
      String name,
      int steps,
      double learningRate,
      Schedule schedule,
      Optimizer optimizer,
      List<String> lossNames,
      double clipNorm,
      double emaDecay) {
    public Plan {
      lossNames = List.copyOf(lossNames);
    }

    /// A plan that clips to norm 1 and does not average.
    public static Plan of(
        String name,
        ShapesRecipe.Length length,
        Schedule schedule,
        Optimizer optimizer,
        String... lossNames) {
      return new Plan(
          name,
          length.steps(),
          length.learningRate(),
          schedule,
          optimizer,
          List.of(lossNames),
          1,
          0);
    }

    /// This plan with averaged parameters as its result.
    public Plan averaged(double decay) {
      return new Plan(name, steps, learningRate, schedule, optimizer, lossNames, clipNorm, decay);
    }
  }
}
