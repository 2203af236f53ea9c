package dev.chrysalis.bench;

import dev.chrysalis.tensor.Scope;
import java.util.List;

/// The row kernels in F32 on the current backend, into memory that is there already.
public final class RowKernelBench {
  private RowKernelBench() {}

  /// Measures one kernel on `(rows, columns)`.
  ///
  /// @throws BenchException if the backend computes it wrongly
  public static BenchRow run(RowKernel kernel, int rows, int columns, Timing.Plan plan) {
    return Scope.compute(
        () -> {
          RowKernel.Call call = kernel.prepare(rows, columns);
          Timing timing = Timing.measure(plan, call::run);
          Rate rate = Rate.gbytes(call.bytes() / timing.medianMs() * 1e-6);
          return BenchRow.of(kernel.toString(), rows + "x" + columns, timing, rate);
        },
        _ -> List.of());
  }
}
