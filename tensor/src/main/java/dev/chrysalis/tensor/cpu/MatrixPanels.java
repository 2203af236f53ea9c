package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.STEP;

/// A piece of matrices that lie in memory, as panels. It is packed row by row if rows have no gaps,
/// else panel by panel.
final class MatrixPanels extends PackedRight {
  /// Matrices that lie in memory.
  record Source(Matrices b) implements PackedRight.Source {
    @Override
    public boolean isRepeated() {
      return b.isRepeated();
    }

    @Override
    public PackedRight piece(
        int first, int count, int column, int columns, int from, int depth, Scratch scratch) {
      return new MatrixPanels(b, first, count, column, columns, from, depth, scratch);
    }
  }

  private final Matrices b;

  private MatrixPanels(
      Matrices b,
      int first,
      int count,
      int column,
      int columns,
      int from,
      int depth,
      Scratch scratch) {
    super(
        first,
        count,
        column,
        columns,
        from,
        depth,
        b.columnStride() == 1 ? depth : Math.ceilDiv(columns, COLUMNS),
        scratch);
    this.b = b;
  }

  @Override
  void pack(int matrix, int begin, int end, Scratch scratch) {
    long start = b.offsets()[first + matrix] + from * b.rowStride() + column * b.columnStride();
    if (b.columnStride() == 1) {
      for (int p = begin; p < end; p++) {
        long to = panel(matrix, 0) + p * STEP;
        Panels.spread(b.segment(), start + p * b.rowStride(), columns, to, depth);
      }
    } else {
      int j = begin * COLUMNS;
      Panels.panels(
          b.segment(),
          start + j * b.columnStride(),
          b.rowStride(),
          b.columnStride(),
          depth,
          Math.min(end * COLUMNS, columns) - j,
          panel(matrix, j),
          scratch.floats(Scratch.Slot.ROW, Panels.PANELS_ROW));
    }
  }
}
