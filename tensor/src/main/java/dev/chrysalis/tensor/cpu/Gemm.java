package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Products of F32 matrices. Large ones go to `GemmBlocked`, those with few rows or columns to
/// `GemmSkinny`.
///
/// Sums over `k` are f32, by fused multiply and add, in an order that depends on the sizes and
/// strides alone.
final class Gemm {
  /// `C (m, n) = A (m, k)·B (k, n) + bias (n)` for every matrix of a batch, added to `C` if
  /// `accumulate`.
  record Problem(
      int m,
      int n,
      int k,
      Matrices a,
      Matrices b,
      Matrices c,
      MemorySegment bias,
      boolean accumulate) {
    int count() {
      return c.count();
    }

    boolean hasBias() {
      return bias.byteSize() > 0;
    }
  }

  private Gemm() {}

  /// `Op.MatMul`; `a` and `b` may have any strides.
  static void matMul(Parallel pool, Op.MatMul op, List<Tensor> in, Tensor y) {
    Shape batch = y.shape().range(0, y.rank() - 2);
    Tensor a = in.get(0);
    multiply(
        pool,
        y.size(-2),
        y.size(-1),
        op.transposeA() ? a.size(-2) : a.size(-1),
        Matrices.of(a, op.transposeA(), batch),
        Matrices.of(in.get(1), op.transposeB(), batch),
        Matrices.of(y, false, batch),
        MemorySegment.NULL,
        false);
  }

  /// `Op.Linear`; `x` and `w` may have any strides, the bias is contiguous.
  static void linear(Parallel pool, List<Tensor> in, Tensor y) {
    Tensor x = in.get(0);
    Tensor w = in.get(1);
    int rank = x.rank();
    MemorySegment bias = in.size() == 3 ? in.get(2).segment() : MemorySegment.NULL;
    Matrices weight = Matrices.of(w, true, Shape.of());
    if (rank == 1) {
      Matrices row = Matrices.of(x.segment(), 0, x.stride(0));
      Matrices out = Matrices.of(y.segment(), w.size(0), 1);
      multiply(pool, 1, w.size(0), w.size(1), row, weight, out, bias, false);
      return;
    }
    Shape batch = y.shape().range(0, rank - 2);
    multiply(
        pool,
        x.size(-2),
        w.size(0),
        w.size(1),
        Matrices.of(x, false, batch),
        weight.repeated(Math.toIntExact(batch.count())),
        Matrices.of(y, false, batch),
        bias,
        false);
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
    assert a.count() == c.count() && b.count() == c.count() && (c.columnStride() == 1 || n == 1);
    if (m == 0 || n == 0 || c.count() == 0) {
      return;
    }
    Problem problem = merge(new Problem(m, n, k, a, b, c, bias, accumulate));
    if (k == 0) {
      putBias(problem);
    } else if (GemmSkinny.fits(problem)) {
      new GemmSkinny(pool, problem).run();
    } else {
      new GemmBlocked(pool, problem).run();
    }
  }

  /// A batch of products with the same `B` is one product of a taller `A`, if the rows of `A` and
  /// of `C` go on evenly.
  private static Problem merge(Problem p) {
    int count = p.count();
    long rows = (long) p.m() * count;
    if (count == 1 || !p.b().isRepeated() || rows > Integer.MAX_VALUE) {
      return p;
    }
    Matrices a = p.a().merged(p.m());
    Matrices c = p.c().merged(p.m());
    return a.count() > 1 || c.count() > 1
        ? p
        : new Problem((int) rows, p.n(), p.k(), a, p.b().repeated(1), c, p.bias(), p.accumulate());
  }

  /// The product of nothing: the bias alone.
  static void putBias(Problem p) {
    for (long offset : p.c().offsets()) {
      for (int i = 0; i < p.m(); i++) {
        for (int j = 0; j < p.n(); j++) {
          long at = (offset + i * p.c().rowStride() + j) * Float.BYTES;
          float bias = p.hasBias() ? p.bias().get(Elements.F32, j * (long) Float.BYTES) : 0;
          float old = p.accumulate() ? p.c().segment().get(Elements.F32, at) : 0;
          p.c().segment().set(Elements.F32, at, old + bias);
        }
      }
    }
  }
}
