package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.TileKernels.ROW_PITCH;

import java.util.Arrays;

/// A piece of the left matrices of products: `rows` rows from `row` on, `depth` steps from `from`
/// on, of `count` matrices from `first` on. Where a row's steps lie one after the other, and are
/// many, it is laid out as rows for `TileKernels.pitched`, else as tiles for `TileKernels.packed`.
final class PackedLeft {
  /// Rows whose steps are fewer fill too little of their pitch.
  private static final int MIN_DEPTH = ROW_PITCH / 4;

  /// Rows of tiles that a task packs at least: those of a step fill some lines of the cache.
  private static final int MIN_ROWS = TileKernels.wholeTiles(48);

  private final Matrices a;
  private final int first;
  private final int row;
  private final int rows;
  private final int from;
  private final int depth;
  private final boolean pitched;

  /// From one row to the next, in floats.
  private final int pitch;

  private final int size;
  private final int rowsPerTask;
  private final int tasksPerMatrix;
  private final int tasks;
  private final float[] floats;

  PackedLeft(
      Matrices a, int first, int count, int row, int rows, int from, int depth, Scratch scratch) {
    this.a = a;
    this.first = first;
    this.row = row;
    this.rows = rows;
    this.from = from;
    this.depth = depth;
    this.pitched = isPitched(a, depth);
    this.pitch = pitched ? ROW_PITCH : depth;
    this.size = TileKernels.wholeRows(rows) * pitch;
    int wanted = Math.max(PackedRight.TASK / depth, pitched ? 1 : MIN_ROWS);
    this.rowsPerTask = TileKernels.wholeTiles(Math.min(wanted, rows));
    this.tasksPerMatrix = Math.ceilDiv(rows, rowsPerTask);
    this.tasks = count * tasksPerMatrix;
    this.floats = scratch.floats(Scratch.Slot.LEFT, count * size);
  }

  private static boolean isPitched(Matrices a, int depth) {
    return a.columnStride() == 1 && depth >= MIN_DEPTH;
  }

  /// How many tasks `pack` has.
  int tasks() {
    return tasks;
  }

  void pack(int task, Scratch scratch) {
    int matrix = task / tasksPerMatrix;
    int i = task % tasksPerMatrix * rowsPerTask;
    int count = Math.min(rowsPerTask, rows - i);
    long start = a.offsets()[first + matrix] + (row + i) * a.rowStride() + from * a.columnStride();
    int to = at(matrix, i);
    if (!pitched) {
      Panels.tiles(
          a.segment(),
          start,
          a.rowStride(),
          a.columnStride(),
          count,
          depth,
          floats,
          to,
          scratch.floats(Scratch.Slot.ROW, Panels.TILES_ROW));
      return;
    }
    for (int r = 0; r < count; r++) {
      Panels.copy(a.segment(), start + r * a.rowStride(), floats, to + r * ROW_PITCH, depth);
    }
    for (int r = count; r < TileKernels.wholeRows(count); r++) {
      Arrays.fill(floats, to + r * ROW_PITCH, to + r * ROW_PITCH + depth, 0);
    }
  }

  /// Multiplies the tile that begins at row `i` of a matrix, where `left` rows are left, with a
  /// panel. Sums begin with the two vectors at `start` and go to `c`, rows `pitchBytes` apart.
  void tile(int matrix, int i, int left, long panel, long start, long c, long pitchBytes) {
    if (pitched) {
      TileKernels.somePitched(left, floats, at(matrix, i), panel, depth, start, c, pitchBytes);
    } else {
      TileKernels.somePacked(left, floats, at(matrix, i), panel, depth, start, c, pitchBytes);
    }
  }

  /// Where row `i` of a matrix begins, or the tile whose first row it is.
  private int at(int matrix, int i) {
    return matrix * size + i * pitch;
  }
}
