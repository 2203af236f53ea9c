package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.STEP;

/// A piece of matrices that lie in memory, as panels. It is packed row by row if rows have no gaps,
/// else panel by panel, some steps at a time.
final class MatrixPanels extends PackedRight {
  /// Most steps of a panel that are packed at a time.
  private static final int MAX_STEPS = 512;

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
    int panels = Math.ceilDiv(span.columns(), COLUMNS);
    return b.columnStride() == 1 ? span.depth() : panels * Math.ceilDiv(span.depth(), MAX_STEPS);
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
      int runs = Math.ceilDiv(depth, MAX_STEPS);
      float[] row = scratch.floats(Scratch.Slot.ROW, Panels.PANELS_ROW);
      for (int unit = begin; unit < end; unit++) {
        int j = unit / runs * COLUMNS;
        int p = unit % runs * MAX_STEPS;
        Panels.panels(
            b.segment(),
            start + p * b.rowStride() + j * b.columnStride(),
            b.rowStride(),
            b.columnStride(),
            Math.min(MAX_STEPS, depth - p),
            Math.min(COLUMNS, columns - j),
            panel(matrix, j) + p * STEP,
            row);
      }
    }
  }
}
