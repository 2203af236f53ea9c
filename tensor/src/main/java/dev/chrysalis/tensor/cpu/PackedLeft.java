package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.TileKernels.ROW_PITCH;

import java.util.Arrays;

/// A piece of the left matrices of products: `rows` rows from `row` on, `depth` steps from `from`
/// on, of `count` matrices from `first` on. Where a row's steps lie one after the other it is laid
/// out as rows for `TileKernels.pitched`, else as tiles for `TileKernels.packed`.
///
/// Rows are `ROW_PITCH` apart. Where that has room for more than one, the rows of a matrix are in
/// as many stacks side by side, the first ones in the first stack.
final class PackedLeft {
  /// Rows with fewer steps are not worth a copy each.
  private static final int MIN_DEPTH = 4 * Lanes.COUNT;

  /// Rows are laid out as tiles where stacks would take more than so many times the memory.
  private static final int MAX_WASTE = 4;

  /// Rows of tiles that a task packs at least: those of a step fill some lines of the cache.
  private static final int MIN_ROWS = TileKernels.wholeTiles(48);

  private final Matrices a;
  private final int first;
  private final int row;
  private final int rows;
  private final int from;
  private final int depth;
  private final boolean pitched;

  /// Rows of a stack.
  private final int stack;

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
    this.stack = TileKernels.wholeTiles(Math.ceilDiv(rows, Math.max(1, ROW_PITCH / depth)));
    this.pitched =
        a.columnStride() == 1
            && depth >= MIN_DEPTH
            && stack * ROW_PITCH <= MAX_WASTE * rows * depth;
    this.size = pitched ? stack * ROW_PITCH : TileKernels.wholeRows(rows) * depth;
    int wanted = Math.max(PackedRight.TASK / depth, pitched ? 1 : MIN_ROWS);
    this.rowsPerTask = TileKernels.wholeTiles(Math.min(wanted, rows));
    this.tasksPerMatrix = Math.ceilDiv(rows, rowsPerTask);
    this.tasks = count * tasksPerMatrix;
    this.floats = scratch.floats(Scratch.Slot.LEFT, count * size);
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
    if (!pitched) {
      Panels.tiles(
          a.segment(),
          start,
          a.rowStride(),
          a.columnStride(),
          count,
          depth,
          floats,
          at(matrix, i),
          scratch.floats(Scratch.Slot.ROW, Panels.TILES_ROW));
      return;
    }
    for (int r = 0; r < count; r++) {
      Panels.copy(a.segment(), start + r * a.rowStride(), floats, at(matrix, i + r), depth);
    }
    for (int r = i + count; r < i + TileKernels.wholeRows(count); r++) {
      Arrays.fill(floats, at(matrix, r), at(matrix, r) + depth, 0);
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
    return matrix * size + (pitched ? i % stack * ROW_PITCH + i / stack * depth : i * depth);
  }
}
