package dev.chrysalis.nn;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Moves named parameters against their gradients, in place.
public interface Optimizer {
  /// Several optimisers as one, each with parameters of its own; steps are taken together.
  ///
  /// @throws IllegalArgumentException if two have a parameter of the same name
  static Optimizer joined(Optimizer... parts) {
    return new JoinedOptimizers(List.of(parts));
  }

  /// Parameters by name, in the order in which they were added.
  Map<String, Tensor> parameters();

  /// Steps taken.
  int step();

  /// One step. Parameters without a gradient are left alone, as is what is kept of them.
  ///
  /// @param gradients by parameter name
  /// @throws IllegalArgumentException if there is no parameter of a gradient's name
  void step(Map<String, Tensor> gradients, double learningRate);

  /// What is kept from step to step, by name, to be saved; the tensors live on.
  Map<String, Tensor> state();

  /// Goes on from a saved state; names in it that are not of this optimiser are passed over.
  ///
  /// @throws CheckpointException that lists all tensors that are missing or misshapen; nothing is
  ///   changed then
  void restore(Map<String, Tensor> state, int stepsTaken);
}
