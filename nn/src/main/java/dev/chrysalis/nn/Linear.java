package dev.chrysalis.nn;

import dev.chrysalis.tensor.Tensor;
import java.util.Optional;

/// `y = x·weightᵀ + bias`; `(…, in) → (…, out)`.
///
/// @param weight `(out, in)`
/// @param bias `(out)`
public record Linear(Matrix weight, Optional<Tensor> bias) implements Layer {
  /// A layer of plain numbers.
  public Linear(Tensor weight, Optional<Tensor> bias) {
    this(new Matrix.Dense(weight), bias);
  }

  /// Takes `weight (out, in)` and `bias (out)`.
  public static Linear load(Weights w, int in, int out) {
    return new Linear(w.matrix("weight", out, in), Optional.of(w.get("bias", out)));
  }

  /// Takes `weight (out, in)`.
  public static Linear loadWithoutBias(Weights w, int in, int out) {
    return new Linear(w.matrix("weight", out, in), Optional.empty());
  }

  @Override
  public Tensor forward(Tensor x) {
    return bias.map(b -> weight.times(x, b)).orElseGet(() -> weight.times(x));
  }
}
