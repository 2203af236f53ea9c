package dev.chrysalis.nn;

import dev.chrysalis.tensor.Tensor;

/// A function of one tensor with weights inside.
@FunctionalInterface
public interface Layer {
  /// The function; the layer says from what shape to what shape.
  Tensor forward(Tensor x);
}
