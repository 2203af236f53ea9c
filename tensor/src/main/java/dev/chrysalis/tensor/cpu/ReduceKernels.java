package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.BYTES;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.Lanes.load;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.cpu.Scratch.Slot;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// Sums and maxima over axes of F32 tensors.
///
/// Neighbouring axes that are both reduced or both kept act as one; then the reduced ones go one by
/// one, the last first, each as the middle of `(outer, size, inner)`. Long runs are cut into pieces
/// whose size depends on shapes alone, and the pieces' sums are added in order: the same bits for
/// any number of threads.
final class ReduceKernels {
  /// What becomes of two numbers.
  enum Fold {
    SUM,
    MAX
  }

  /// Elements of a piece along a contiguous run.
  private static final int PIECE = 1 << 14;

  /// Elements that are added up in single precision.
  private static final int SUM_BLOCK_BYTES = 64 * BYTES;

  /// Columns that a task reduces at once.
  private static final int COLUMNS = 1 << 12;

  /// Rows that a task reduces at least.
  private static final int MIN_ROWS = 32;

  private ReduceKernels() {}

  /// `x → y` over `axes`; `y` is contiguous.
  static void reduce(Work work, Fold fold, List<Integer> axes, Tensor x, Tensor y) {
    int[] sizes = new int[x.rank() + 1];
    boolean[] reduced = new boolean[x.rank() + 1];
    int groups = 0;
    for (int axis = 0; axis < x.rank(); axis++) {
      boolean goes = axes.contains(axis) || axes.contains(axis - x.rank());
      if (x.size(axis) == 1) {
        continue;
      }
      if (groups > 0 && reduced[groups - 1] == goes) {
        sizes[groups - 1] = Math.multiplyExact(sizes[groups - 1], x.size(axis));
      } else {
        reduced[groups] = goes;
        sizes[groups++] = x.size(axis);
      }
    }
    Tensor current = work.contiguous(x);
    int remaining = 0;
    for (int i = 0; i < groups; i++) {
      remaining += reduced[i] ? 1 : 0;
    }
    if (remaining == 0) {
      CopyKernels.copy(work.pool(), flat(current), flat(y));
      return;
    }
    int inner = 1;
    for (int i = groups - 1; i >= 0; i--) {
      if (reduced[i]) {
        int outer = (int) (current.count() / sizes[i] / inner);
        Tensor next = --remaining == 0 ? y : work.tensor(floats((long) outer * inner));
        middle(work, fold, current, outer, sizes[i], inner, next);
        current = next;
      } else {
        inner *= sizes[i];
      }
    }
  }

  private static Tensor flat(Tensor x) {
    TensorType type = floats(x.count());
    return new Tensor(type, type.shape().rowMajorStrides(), x.offset(), x.storage());
  }

  private static TensorType floats(long count) {
    return new TensorType(DType.F32, Shape.of(Math.toIntExact(count)));
  }

  /// `(outer, size, inner) → (outer, inner)`
  private static void middle(
      Work work, Fold fold, Tensor x, int outer, int size, int inner, Tensor y) {
    if (inner == 1) {
      runs(work.pool(), fold, x.segment(), outer, size, y.segment());
    } else {
      columns(work, fold, x.segment(), outer, size, inner, y.segment());
    }
  }

  /// Every contiguous run of `size` elements to one.
  private static void runs(
      Parallel pool, Fold fold, MemorySegment x, int outer, int size, MemorySegment y) {
    if (size > PIECE) {
      longRuns(pool, fold, x, outer, size, y);
      return;
    }
    int perTask = Math.max(1, PIECE / size);
    pool.run(
        (outer + perTask - 1) / perTask,
        task -> {
          for (int o = task * perTask; o < Math.min(outer, (task + 1) * perTask); o++) {
            y.set(Elements.F32, o * 4L, (float) fold(fold, x, (long) o * size * 4, size));
          }
        });
  }

  private static void longRuns(
      Parallel pool, Fold fold, MemorySegment x, int outer, int size, MemorySegment y) {
    int pieces = (size + PIECE - 1) / PIECE;
    double[] partial = new double[pieces * outer];
    pool.run(
        partial.length,
        task -> {
          int from = task % pieces * PIECE;
          long start = (long) (task / pieces) * size + from;
          partial[task] = fold(fold, x, start * 4, Math.min(PIECE, size - from));
        });
    for (int o = 0; o < outer; o++) {
      double all = partial[o * pieces];
      for (int p = 1; p < pieces; p++) {
        double next = partial[o * pieces + p];
        all = fold == Fold.SUM ? all + next : Math.max(all, next);
      }
      y.set(Elements.F32, o * 4L, (float) all);
    }
  }

