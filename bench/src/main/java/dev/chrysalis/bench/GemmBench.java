package dev.chrysalis.bench;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// The matrix product on the current backend, into memory that is there already.
///
/// Before it is timed, the corners of the product and entries at random places are held against the
/// plain sum over `k` in double.
public final class GemmBench {
  private GemmBench() {}

  /// Measures one product in F32.
  ///
  /// @throws BenchException if the backend computes it wrongly
  public static BenchRow run(GemmShape shape, Timing.Plan plan) {
    return run(shape, DType.F32, plan);
  }

  /// Measures one product.
  ///
  /// @param dtype of all three matrices
  /// @throws BenchException if the backend computes it wrongly
  public static BenchRow run(GemmShape shape, DType dtype, Timing.Plan plan) {
    return Scope.compute(
        () -> {
          Tensor a = Ops.normal(dtype, 1, 0, shape.m(), shape.k());
          Tensor b = Ops.normal(dtype, 1, 1, shape.k(), shape.n());
          Tensor c = Ops.fill(dtype, Double.NaN, shape.m(), shape.n());
          multiply(a, b, c);
          check(a, b, c);
          Timing timing = Timing.measure(plan, () -> multiply(a, b, c));
          Rate rate = Rate.gflops(shape.flops() / timing.medianMs() * 1e-6);
          return BenchRow.of("gemm", shape.toString(), dtype, timing, rate, moved(timing, a, b, c));
        },
        _ -> List.of());
  }

  /// Each of these tensors read or written once in a call.
  static Rate moved(Timing timing, Tensor... tensors) {
    long bytes = Arrays.stream(tensors).mapToLong(tensor -> tensor.type().sizeBytes()).sum();
    return Rate.gbytes(bytes / timing.medianMs() * 1e-6);
  }

  /// `c = a·b`
  public static void multiply(Tensor a, Tensor b, Tensor c) {
    Ops.update(new Op.MatMul(false, false), List.of(a, b), List.of(c));
  }

  /// Holds entries of `c` against the plain sum.
  ///
  /// @param a `(m, k)`, row-major
  /// @param b `(k, n)`, row-major
  /// @param c `(m, n)`, row-major
  /// @throws BenchException if one is wrong
  public static void check(Tensor a, Tensor b, Tensor c) {
    int depth = a.size(1);
    SpotCheck.check(
        "gemm %dx%dx%d".formatted(c.size(0), c.size(1), depth),
        c,
        SpotCheck.TERMS,
        index -> {
          SpotCheck.Sum sum = SpotCheck.Sum.ZERO;
          for (int i = 0; i < depth; i++) {
            sum = sum.plus(SpotCheck.at(a, index[0], i) * SpotCheck.at(b, i, index[1]));
          }
          return sum;
        });
  }
}
