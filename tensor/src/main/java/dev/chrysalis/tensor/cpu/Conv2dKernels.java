package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// Two-dimensional convolutions of F32 tensors. All tensors are contiguous.
final class Conv2dKernels {
  private Conv2dKernels() {}

  /// `Op.Conv2d`: `x, w[, bias] → y`
  static void forward(Parallel pool, Conv2dSpec spec, List<Tensor> in, Tensor y) {
    throw new UnsupportedOperationException();
  }

  /// `Op.Conv2dInputGrad`: `dy, w → dx`
  static void inputGrad(Parallel pool, Conv2dSpec spec, List<Tensor> in, Tensor dx) {
    throw new UnsupportedOperationException();
  }

  /// `Op.Conv2dWeightGrad`: `x, dy → dw`
  static void weightGrad(Parallel pool, Conv2dSpec spec, List<Tensor> in, Tensor dw) {
    throw new UnsupportedOperationException();
  }

  /// `Op.ConvTranspose2d`: `x, w[, bias] → y`
  static void transposed(Parallel pool, Conv2dSpec spec, List<Tensor> in, Tensor y) {
    throw new UnsupportedOperationException();
  }
}
