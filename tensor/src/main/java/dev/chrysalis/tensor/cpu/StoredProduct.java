package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.TileKernels.BLOCK;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// `Y (n, m) = W (n, k)·X (k, m) + bias (n)` for every matrix of a batch: the same weights, in the
/// form they are stored in, times more than a few columns.
///
/// The weights are the larger side, so they are what is never copied as a whole: a task spells out
/// a few of their rows, as they lie, which stay in the second-level cache while they meet some
/// hundred columns. In the tiles rows of weights stand where other products have the smaller side,
/// and the columns, packed once, where those have the larger; so no weight has to change its place.
final class StoredProduct {
  /// Most columns that rows of weights meet once they are spelled out.
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

  private final Parallel pool;
  private final StoredRows w;
  private final int n;
  private final int k;
  private final PackedRight.Source x;
  private final MemorySegment bias;
  private final Matrices y;

  /// @param n rows of the weights
  /// @param bias `(n)`, or `MemorySegment.NULL` for none
  /// @param y one stride is 1
  StoredProduct(
      Parallel pool, StoredRows w, int n, PackedRight.Source x, MemorySegment bias, Matrices y) {
    this.pool = pool;
    this.w = w;
    this.n = n;
    this.k = w.columns;
    this.x = x;
    this.bias = bias;
    this.y = y;
  }

  /// @param m columns of each matrix of `X`
  void run(int m) {
    int passes = Math.ceilDiv(m, MAX_COUNT);
    int most = TileKernels.wholeColumns(Math.ceilDiv(m, passes));
    int group = Math.max(1, MAX_COUNT / most);
    Scratch scratch = pool.borrow();
    try {
      for (int first = 0; first < y.count(); first += group) {
        int count = Math.min(group, y.count() - first);
        for (int from = 0; from < m; from += most) {
          int columns = Math.min(most, m - from);
          PackedRight packed =
              x.piece(new PackedRight.Span(first, count, from, columns, 0, k), scratch);
          pool.run(packed.tasks(), packed::pack);
          multiply(packed);
        }
      }
    } finally {
      pool.giveBack(scratch);
    }
  }

  /// Tasks are groups of rows of weights, and groups of panels where those are too few.
  private void multiply(PackedRight packed) {
    int enough = ENOUGH_TASKS * pool.threads();
    int rows = Math.clamp(n / enough / HIGH, 1, TILES) * HIGH;
    int groups = Math.ceilDiv(n, rows);
    int all = packed.span.count() * packed.width;
    int panels = all / COLUMNS;
    int parts = pool.threads() == 1 ? 1 : Math.clamp(enough / groups, 1, panels);
    int width = Math.ceilDiv(panels, parts) * COLUMNS;
    int pitch = width + COUNT; // no power of two, so that rows fall into different cache sets
    pool.run(
        groups * Math.ceilDiv(all, width),
        (task, scratch) -> {
          int first = task % groups * rows;
          int high = Math.min(rows, n - first);
          int column = task / groups * width;
          int columns = Math.min(width, all - column);
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
          put(sums, pitch, first, high, packed, column, columns, scratch);
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

  /// Adds `steps` steps from `at` on to the sums of `high` rows of weights with `columns` columns
  /// from `column` on, those of all matrices counted, in whole panels.
  private void add(
      float[] spelled,
      int left,
      int high,
      PackedRight packed,
      int column,
      int columns,
      int at,
      int steps,
      float[] sums,
      int pitch) {
    boolean more = at > 0;
    for (int j = 0; j < columns; j += COLUMNS) {
      int matrix = (column + j) / packed.width;
      int own = (column + j) % packed.width;
      long panel = packed.panel(matrix, own) + at * TileKernels.STEP;
      boolean narrow = packed.span.columns() - own <= COUNT;
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

  /// Puts the sums of a task, and the bias, to where they belong.
  private void put(
      float[] sums,
      int pitch,
      int first,
      int high,
      PackedRight packed,
      int column,
      int columns,
      Scratch scratch) {
    float[] added = scratch.floats(Scratch.Slot.STATE, high);
    if (bias.byteSize() > 0) {
      Panels.copy(bias, first, added, 0, high);
    } else {
      Arrays.fill(added, 0, high, 0);
    }
    for (int j = 0; j < columns; j += COLUMNS) {
      int own = (column + j) % packed.width;
      int count = Math.min(COLUMNS, packed.span.columns() - own);
      long to =
          y.offsets()[packed.span.first() + (column + j) / packed.width]
              + first * y.rowStride()
              + (packed.span.column() + own) * y.columnStride();
      if (y.rowStride() == 1) {
        putColumns(sums, j, pitch, added, high, count, to, scratch);
      } else {
        putRows(sums, j, pitch, added, high, count, to);
      }
    }
  }

  private void putColumns(
      float[] sums, int at, int pitch, float[] added, int high, int count, long to, Scratch own) {
    float[] line = own.floats(Scratch.Slot.OUTPUT, high);
    for (int s = 0; s < count; s++) {
      for (int r = 0; r < high; r++) {
        line[r] = sums[r * pitch + at + s] + added[r];
      }
      long place = (to + s * y.columnStride()) * Float.BYTES;
      MemorySegment.copy(line, 0, y.segment(), Elements.F32, place, high);
    }
  }

  private void putRows(
      float[] sums, int at, int pitch, float[] added, int high, int count, long to) {
    for (int r = 0; r < high; r++) {
      int from = r * pitch + at;
      for (int s = 0; s < count; s++) {
        sums[from + s] += added[r];
      }
      long place = (to + r * y.rowStride()) * Float.BYTES;
      MemorySegment.copy(sums, from, y.segment(), Elements.F32, place, count);
    }
  }
}
