package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// Attention of F32 tensors. `q`, `k`, `v`, `y` and `dy` may have any strides but stride 1 along
/// the last axis; a mask is BOOL, U8 or F32 with any strides; `lse` and everything written is
/// contiguous.
final class AttentionKernels {
  private AttentionKernels() {}

  /// `Op.Attention`: `q, k, v[, mask] → y, lse`
  static void forward(Parallel pool, Op.Attention op, List<Tensor> in, List<Tensor> out) {
    if (out.get(1).count() == 0) {
      return;
    }
    AttentionShape shape = AttentionShape.of(in, op.causal(), op.scale(), in.size() == 4);
    new AttentionForward(shape, out.get(0).segment(), out.get(1).segment()).run(pool);
  }

  /// `Op.AttentionGrad`: `q, k, v[, mask], y, lse, dy → dq, dk, dv[, dmask]`
  static void backward(Parallel pool, Op.AttentionGrad op, List<Tensor> in, List<Tensor> out) {
    AttentionShape shape = AttentionShape.of(in, op.causal(), op.scale(), op.hasMask());
    int first = op.hasMask() ? 4 : 3;
    List<Tensor> dmask = op.maskGrad() ? List.of(out.get(3)) : List.of();
    dmask.forEach(mask -> mask.segment().asSlice(0, mask.type().sizeBytes()).fill((byte) 0));
    new AttentionBackward(
            shape, in.get(first), in.get(first + 1), in.get(first + 2), out.subList(0, 3), dmask)
        .run(pool);
  }
}
