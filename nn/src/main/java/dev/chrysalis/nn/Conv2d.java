package dev.chrysalis.nn;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;

/// Convolution with bias; `(B, C, H, W) → (B, O, H', W')`.
///
/// @param weight `(O, C/groups, k, k)`
public record Conv2d(Tensor weight, Tensor bias, Conv2dSpec spec) implements Layer {
  /// @param kernel height and width of the window
  public static Conv2d load(Weights w, int in, int out, int kernel, Conv2dSpec spec) {
    return new Conv2d(
        w.get("weight", out, in / spec.groups(), kernel, kernel), w.get("bias", out), spec);
  }

  @Override
  public Tensor forward(Tensor x) {
    return Ops.conv2d(x, weight, bias, spec);
  }
}
