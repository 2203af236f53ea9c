package dev.chrysalis.nn;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;

/// `y = (x − mean) / √(var + eps) · weight + bias`, statistics over the channels of a group and all
/// pixels; `(B, C, …) → (B, C, …)`. Wu & He 2018, arXiv:1803.08494.
public record GroupNorm(Tensor weight, Tensor bias, int groups, double eps) implements Layer {
  /// Takes `weight` and `bias`, `(channels)` each.
  public static GroupNorm load(Weights w, int groups, int channels, double eps) {
    return new GroupNorm(w.get("weight", channels), w.get("bias", channels), groups, eps);
  }

  @Override
  public Tensor forward(Tensor x) {
    return Ops.run(new Op.GroupNorm(groups, eps, false), x, weight, bias);
  }

  /// `silu(forward(x))` in one pass.
  public Tensor forwardSilu(Tensor x) {
    return Ops.run(new Op.GroupNorm(groups, eps, true), x, weight, bias);
  }
}
