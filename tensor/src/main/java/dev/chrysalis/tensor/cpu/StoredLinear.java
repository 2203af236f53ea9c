package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// `y = x·wᵀ + bias` with weights in the form they are stored in. For few rows of `x` this is bound
/// by the memory that the weights take; for more see `StoredProduct`.
final class StoredLinear {
  /// Most rows of `x` that `dots` takes.
  private static final int MAX_DOTS = 4;

  /// Elements of the weights that a task reads at least.
  private static final int TASK = 1 << 16;

  /// As many it reads where that leaves enough tasks: long stretches of memory are fetched ahead.
  private static final int LONG_TASK = 1 << 18;

  /// For each thread.
  private static final int ENOUGH_TASKS = 4;

  private static final int ROWS = 4;

  private StoredLinear() {}

  /// @param x `(…, k)`, contiguous
  /// @param n rows of the weights
  /// @param bias `(n)`, or `MemorySegment.NULL` for none
  /// @param y `(…, n)`, contiguous
  static void run(Parallel pool, Tensor x, StoredRows w, int n, MemorySegment bias, Tensor y) {
    int k = w.columns;
    if (y.count() == 0) {
      return;
    }
    int m = Math.toIntExact(y.count() / n);
    if (k == 0) {
      Matrices none = Matrices.of(MemorySegment.NULL, 1, 0);
      Matrices out = Matrices.of(y.segment(), n, 1);
      Gemm.putBias(new Gemm.Problem(m, n, k, none, none, out, bias, false));
    } else if (m <= MAX_DOTS) {
      dots(pool, x, w, n, bias, y, m);
    } else {
      Matrices columns = Matrices.of(x.segment(), 1, k);
      new StoredProduct(
              pool, w, n, new MatrixPanels.Source(columns), bias, Matrices.of(y.segment(), 1, n))
          .run(m);
    }
    Reference.reachabilityFence(
        w); // while tasks ran, also those of a run that failed, this was in use
  }

  private static void dots(
      Parallel pool, Tensor x, StoredRows w, int n, MemorySegment bias, Tensor y, int m) {
    int k = w.columns;
    Scratch shared = pool.borrow();
    try {
      float[] values = shared.floats(Scratch.Slot.SHARED, m * k);
      Panels.copy(x.segment(), 0, values, 0, m * k);
      float[] sums = shared.floats(Scratch.Slot.STATE, m * w.sums());
      for (int s = 0; s < m; s++) {
        w.sum(values, s * k, sums, s * w.sums());
      }
      int even = Math.min(LONG_TASK / k, n / (ENOUGH_TASKS * pool.threads()));
      int rows = Math.max(1, Math.max(TASK / k, even) / ROWS) * ROWS;
      pool.run(
          (n + rows - 1) / rows,
          (task, scratch) -> {
            int first = task * rows;
            int count = Math.min(rows, n - first);
            float[] out = scratch.floats(Scratch.Slot.OUTPUT, m * count);
            w.dots(first, count, values, sums, m, scratch, out, count);
            for (int s = 0; s < m; s++) {
              for (int r = 0; r < count; r++) {
                long column = first + r;
                float b = bias.byteSize() == 0 ? 0 : bias.get(Elements.F32, column * Float.BYTES);
                y.segment()
                    .set(
                        Elements.F32,
                        (s * (long) n + column) * Float.BYTES,
                        out[s * count + r] + b);
              }
            }
          });
    } finally {
      pool.giveBack(shared);
    }
  }
}
