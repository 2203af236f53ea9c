package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.TileKernels.BLOCK;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;

/// `y = x·wᵀ + bias` for more than a few rows of `x`, with weights in the form they are stored in.
///
/// The weights are the larger side, so they are what is never copied as a whole: a task spells out
/// a few of their rows, as they lie, which stay in the second-level cache while they meet all rows
/// of `x`. In the tiles rows of weights stand where other products have rows of `x`, and rows of
/// `x`, packed once, where those have columns; so no weight has to change its place.
final class StoredProduct {
  /// Rows of `x` that the weights are spelled out for.
  private static final int MAX_COUNT = 8 * COLUMNS;

  /// Elements of a row of weights that are spelled out at a time.
  private static final int DEPTH = 4 * BLOCK;

  private static final int HIGH = TallTileKernels.ROWS;

  /// Tiles of rows of weights that a task spells out at a time.
  private static final int TILES = 4;

  /// For each thread.
  private static final int ENOUGH_TASKS = 4;

  private final Parallel pool;
  private final MemorySegment x;
  private final StoredRows w;
  private final int n;
  private final int k;
  private final MemorySegment bias;
  private final MemorySegment y;

  /// @param x `(m, k)`, contiguous
  /// @param n rows of the weights
  /// @param bias `(n)`, or `MemorySegment.NULL` for none
  /// @param y `(m, n)`, contiguous
  StoredProduct(
      Parallel pool, MemorySegment x, StoredRows w, int n, MemorySegment bias, MemorySegment y) {
    this.pool = pool;
    this.x = x;
    this.w = w;
    this.n = n;
    this.k = w.columns;
    this.bias = bias;
    this.y = y;
  }

  /// @param m rows of `x`
  void run(int m) {
    Scratch scratch = pool.borrow();
    try {
      for (int from = 0; from < m; from += MAX_COUNT) {
        int count = Math.min(MAX_COUNT, m - from);
        int width = TileKernels.wholeColumns(count);
        float[] packed = scratch.floats(Scratch.Slot.SHARED, width * k);
        pack(from, count, packed);
        multiply(from, count, width, packed);
      }
    } finally {
      pool.giveBack(scratch);
    }
  }

  /// Rows of `x` as panels of `COLUMNS` rows each: step `p` of panel `j` at `(j·k + p)·COLUMNS`.
  private void pack(int from, int count, float[] packed) {
    pool.run(
        (count + COLUMNS - 1) / COLUMNS,
        (panel, scratch) -> {
          int first = panel * COLUMNS;
          Panels.panels(
              x,
              (long) (from + first) * k,
              1,
              k,
              k,
              Math.min(COLUMNS, count - first),
              packed,
              first * k,
              scratch.floats(Scratch.Slot.ROW, COLUMNS * PITCH));
        });
  }

  private void multiply(int from, int count, int width, float[] packed) {
    int even = n / (ENOUGH_TASKS * pool.threads());
    int rows = Math.clamp(even / HIGH, 1, TILES) * HIGH;
    pool.run(
        (n + rows - 1) / rows,
        (task, scratch) -> {
          int first = task * rows;
          float[] sums = scratch.floats(Scratch.Slot.TILE, rows * width);
          float[] spelled = scratch.floats(Scratch.Slot.LEFT, rows * (DEPTH / BLOCK) * PITCH);
          int high = Math.min(rows, n - first);
          for (int at = 0; at < k; at += DEPTH) {
            int depth = Math.min(DEPTH, k - at);
            spell(first, high, at, depth, rows, spelled);
            for (int p = 0; p < depth; p += BLOCK) {
              int steps = Math.min(BLOCK, depth - p);
              int left = p / BLOCK * rows * PITCH;
              add(spelled, left, high, packed, at + p, steps, count, sums, width);
            }
          }
          put(sums, width, first, high, from, count, scratch);
        });
  }

  /// `depth` elements from `at` on of `high` rows of weights: row `r` of the `b`-th `BLOCK` at
  /// `(b·rows + r)·PITCH`.
  private void spell(int first, int high, int at, int depth, int rows, float[] to) {
    for (int r = 0; r < high; r++) {
      for (int p = 0; p < depth; p += BLOCK) {
        int steps = Math.min(BLOCK, depth - p);
        w.read(first + r, at + p, steps, to, (p / BLOCK * rows + r) * PITCH);
      }
    }
  }

  /// Adds `steps` steps from `at` on to the sums of `high` rows of weights with `count` rows of
  /// `x`.
  private void add(
      float[] spelled,
      int left,
      int high,
      float[] packed,
      int at,
      int steps,
      int count,
      float[] sums,
      int width) {
    boolean more = at > 0;
    for (int j = 0; j < count; j += COLUMNS) {
      int panel = j * k + at * COLUMNS;
      boolean narrow = count - j <= COUNT;
      for (int i = 0; i < high; ) {
        int a = left + i * PITCH;
        int c = i * width + j;
        if (narrow) {
          TallTileKernels.narrowRows(spelled, a, packed, panel, steps, sums, c, width, more);
          i += HIGH;
        } else {
          i +=
              TileKernels.someRows(
                  high - i, spelled, a, packed, panel, steps, sums, c, width, more);
        }
      }
    }
  }

  private void put(
      float[] sums, int width, int first, int high, int from, int count, Scratch scratch) {
    float[] out = scratch.floats(Scratch.Slot.OUTPUT, high);
    for (int s = 0; s < count; s++) {
      for (int r = 0; r < high; r++) {
        out[r] = sums[r * width + s];
      }
      if (bias.byteSize() > 0) {
        for (int r = 0; r < high; r++) {
          out[r] += bias.get(Elements.F32, (long) (first + r) * Float.BYTES);
        }
      }
      long to = (long) (from + s) * n + first;
      MemorySegment.copy(out, 0, y, Elements.F32, to * Float.BYTES, high);
    }
  }
}
