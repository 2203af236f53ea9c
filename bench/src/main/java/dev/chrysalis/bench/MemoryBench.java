package dev.chrysalis.bench;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// How fast the current backend reads memory that is in no cache: the limit of all that does little
/// with much data, such as generating text.
public final class MemoryBench {
  /// Rows, and columns.
  static final int SIDE = 8192;

  private MemoryBench() {}

  /// Adds up 256 MiB of F32.
  ///
  /// @throws BenchException if the sums are wrong
  public static BenchRow read(Timing.Plan plan) {
    return read(SIDE, plan);
  }

  /// @param size rows, and columns
  static BenchRow read(int size, Timing.Plan plan) {
    return Scope.compute(
        () -> {
          Tensor x = Ops.fill(DType.F32, 1, size, size);
          float[] sums = x.sum(1, false).toFloats();
          for (float sum : sums) {
            if (sum != size) {
              throw new BenchException(
                  "read: sum of %d ones is %s: not timed".formatted(size, sum));
            }
          }
          Timing timing = Timing.measure(plan, () -> Scope.run(() -> x.sum(1, false)));
          double bytes = x.type().sizeBytes();
          return BenchRow.of(
              "read", size + "x" + size, timing, Rate.gbytes(bytes / timing.medianMs() * 1e-6));
        },
        _ -> List.of());
  }
}
