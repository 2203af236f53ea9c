package dev.chrysalis.nn;

import dev.chrysalis.tensor.Tensor;

/// A function of one tensor with weights inside.
@FunctionalInterface
public interface Layer {
  Tensor forward(Tensor x);
}
