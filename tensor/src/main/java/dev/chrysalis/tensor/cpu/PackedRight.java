package dev.chrysalis.tensor.cpu;

/// A piece of the right matrices of products, as panels for `TileKernels`.
interface PackedRight {
  /// Where such pieces come from.
  interface Source {
    /// `columns` columns from `column` on, `depth` steps from `from` on, of `count` matrices from
    /// `first` on, yet to be packed.
    ///
    /// @param scratch holds the panels
    PackedRight piece(
        int first, int count, int column, int columns, int from, int depth, Scratch scratch);
  }

  /// How many tasks `pack` has.
  int tasks();

  void pack(int task, Scratch scratch);

  /// The address of the panel whose first column is column `j` of a matrix of the piece.
  long panel(int matrix, int j);
}
