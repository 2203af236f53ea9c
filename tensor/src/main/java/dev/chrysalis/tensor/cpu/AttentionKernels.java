package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// Attention of F32 tensors. `q`, `k`, `v`, `y` and `dy` may have any strides but stride 1 along the last axis; a mask is
/// BOOL, U8 or F32 with any strides; `lse` and everything written is contiguous.
final class AttentionKernels {
  private AttentionKernels() {}

  /// `Op.Attention`: `q, k, v[, mask] → y, lse`
  static void forward(Parallel pool, Op.Attention op, List<Tensor> in, List<Tensor> out) {
    throw new UnsupportedOperationException();
  }

  /// `Op.AttentionGrad`: `q, k, v[, mask], y, lse, dy → dq, dk, dv[, dmask]`
  static void backward(Parallel pool, Op.AttentionGrad op, List<Tensor> in, List<Tensor> out) {
    throw new UnsupportedOperationException();
  }
}
