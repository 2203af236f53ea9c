package dev.chrysalis.bench;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/// The F32 matrix product on the current backend, into memory that is there already.
///
/// Before it is timed, the corners of the product and entries at random places are held against the
/// plain sum over `k` in double.
public final class GemmBench {
  private static final int SAMPLES = 256;

  /// Largest `|c − e| / Σ|a·b|` of a right entry. Rounding gives about 1e-7, a lost term of a sum
  /// of a thousand 1e-3.
  private static final double TOLERANCE = 1e-5;

  private GemmBench() {}

  /// Measures one product.
  ///
  /// @throws BenchException if the backend computes it wrongly
  public static BenchRow run(GemmShape shape, Timing.Plan plan) {
    return Scope.compute(
        () -> {
          Tensor a = Ops.normal(DType.F32, 1, 0, shape.m(), shape.k());
          Tensor b = Ops.normal(DType.F32, 1, 1, shape.k(), shape.n());
          Tensor c = Ops.fill(DType.F32, Double.NaN, shape.m(), shape.n());
          multiply(a, b, c);
          check(a, b, c);
          Timing timing = Timing.measure(plan, () -> multiply(a, b, c));
          Rate rate = new Rate.Gflops(shape.flops() / timing.medianMs() * 1e-6);
          return BenchRow.of("gemm", shape.toString(), timing, rate);
        },
        _ -> List.of());
  }

  /// `c = a·b`
  public static void multiply(Tensor a, Tensor b, Tensor c) {
    Ops.update(new Op.MatMul(false, false), List.of(a, b), List.of(c));
  }

  /// Holds entries of `c` against the plain sum.
  ///
  /// @param a `(m, k)`, row-major, F32
  /// @param b `(k, n)`, row-major, F32
  /// @param c `(m, n)`, row-major, F32
  /// @throws BenchException if one is wrong
  public static void check(Tensor a, Tensor b, Tensor c) {
    int m = c.size(0);
    int n = c.size(1);
    for (int corner = 0; corner < 4; corner++) {
      checkEntry(a, b, c, corner / 2 * (m - 1), corner % 2 * (n - 1));
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < SAMPLES; i++) {
      checkEntry(a, b, c, random.nextInt(m), random.nextInt(n));
    }
  }

  private static void checkEntry(Tensor a, Tensor b, Tensor c, int row, int column) {
    int depth = a.size(1);
    int n = c.size(1);
    double expected = 0;
    double size = 0;
    for (int i = 0; i < depth; i++) {
      double product = at(a, (long) row * depth + i) * at(b, (long) i * n + column);
      expected += product;
      size += Math.abs(product);
    }
    double found = at(c, (long) row * n + column);
    if (!(Math.abs(found - expected) <= TOLERANCE * size)) {
      throw new BenchException(
          "gemm %dx%dx%d: entry (%d, %d) is %s, need %s: not timed"
              .formatted(c.size(0), n, depth, row, column, found, expected));
    }
  }

  private static double at(Tensor tensor, long index) {
    MemorySegment segment = tensor.segment();
    return segment.getAtIndex(Elements.F32, index);
  }
}
