package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Layout;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Moving elements of any dtype unchanged: copies between any strides, and the ops that are copies
/// into parts of a tensor.
final class CopyKernels {
  /// Bytes a task moves.
  static final int CHUNK_BYTES = 1 << 18;

  private CopyKernels() {}

  /// Writes the values of `from` into `to`, of the same type and with any strides.
  static void copy(Parallel pool, Tensor from, Tensor to) {
    if (from.count() == 0) {
      return;
    }
    Layout layout = ordered(from, to);
    if (layout.innerStride(0) == 1 && layout.innerStride(1) == 1) {
      copyRuns(pool, layout, from, to);
    } else {
      new TileCopy(layout, from, to).run(pool);
    }
  }

  /// Both layouts, with axes in falling order of the strides of `to`, so that writes go forward.
  private static Layout ordered(Tensor from, Tensor to) {
    int[] axes = new int[to.rank()];
    for (int axis = 0; axis < axes.length; axis++) { // insertion sort: there are few
      int at = axis;
      for (; at > 0 && isOuter(axis, axes[at - 1], from, to); at--) {
        axes[at] = axes[at - 1];
      }
      axes[at] = axis;
    }
    int[] sizes = new int[axes.length];
    long[][] strides = new long[2][axes.length];
    for (int i = 0; i < axes.length; i++) {
      sizes[i] = to.size(axes[i]);
      strides[0][i] = from.stride(axes[i]);
      strides[1][i] = to.stride(axes[i]);
    }
    return Layout.of(sizes, strides);
  }

  private static boolean isOuter(int a, int b, Tensor from, Tensor to) {
    return to.stride(a) == to.stride(b)
        ? from.stride(a) > from.stride(b)
        : to.stride(a) > to.stride(b);
  }

  /// Both sides contiguous along the innermost axis: a block copy for each run of it.
  private static void copyRuns(Parallel pool, Layout layout, Tensor from, Tensor to) {
    int size = from.dtype().sizeBytes();
    int inner = layout.inner();
    long chunk = CHUNK_BYTES / size;
    if (layout.rank() == 1 || inner >= chunk) {
      copyLongRuns(pool, layout, from, to);
      return;
    }
    MemorySegment source = from.segment();
    MemorySegment target = to.segment();
    int axis = layout.rank() - 2;
    long beside = layout.sizes()[axis];
    long fromStep = layout.strides()[0][axis];
    long toStep = layout.strides()[1][axis];
    long runs = layout.rows();
    long perTask = chunk / inner;
    pool.run(
        tasks(runs, perTask),
        task -> {
          long stop = Math.min(runs, (task + 1) * perTask);
          for (long run = task * perTask; run < stop; ) {
            long a = layout.position(0, run * inner);
            long b = layout.position(1, run * inner);
            int row = (int) Math.min(beside - run % beside, stop - run);
            for (int i = 0; i < row; i++) {
              Strided.copy(source, a + i * fromStep, 1, target, b + i * toStep, 1, inner, size);
            }
            run += row;
          }
        });
  }

  /// As above, the runs cut where they are longer than a task.
  private static void copyLongRuns(Parallel pool, Layout layout, Tensor from, Tensor to) {
    int size = from.dtype().sizeBytes();
    long count = layout.count();
    int inner = layout.inner();
    long chunk = CHUNK_BYTES / size;
    MemorySegment source = from.segment();
    MemorySegment target = to.segment();
    pool.run(
        tasks(count, chunk),
        task -> {
          long stop = Math.min(count, (task + 1) * chunk);
          for (long at = task * chunk; at < stop; ) {
            long run = Math.min(inner - at % inner, stop - at);
            long a = layout.position(0, at);
            long b = layout.position(1, at);
            Strided.copy(source, a, 1, target, b, 1, run, size);
            at += run;
          }
        });
  }

  static int tasks(long count, long chunk) {
    return Math.toIntExact((count + chunk - 1) / chunk);
  }

  /// The view of `size` indices of an axis from `start` on.
  static Tensor slice(Tensor x, int axis, int start, int size) {
    return new Tensor(
        new TensorType(x.dtype(), x.shape().with(axis, size)),
        x.strides(),
        size == 0 ? x.offset() : x.offset() + start * x.stride(axis),
        x.storage());
  }

  static void cat(Parallel pool, int axis, List<Tensor> parts, Tensor y) {
    int start = 0;
    for (Tensor part : parts) {
      int size = part.size(axis);
      copy(pool, part, slice(y, y.shape().axis(axis), start, size));
      start += size;
    }
  }

  /// Copies `x` into the places `starts + i·steps` of `y`, which holds `value` elsewhere.
  static void place(
      Parallel pool, Tensor x, List<Integer> starts, List<Integer> steps, double value, Tensor y) {
    fill(pool, y, value);
    if (x.count() == 0) {
      return;
    }
    long[] strides = y.strides();
    long offset = y.offset();
    for (int i = 0; i < strides.length; i++) {
      offset += starts.get(i) * strides[i];
      strides[i] *= steps.get(i);
    }
    copy(pool, x, new Tensor(x.type(), strides, offset, y.storage()));
  }

  /// Sets every element of a contiguous tensor.
  static void fill(Parallel pool, Tensor y, double value) {
    int size = y.dtype().sizeBytes();
    long count = y.count();
    if (count == 0) {
      return;
    }
    MemorySegment memory = y.segment();
    long chunk = CHUNK_BYTES / size;
    boolean zero = Double.doubleToRawLongBits(value) == 0;
    pool.run(
        tasks(count, chunk),
        task -> {
          long start = task * chunk;
          long sizeBytes = Math.min(chunk, count - start) * size;
          MemorySegment part = memory.asSlice(start * size, sizeBytes);
          if (zero) {
            part.fill((byte) 0);
            return;
          }
          Elements.setDouble(y.dtype(), part, 0, value);
          for (long done = size; done < sizeBytes; done *= 2) { // doubles what is there
            MemorySegment.copy(part, 0, part, done, Math.min(done, sizeBytes - done));
          }
        });
  }

  /// `x` with zeros where `column − row > diagonal`; `x` is contiguous.
  static void tril(Parallel pool, Tensor x, int diagonal, Tensor y) {
    int columns = y.size(-1);
    int rows = y.size(-2);
    if (y.count() == 0) {
      return;
    }
    int size = y.dtype().sizeBytes();
    long lines = y.count() / columns;
    long perTask = Math.max(1, CHUNK_BYTES / size / columns);
    MemorySegment from = x.segment();
    MemorySegment to = y.segment();
    pool.run(
        tasks(lines, perTask),
        task -> {
          for (long line = task * perTask; line < Math.min(lines, (task + 1) * perTask); line++) {
            long kept = Math.clamp(line % rows + diagonal + 1, 0L, (long) columns);
            long start = line * columns;
            MemorySegment.copy(from, start * size, to, start * size, kept * size);
            to.asSlice((start + kept) * size, (columns - kept) * size).fill((byte) 0);
          }
        });
  }

  /// The view of `x` whose last axis is `axis`, the others in their order.
  static Tensor moveLast(Tensor x, int axis) {
    int rank = x.rank();
    int last = x.shape().axis(axis);
    int[] sizes = new int[rank];
    long[] strides = new long[rank];
    int to = 0;
    for (int from = 0; from < rank; from++) {
      int at = from == last ? rank - 1 : to++;
      sizes[at] = x.size(from);
      strides[at] = x.stride(from);
    }
    return new Tensor(new TensorType(x.dtype(), Shape.of(sizes)), strides, x.offset(), x.storage());
  }
}
