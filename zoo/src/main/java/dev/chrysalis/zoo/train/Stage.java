package dev.chrysalis.zoo.train;

import dev.chrysalis.nn.Optimizer;
import dev.chrysalis.nn.Schedule;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/// One training with one loss: what is trained, on what, how long.
///
/// The loss of a step must be a pure function of the parameters and the step's number; then a run
/// that was killed goes on bit for bit.
///
/// @param <B> what a step learns from
public interface Stage<B> {
  /// Length and optimiser; the same in every call.
  Plan plan();

  /// In how many parts a step is computed at once on so many threads. The losses of a step are the
  /// means of those of its parts. One part leaves all threads to each op; in small models, whose
  /// ops are short, parts are faster.
  default int parts(int threads) {
    return 1;
  }

  /// What step `step` learns from, or a part of it; runs outside of the tape, and in several
  /// threads at once if there are parts.
  B batch(int step, Part part);

  /// The losses of a step; gradients are taken of the first. Runs under a tape.
  List<Tensor> losses(B batch);

  /// One of several parts of a batch.
  ///
  /// @param index from 0 on
  record Part(int index, int count) {
    /// The part that is all there is.
    static final Part WHOLE = new Part(0, 1);

    /// Every `count`-th element, so that parts of a sorted list are alike.
    <T> List<T> of(List<T> all) {
      return IntStream.iterate(index, i -> i < all.size(), i -> i + count)
          .mapToObj(all::get)
          .toList();
    }

    /// All parts of this whole.
    List<Part> all() {
      return IntStream.range(0, count).mapToObj(i -> new Part(i, count)).toList();
    }
  }

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