  private static double fold(Fold fold, MemorySegment x, long byteOffset, int count) {
    return switch (fold) {
      case SUM -> sum(x, byteOffset, count);
      case MAX -> max(x, byteOffset, count);
    };
  }

  private static double sum(MemorySegment x, long byteOffset, int count) {
    long stop = byteOffset + count / COUNT * (long) BYTES;
    double sum = 0;
    for (long from = byteOffset; from < stop; from += SUM_BLOCK_BYTES) {
      FloatVector block = FloatVector.zero(F);
      long to = Math.min(stop, from + SUM_BLOCK_BYTES);
      for (long i = from; i < to; i += BYTES) {
        block = block.add(load(x, i));
      }
      sum += Lanes.sum(block);
    }
    for (long i = stop; i < byteOffset + count * 4L; i += 4) { // tail: less than a vector
      sum += x.get(Elements.F32, i);
    }
    return sum;
  }

  private static double max(MemorySegment x, long byteOffset, int count) {
    long stop = byteOffset + count / COUNT * (long) BYTES;
    FloatVector lanes = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
    for (long i = byteOffset; i < stop; i += BYTES) {
      lanes = lanes.max(load(x, i));
    }
    float max = Lanes.max(lanes);
    for (long i = stop; i < byteOffset + count * 4L; i += 4) { // tail: less than a vector
      max = Math.max(max, x.get(Elements.F32, i));
    }
    return max;
  }

  /// Columns of `(outer, size, inner)`: runs of rows into partial rows, these in the same way until
  /// one is left.
  private static void columns(
      Work work, Fold fold, MemorySegment x, int outer, int size, int inner, MemorySegment y) {
    int blocks = (inner + COLUMNS - 1) / COLUMNS;
    int rows = Math.max(MIN_ROWS, PIECE / Math.min(inner, COLUMNS));
    int runs = (size + rows - 1) / rows;
    if (runs <= 2) {
      rows = size;
      runs = 1;
    }
    int rowsPerRun = rows;
    int runCount = runs;
    MemorySegment to = runs == 1 ? y : work.tensor(floats((long) outer * runs * inner)).segment();
    int tasks = outer * runs * blocks;
    int perTask = Math.max(1, PIECE / Math.max(1, Math.min(size, rows) * Math.min(inner, COLUMNS)));
    work.pool()
        .run(
            (tasks + perTask - 1) / perTask,
            (task, scratch) -> {
              float[] row = scratch.floats(Slot.ROW, Lanes.padded(Math.min(inner, COLUMNS)));
              for (int t = task * perTask; t < Math.min(tasks, (task + 1) * perTask); t++) {
                int block = t % blocks;
                int run = t / blocks % runCount;
                int o = t / blocks / runCount;
                int first = run * rowsPerRun;
                int width = Math.min(COLUMNS, inner - block * COLUMNS);
                long column = (long) block * COLUMNS;
                Arrays.fill(row, 0, width, fold == Fold.SUM ? 0 : Float.NEGATIVE_INFINITY);
                for (int r = first; r < Math.min(size, first + rowsPerRun); r++) {
                  long start = ((long) o * size + r) * inner + column;
                  foldRow(fold, row, x, start * 4, width);
                }
                long at = ((long) o * runCount + run) * inner + column;
                MemorySegment.copy(row, 0, to, Elements.F32, at * 4, width);
              }
            });
    if (runs > 1) {
      columns(work, fold, to, outer, runs, inner, y);
    }
  }

  private static void foldRow(Fold fold, float[] row, MemorySegment x, long byteOffset, int width) {
    switch (fold) {
      case SUM -> addRow(row, x, byteOffset, width);
      case MAX -> maxRow(row, x, byteOffset, width);
    }
  }

  private static void addRow(float[] row, MemorySegment x, long byteOffset, int width) {
    int stop = width / COUNT * COUNT;
    for (int i = 0; i < stop; i += COUNT) {
      load(row, i).add(load(x, byteOffset + i * 4L)).intoArray(row, i);
    }
    for (int i = stop; i < width; i++) { // tail: less than a vector
      row[i] += x.get(Elements.F32, byteOffset + i * 4L);
    }
  }

  private static void maxRow(float[] row, MemorySegment x, long byteOffset, int width) {
    int stop = width / COUNT * COUNT;
    for (int i = 0; i < stop; i += COUNT) {
      load(row, i).max(load(x, byteOffset + i * 4L)).intoArray(row, i);
    }
    for (int i = stop; i < width; i++) { // tail: less than a vector
      row[i] = Math.max(row[i], x.get(Elements.F32, byteOffset + i * 4L));
    }
  }
}
