package dev.chrysalis.nn;

import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.Optional;

/// `y = x·weightᵀ + bias`; `(…, in) → (…, out)`.
///
/// @param weight `(out, in)`
/// @param bias `(out)`
public record Linear(Tensor weight, Optional<Tensor> bias) implements Layer {
  /// Takes `weight (out, in)` and `bias (out)`.
  public static Linear load(Weights w, int in, int out) {
    return new Linear(w.get("weight", out, in), Optional.of(w.get("bias", out)));
  }

  /// Takes `weight (out, in)`.
  public static Linear loadWithoutBias(Weights w, int in, int out) {
    return new Linear(w.get("weight", out, in), Optional.empty());
  }

  @Override
  public Tensor forward(Tensor x) {
    return bias.map(b -> Ops.linear(x, weight, b)).orElseGet(() -> Ops.linear(x, weight));
  }
}
