package dev.chrysalis.nn;

import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;

/// `y = x / √(mean(x²) + eps) · weight` over the last axis; `(…, D) → (…, D)`. Zhang & Sennrich
/// 2019, arXiv:1910.07467, eq. 4.
public record RmsNorm(Tensor weight, double eps) implements Layer {
  /// Takes `weight (dim)`.
  public static RmsNorm load(Weights w, int dim, double eps) {
    return new RmsNorm(w.get("weight", dim), eps);
  }

  @Override
  public Tensor forward(Tensor x) {
    return Ops.rmsNorm(x, weight, eps);
  }
}
