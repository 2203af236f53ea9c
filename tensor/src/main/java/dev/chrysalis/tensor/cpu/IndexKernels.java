package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.BYTES;
import static dev.chrysalis.tensor.cpu.Lanes.load;
import static dev.chrysalis.tensor.cpu.Lanes.store;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.cpu.Scratch.Slot;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Rows named by numbers.
final class IndexKernels {
  /// Bytes a task copies at least.
  private static final int CHUNK_BYTES = 1 << 16;

  /// Columns of a table that one task adds to.
  private static final int COLUMNS = 64;

  private IndexKernels() {}

  private static int[] indices(String op, Tensor ids, int size) {
    int[] indices = new int[Math.toIntExact(ids.count())];
    for (int i = 0; i < indices.length; i++) {
      long id = ids.getLong(i);
      if (id < 0 || id >= size) {
        throw new ShapeException(
            "%s: index %d at position %d: need 0 to %d".formatted(op, id, i, size - 1));
      }
      indices[i] = (int) id;
    }
    return indices;
  }

  /// `table (V, D), ids → y (…, D)`, any dtype.
  static void embedding(Work work, Tensor table, Tensor ids, Tensor y) {
    rows(work, indices("embedding", ids, table.size(0)), table, 1, y);
  }

  /// `x, index (n) → y`: the named indices of `axis`, any dtype.
  static void indexSelect(Work work, int axis, Tensor x, Tensor index, Tensor y) {
    int at = x.shape().axis(axis);
    int outer = (int) x.shape().range(0, at).count();
    rows(work, indices("index_select", index, x.size(at)), x, outer, y);
  }

  /// `x (outer, rows, …) → y (outer, indices, …)`
  private static void rows(Work work, int[] indices, Tensor x, int outer, Tensor y) {
    if (y.count() == 0) {
      return;
    }
    Tensor plain = work.contiguous(x);
    MemorySegment from = plain.segment();
    MemorySegment to = y.segment();
    long rowBytes = y.type().sizeBytes() / outer / indices.length;
    long rows = x.type().sizeBytes() / outer / rowBytes;
    int count = outer * indices.length;
    int perTask = (int) Math.max(1, CHUNK_BYTES / rowBytes);
    work.pool()
        .run(
            (count + perTask - 1) / perTask,
            task -> {
              for (int i = task * perTask; i < Math.min(count, (task + 1) * perTask); i++) {
                long source = i / indices.length * rows + indices[i % indices.length];
                MemorySegment.copy(from, source * rowBytes, to, i * rowBytes, rowBytes);
              }
            });
  }

  /// `ids, dy → dtable (rows, D)`. Each task adds all rows of some columns, in their order: the
  /// sums do not depend on the number of threads.
  static void embeddingGrad(Work work, List<Tensor> in, Tensor dtable) {
    int[] ids = indices("embedding grad", in.get(0), dtable.size(0));
    MemorySegment dy = work.contiguous(in.get(1)).segment();
    CopyKernels.fill(work.pool(), dtable, 0);
    int width = dtable.size(1);
    MemorySegment to = dtable.segment();
    work.pool()
        .run(
            (width + COLUMNS - 1) / COLUMNS,
            task -> {
              long first = (long) task * COLUMNS;
              int columns = (int) Math.min(COLUMNS, width - first);
              for (int i = 0; i < ids.length; i++) {
                long a = ((long) i * width + first) * 4;
                long b = ((long) ids[i] * width + first) * 4;
                addRun(dy, a, to, b, columns);
              }
            });
  }

  private static void addRun(MemorySegment from, long a, MemorySegment to, long b, int count) {
    int i = 0;
    for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
      long at = i / Lanes.COUNT * (long) BYTES;
      store(load(to, b + at).add(load(from, a + at)), to, b + at);
    }
    for (; i < count; i++) { // tail: less than a vector
      float sum = to.get(Elements.F32, b + i * 4L) + from.get(Elements.F32, a + i * 4L);
      to.set(Elements.F32, b + i * 4L, sum);
    }
  }

  /// The first index of the maximum along the last axis; NaN is larger than everything.
  static void argMax(Work work, Tensor x, Tensor y) {
    Rows rows = Rows.of(work, x);
    rows.forEach(
        work.pool(),
        (first, last, scratch) -> {
          for (int r = first; r < last; r++) {
            long at = argMax(rows.memory(), rows.start(r), rows.length());
            y.segment().set(Elements.I64, r * 8L, at);
          }
        });
  }

  private static long argMax(MemorySegment x, long start, int length) {
    int best = 0;
    float max = x.get(Elements.F32, start * 4);
    for (int i = 1; i < length; i++) {
      float value = x.get(Elements.F32, (start + i) * 4);
      if (!(value <= max) && max == max) {
        max = value;
        best = i;
      }
    }
    return best;
  }

  /// The `k` largest along the last axis, from the largest down, the earlier first among equals;
  /// NaN is larger than everything. For the few best of many: a number that is not above the last
  /// of them costs one comparison.
  static void topK(Work work, int k, Tensor x, List<Tensor> out) {
    Rows rows = Rows.of(work, x);
    MemorySegment values = out.get(0).segment();
    MemorySegment indices = out.get(1).segment();
    rows.forEach(
        work.pool(),
        (first, last, scratch) -> {
          float[] row = scratch.floats(Slot.ROW, rows.padded());
          float[] best = scratch.floats(Slot.OUTPUT, k);
          int[] at = scratch.ints(Slot.OUTPUT, k);
          for (int r = first; r < last; r++) {
            rows.read(r, row, 0);
            topK(row, rows.length(), k, best, at);
            for (int i = 0; i < k; i++) {
              values.set(Elements.F32, ((long) r * k + i) * 4, best[i]);
              indices.set(Elements.I64, ((long) r * k + i) * 8, at[i]);
            }
          }
        });
  }

  private static void topK(float[] x, int n, int k, float[] best, int[] at) {
    int found = 0;
    for (int i = 0; i < n; i++) {
      float value = x[i];
      if (found == k && !isAbove(value, best[k - 1])) {
        continue;
      }
      int place = found == k ? k - 1 : found++;
      for (; place > 0 && isAbove(value, best[place - 1]); place--) {
        best[place] = best[place - 1];
        at[place] = at[place - 1];
      }
      best[place] = value;
      at[place] = i;
    }
  }

  private static boolean isAbove(float a, float b) {
    return a > b || (a != a && b == b);
  }
}
