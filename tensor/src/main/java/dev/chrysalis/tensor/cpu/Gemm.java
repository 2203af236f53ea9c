package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Products of F32 matrices.
final class Gemm {
  private Gemm() {}

  /// `Op.MatMul`; `a` and `b` may have any strides.
  static void matMul(Parallel pool, Op.MatMul op, List<Tensor> in, Tensor y) {
    throw new UnsupportedOperationException();
  }

  /// `Op.Linear`; `x` and `w` may have any strides, the bias is contiguous.
  static void linear(Parallel pool, List<Tensor> in, Tensor y) {
    throw new UnsupportedOperationException();
  }

  /// `C = A·B + bias`, or `C += A·B + bias` if `accumulate`, for every matrix of the batch.
  ///
  /// @param a `(m, k)`, any strides; fastest if one is 1
  /// @param b `(k, n)`, any strides; fastest if one is 1
  /// @param c `(m, n)`, column stride 1, matrices do not overlap
  /// @param bias `(n)`, or `MemorySegment.NULL` for none
  static void multiply(
      Parallel pool,
      int m,
      int n,
      int k,
      Matrices a,
      Matrices b,
      Matrices c,
      MemorySegment bias,
      boolean accumulate) {
    throw new UnsupportedOperationException();
  }
}
