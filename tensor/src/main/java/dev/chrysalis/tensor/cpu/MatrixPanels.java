package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.STEP;

/// A piece of matrices that lie in memory, as panels.
final class MatrixPanels implements PackedRight {
  /// Floats that a task packs at least, if there are as many.
  private static final int TASK = 1 << 14;

  private final Matrices b;
  private final int first;
  private final int column;
  private final int columns;
  private final int from;
  private final int depth;
  private final int width;

  /// Whether tasks are groups of rows, which lie in memory; else of panels.
  private final boolean straight;

  private final int perTask;
  private final int tasksPerMatrix;
  private final int tasks;
  private final long address;

  /// @param first of the matrices that are packed; `columns` columns of them from `column` on,
  ///   `depth` steps from `from` on
  MatrixPanels(
      Matrices b,
      int first,
      int count,
      int column,
      int columns,
      int from,
      int depth,
      Scratch scratch) {
    this.b = b;
    this.first = first;
    this.column = column;
    this.columns = columns;
    this.from = from;
    this.depth = depth;
    this.width = TileKernels.wholeColumns(columns);
    this.straight = b.columnStride() == 1;
    int units = straight ? depth : width / COLUMNS;
    this.perTask = Math.clamp(TASK / (straight ? width : depth * COLUMNS), 1, units);
    this.tasksPerMatrix = Math.ceilDiv(units, perTask);
    this.tasks = count * tasksPerMatrix;
    this.address = scratch.panels(Scratch.Slot.RIGHT, count * width * depth);
  }

  @Override
  public int tasks() {
    return tasks;
  }

  @Override
  public void pack(int task, Scratch scratch) {
    int matrix = task / tasksPerMatrix;
    int unit = task % tasksPerMatrix * perTask;
    long start = b.offsets()[first + matrix] + from * b.rowStride() + column * b.columnStride();
    if (straight) {
      for (int p = unit; p < Math.min(unit + perTask, depth); p++) {
        long to = panel(matrix, 0) + p * STEP;
        Panels.spread(b.segment(), start + p * b.rowStride(), columns, to, depth);
      }
    } else {
      int j = unit * COLUMNS;
      Panels.panels(
          b.segment(),
          start + j * b.columnStride(),
          b.rowStride(),
          b.columnStride(),
          depth,
          Math.min(perTask * COLUMNS, columns - j),
          panel(matrix, j),
          scratch.floats(Scratch.Slot.ROW, Panels.PANELS_ROW));
    }
  }

  @Override
  public long panel(int matrix, int j) {
    return TileKernels.at(address, (matrix * (long) width + j) * depth);
  }
}
