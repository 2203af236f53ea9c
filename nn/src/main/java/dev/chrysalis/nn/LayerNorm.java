package dev.chrysalis.nn;

import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;

/// `y = (x − mean) / √(var + eps) · weight + bias` over the last axis; `(…, D) → (…, D)`. Ba et al.
/// 2016, arXiv:1607.06450.
public record LayerNorm(Tensor weight, Tensor bias, double eps) implements Layer {
  /// Takes `weight` and `bias`, `(dim)` each.
  public static LayerNorm load(Weights w, int dim, double eps) {
    return new LayerNorm(w.get("weight", dim), w.get("bias", dim), eps);
  }

  @Override
  public Tensor forward(Tensor x) {
    return Ops.layerNorm(x, weight, bias, eps);
  }
}
