package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.TileKernels.BLOCK;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// `y = x·wᵀ + bias` for more than a few rows of `x`, with weights in the form they are stored in.
///
/// The weights are the larger side, so they are what is never copied as a whole: a task spells out
/// a few of their rows, as they lie, which stay in the second-level cache while they meet some
/// hundred rows of `x`. In the tiles rows of weights stand where other products have rows of `x`,
/// and rows of `x`, packed once, where those have columns; so no weight has to change its place.
final class StoredProduct {
  /// Most rows of `x` that rows of weights meet once they are spelled out.
  private static final int MAX_COUNT = 256;

  /// Elements that stand in a row of a block that kernels read scalars from; whole blocks of every
  /// format.
  private static final int PIECE = 256;

  /// Elements of a row of weights that are spelled out at a time.
  private static final int DEPTH = 4 * PIECE;

  /// Rows of the highest tiles; those of all tiles divide them.
  private static final int HIGH = NarrowTileKernels.ROWS;

  /// Tiles of rows of weights that a task spells out at a time.
  private static final int TILES = 4;

  /// For each thread.
  private static final int ENOUGH_TASKS = 4;

  /// Steps of a panel that a task packs.
  private static final int PACK_STEPS = 2 * PIECE;

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
    int passes = Math.ceilDiv(m, MAX_COUNT);
    int most = TileKernels.wholeColumns(Math.ceilDiv(m, passes));
    Scratch scratch = pool.borrow();
    try {
      long packed = scratch.panels(Scratch.Slot.SHARED, (long) most * k);
      for (int from = 0; from < m; from += most) {
        int count = Math.min(most, m - from);
        pack(from, count, packed);
        multiply(from, count, packed);
      }
    } finally {
      pool.giveBack(scratch);
    }
  }

  /// Rows of `x` as panels of `COLUMNS` rows each: step `p` of panel `j` at `(j·k + p)·COLUMNS`.
  private void pack(int from, int count, long packed) {
    int runs = Math.ceilDiv(k, PACK_STEPS);
    pool.run(
        Math.ceilDiv(count, COLUMNS) * runs,
        (task, scratch) -> {
          int first = task / runs * COLUMNS;
          int p = task % runs * PACK_STEPS;
          Panels.panels(
              x,
              (long) (from + first) * k + p,
              1,
              k,
              Math.min(PACK_STEPS, k - p),
              Math.min(COLUMNS, count - first),
              TileKernels.at(packed, (long) first * k + p * COLUMNS),
              scratch.floats(Scratch.Slot.ROW, Panels.PANELS_ROW));
        });
  }

  /// Tasks are groups of rows of weights, and groups of panels of `x` where those are too few.
  private void multiply(int from, int count, long packed) {
    int enough = ENOUGH_TASKS * pool.threads();
    int rows = Math.clamp(n / enough / HIGH, 1, TILES) * HIGH;
    int groups = Math.ceilDiv(n, rows);
    int panels = Math.ceilDiv(count, COLUMNS);
    int parts = pool.threads() == 1 ? 1 : Math.clamp(enough / groups, 1, panels);
    int width = Math.ceilDiv(panels, parts) * COLUMNS;
    int pitch = width + COUNT; // no power of two, so that rows fall into different cache sets
    pool.run(
        groups * Math.ceilDiv(count, width),
        (task, scratch) -> {
          int first = task % groups * rows;
          int high = Math.min(rows, n - first);
          int column = task / groups * width;
          int columns = Math.min(width, count - column);
          float[] sums = scratch.floats(Scratch.Slot.TILE, rows * pitch);
          float[] spelled = scratch.floats(Scratch.Slot.LEFT, rows * (DEPTH / PIECE) * PITCH);
          for (int at = 0; at < k; at += DEPTH) {
            int depth = Math.min(DEPTH, k - at);
            spell(first, high, at, depth, rows, spelled);
            for (int p = 0; p < depth; p += BLOCK) {
              int steps = Math.min(BLOCK, depth - p);
              int left = p / PIECE * rows * PITCH + p % PIECE;
              add(spelled, left, high, packed, column, columns, at + p, steps, sums, pitch);
            }
          }
          put(sums, pitch, first, high, from + column, columns, scratch);
        });
  }

  /// `depth` elements from `at` on of `high` rows of weights: row `r` of the `b`-th piece at
  /// `(b·rows + r)·PITCH`.
  private void spell(int first, int high, int at, int depth, int rows, float[] to) {
    for (int r = 0; r < high; r++) {
      for (int p = 0; p < depth; p += PIECE) {
        int count = Math.min(PIECE, depth - p);
        w.read(first + r, at + p, count, to, (p / PIECE * rows + r) * PITCH);
      }
    }
  }

  /// Adds `steps` steps from `at` on to the sums of `high` rows of weights with `columns` rows of
  /// `x` from `column` on.
  private void add(
      float[] spelled,
      int left,
      int high,
      long packed,
      int column,
      int columns,
      int at,
      int steps,
      float[] sums,
      int pitch) {
    boolean more = at > 0;
    for (int j = 0; j < columns; j += COLUMNS) {
      long panel = TileKernels.at(packed, (column + j) * (long) k + at * COLUMNS);
      boolean narrow = columns - j <= COUNT;
      for (int i = 0; i < high; ) {
        int a = left + i * PITCH;
        int c = i * pitch + j;
        if (narrow) {
          NarrowTileKernels.rows(spelled, a, panel, steps, sums, c, pitch, more);
          i += HIGH;
        } else {
          i +=
              TileKernels.someRows(
                  high - i, spelled, a, panel, TileKernels.STEP, steps, sums, c, pitch, more);
        }
      }
    }
  }

  private void put(
      float[] sums, int pitch, int first, int high, int row, int rows, Scratch scratch) {
    float[] out = scratch.floats(Scratch.Slot.OUTPUT, 2 * high);
    if (bias.byteSize() > 0) {
      Panels.copy(bias, first, out, high, high);
    } else {
      Arrays.fill(out, high, 2 * high, 0);
    }
    for (int s = 0; s < rows; s++) {
      for (int r = 0; r < high; r++) {
        out[r] = sums[r * pitch + s] + out[high + r];
      }
      long to = (long) (row + s) * n + first;
      MemorySegment.copy(out, 0, y, Elements.F32, to * Float.BYTES, high);
    }
  }
}
