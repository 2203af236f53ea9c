package dev.chrysalis.tensor.cpu;

/// A piece of the left matrices of products, as tiles for `TileKernels.packed`: `rows` rows from
/// `row` on, `depth` steps from `from` on, of `count` matrices from `first` on.
final class PackedLeft {
  private final Matrices a;
  private final int first;
  private final int row;
  private final int rows;
  private final int from;
  private final int depth;
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
    this.size = TileKernels.wholeRows(rows) * depth;
    this.rowsPerTask = TileKernels.wholeTiles(Math.clamp(PackedRight.TASK / depth, 1, rows));
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
    int room = Math.max(Panels.TILES_ROW, TileKernels.wholeRows(count));
    Panels.tiles(
        a.segment(),
        start,
        a.rowStride(),
        a.columnStride(),
        count,
        depth,
        floats,
        at(matrix, i),
        scratch.floats(Scratch.Slot.ROW, room));
  }

  float[] floats() {
    return floats;
  }

  /// Where the tile begins whose first row is row `i` of a matrix.
  int at(int matrix, int i) {
    return matrix * size + i * depth;
  }
}
