package dev.chrysalis.tensor.cpu;

/// A piece of the right matrices of products, as panels for `TileKernels`.
abstract class PackedRight {
  /// Where such pieces come from.
  interface Source {
    /// Whether all products have the same right matrix, which is then packed once.
    boolean isRepeated();

    /// A piece, yet to be packed.
    ///
    /// @param scratch holds the panels
    PackedRight piece(Span span, Scratch scratch);
  }

  /// Which part of which matrices: `columns` columns from `column` on, `depth` steps from `from`
  /// on, of `count` matrices from `first` on, or of the one that all products have.
  record Span(int first, int count, int column, int columns, int from, int depth) {}

  /// Floats that a task packs at least, if there are as many.
  static final int TASK = 1 << 14;

  final Span span;

  /// The columns, rounded up to whole panels.
  final int width;

  private final int units;
  private final int perTask;
  private final int tasksPerMatrix;
  private final int tasks;
  private final long address;

  /// @param units in how many parts a matrix can be packed
  PackedRight(Span span, int units, Scratch scratch) {
    this.span = span;
    this.width = TileKernels.wholeColumns(span.columns());
    this.units = units;
    long size = (long) width * span.depth();
    this.perTask = Math.clamp(TASK * (long) units / size, 1, units);
    this.tasksPerMatrix = Math.ceilDiv(units, perTask);
    this.tasks = span.count() * tasksPerMatrix;
    this.address = scratch.panels(Scratch.Slot.RIGHT, span.count() * size);
  }

  /// How many tasks `pack` has.
  final int tasks() {
    return tasks;
  }

  final void pack(int task, Scratch scratch) {
    int unit = task % tasksPerMatrix * perTask;
    pack(task / tasksPerMatrix, unit, Math.min(units, unit + perTask), scratch);
  }

  /// Packs the units from `begin` to before `end` of a matrix of the piece.
  abstract void pack(int matrix, int begin, int end, Scratch scratch);

  /// The address of the panel whose first column is column `j` of a matrix of the piece.
  final long panel(int matrix, int j) {
    return TileKernels.at(address, (matrix * (long) width + j) * span.depth());
  }
}
