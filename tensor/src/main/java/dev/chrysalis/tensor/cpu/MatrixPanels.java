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
    public PackedRight piece(Span span, Scratch scratch) {
      return new MatrixPanels(b, span, scratch);
    }
  }

  private final Matrices b;

  private MatrixPanels(Matrices b, Span span, Scratch scratch) {
    super(span, units(b, span), scratch);
    this.b = b;
  }

  private static int units(Matrices b, Span span) {
    return b.columnStride() == 1 ? span.depth() : Math.ceilDiv(span.columns(), COLUMNS);
  }

  @Override
  void pack(int matrix, int begin, int end, Scratch scratch) {
    int columns = span.columns();
    int depth = span.depth();
    long start =
        b.offsets()[span.first() + matrix]
            + span.from() * b.rowStride()
            + span.column() * b.columnStride();
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
