package dev.chrysalis.cuda;

import java.util.List;

/// How a product of 16-bit matrices is cut for Hopper: by tiles of which kernel, and k into how
/// many parts.
///
/// @param parts of k, whose sums are added by a second kernel if there are several
record ProductPlan(Tile tile, int parts) {
  /// Columns of a and rows of b in a stage.
  static final int DEPTH = 64;

  private static final int MAX_PARTS = 16;

  /// Fewer stages than this do not fill the ring.
  private static final int FEWEST_STAGES = 4;

  private static final double BYTES_PER_SECOND = 2.5e12;

  /// To begin and end a tile.
  private static final double TILE_SECONDS = 1.5e-6;

  /// To begin the second kernel.
  private static final double ADD_SECONDS = 3e-6;

  /// A kernel, see `products_sm90.cu`.
  ///
  /// @param stageSeconds in which a block multiplies a stage that is there
  record Tile(String kernel, int rows, int columns, int stages, double stageSeconds) {
    int lanes() {
      return 128 + 2 * rows;
    }

    int sharedBytes() {
      int stage = (rows + columns) * DEPTH * Short.BYTES;
      int staged = rows * 128 * Short.BYTES;
      return stages * stage + staged + 16 * stages + 1024;
    }

    long tiles(int m, int n) {
      return (long) ((m + rows - 1) / rows) * ((n + columns - 1) / columns);
    }

    /// Rows of tiles that are walked together: as many results high as wide where 132 blocks work.
    int band() {
      return Math.max(1, 2048 / rows);
    }
  }

  /// Measured on an H100 at 8192 x 8192 x 8192.
  static final List<Tile> TILES =
      List.of(
          new Tile("products_128x256", 128, 256, 4, 0.83e-6),
          new Tile("products_128x128", 128, 128, 6, 0.55e-6),
          new Tile("products_64x128", 64, 128, 8, 0.35e-6));

  /// The fastest, as far as this is known beforehand.
  ///
  /// @param units of the device
  static ProductPlan of(int m, int n, int k, int units) {
    ProductPlan best = null;
    for (Tile tile : TILES) {
      for (int parts = 1; parts <= MAX_PARTS; parts++) {
        ProductPlan plan = new ProductPlan(tile, parts);
        boolean fits = parts == 1 || plan.stages(k) >= FEWEST_STAGES;
        if (fits && (best == null || plan.seconds(m, n, k, units) < best.seconds(m, n, k, units))) {
          best = plan;
        }
      }
    }
    return best;
  }

  /// Of the longest part.
  private int stages(int k) {
    int all = (k + DEPTH - 1) / DEPTH;
    return (all + parts - 1) / parts;
  }

  private double seconds(int m, int n, int k, int units) {
    long pieces = tile.tiles(m, n) * parts;
    long rounds = (pieces + units - 1) / units;
    double computed = rounds * (stages(k) * tile.stageSeconds() + TILE_SECONDS);
    double operands = ((double) m + n) * k * Short.BYTES / BYTES_PER_SECOND;
    double added = (parts + 1.0) * Float.BYTES * m * n / BYTES_PER_SECOND + ADD_SECONDS;
    return Math.max(computed, operands) + (parts > 1 ? added : 0);
  }

  /// How many blocks work: they stay for all pieces.
  long groups(int m, int n, int units) {
    return Math.min(units, tile.tiles(m, n) * parts);
  }
}
