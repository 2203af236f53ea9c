package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.TileKernels.BLOCK;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;
import static dev.chrysalis.tensor.cpu.TileKernels.ROWS;
import static dev.chrysalis.tensor.cpu.TileKernels.TALL;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// Products of matrices large enough to be worth packing, after Goto & van de Geijn 2008, "Anatomy
/// of high-performance matrix multiplication".
///
/// `B` is packed once, by all threads together, as many matrices or as large a piece of one as fit
/// `SHARED`. Then every task packs a block of rows of `A` and multiplies it with panel after panel
/// of `B`: the panel stays in the first-level cache, the block in the second. Sums over `k` run in
/// pieces of `BLOCK`, whatever the tasks.
final class GemmBlocked {
  /// Floats of `B` that are packed at a time.
  private static final int SHARED = 1 << 20;

  /// Columns of `B` that are packed at a time.
  private static final int MAX_COLUMNS = 4096;

  /// Rows of `A` that a task packs at a time.
  private static final int MAX_ROWS = TALL ? 11 * TallTileKernels.ROWS : 128;

  /// With several threads, blocks are split further while there are fewer tasks than this for each,
  /// and down to these sizes.
  private static final int ENOUGH_TASKS = 16;

  private static final int MIN_ROWS = TALL ? 3 * TallTileKernels.ROWS : 8 * ROWS;
  private static final int MIN_COLUMNS = 4 * COLUMNS;

  /// Multiplications that make a task worth handing out.
  private static final int TASK = 1 << 17;

  /// Floats that a packing task packs at least, if there are as many.
  private static final int PACK_TASK = 1 << 14;

  private final Parallel pool;
  private final Gemm.Problem problem;

  GemmBlocked(Parallel pool, Gemm.Problem problem) {
    this.pool = pool;
    this.problem = problem;
  }

  void run() {
    int columns = Math.min(MAX_COLUMNS, problem.n());
    int width = TileKernels.wholeColumns(columns);
    int depth = Math.min(problem.k(), Math.max(1, SHARED / width / BLOCK) * BLOCK);
    boolean shared = problem.b().isRepeated();
    int group = shared ? problem.count() : Math.max(1, SHARED / (width * depth));
    Scratch scratch = pool.borrow();
    try {
      for (int first = 0; first < problem.count(); first += group) {
        int count = Math.min(group, problem.count() - first);
        for (int column = 0; column < problem.n(); column += columns) {
          for (int from = 0; from < problem.k(); from += depth) {
            Piece piece =
                new Piece(
                    first,
                    count,
                    shared ? 1 : count,
                    column,
                    Math.min(columns, problem.n() - column),
                    from,
                    Math.min(depth, problem.k() - from));
            float[] packed =
                scratch.floats(Scratch.Slot.SHARED, piece.packed() * piece.width() * piece.depth());
            pack(piece, packed);
            multiply(piece, packed);
          }
        }
      }
    } finally {
      pool.giveBack(scratch);
    }
  }

  /// What is packed at a time: `columns` columns from `column` on, `depth` steps from `from` on, of
  /// `packed` matrices that serve `count` products from product `first` on.
  private record Piece(
      int first, int count, int packed, int column, int columns, int from, int depth) {
    int width() {
      return TileKernels.wholeColumns(columns);
    }
  }

  private void pack(Piece piece, float[] packed) {
    boolean straight = problem.b().columnStride() == 1;
    // Tasks are groups of rows of B if those lie in memory, else of panels.
    int unit = straight ? 1 : COLUMNS;
    int units = straight ? piece.depth() : piece.width() / COLUMNS;
    int unitFloats = straight ? piece.width() : piece.depth() * COLUMNS;
    int perTask = Math.clamp(PACK_TASK / unitFloats, 1, units);
    int tasks = (units + perTask - 1) / perTask;
    pool.run(
        piece.packed() * tasks,
        (task, scratch) -> {
          int from = task % tasks * perTask * unit;
          int matrix = task / tasks;
          if (straight) {
            packRows(piece, matrix, from, Math.min(perTask, piece.depth() - from), packed);
          } else {
            int columns = Math.min(perTask * COLUMNS, piece.columns() - from);
            float[] row = scratch.floats(Scratch.Slot.ROW, COLUMNS * PITCH);
            packColumns(piece, matrix, from, columns, packed, row);
          }
        });
  }

  private void packRows(Piece piece, int matrix, int from, int rows, float[] packed) {
    Matrices b = problem.b();
    long start = b.offsets()[piece.first() + matrix] + piece.column();
    int to = matrix * piece.width() * piece.depth();
    for (int p = from; p < from + rows; p++) {
      long line = start + (piece.from() + p) * b.rowStride();
      Panels.spread(b.segment(), line, piece.columns(), packed, to + p * COLUMNS, piece.depth());
    }
  }

  private void packColumns(
      Piece piece, int matrix, int from, int columns, float[] packed, float[] row) {
    int to = (matrix * piece.width() + from) * piece.depth();
    int depth = piece.depth();
    int first = piece.column() + from;
    Matrices b = problem.b();
    long start =
        b.offsets()[piece.first() + matrix]
            + piece.from() * b.rowStride()
            + first * b.columnStride();
    Panels.panels(
        b.segment(), start, b.rowStride(), b.columnStride(), depth, columns, packed, to, row);
  }

  private void multiply(Piece piece, float[] packed) {
    double work = (double) problem.m() * piece.columns() * piece.depth() * piece.count();
    int enough = pool.threads() == 1 ? 1 : ENOUGH_TASKS * pool.threads();
    int wanted = (int) Math.clamp(work / TASK, 1, enough);
    int rowBlocks = blocks(problem.m(), MAX_ROWS, MIN_ROWS, wanted / piece.count());
    int rows = TileKernels.wholeTiles((problem.m() + rowBlocks - 1) / rowBlocks);
    int columnBlocks =
        blocks(piece.columns(), MAX_COLUMNS, MIN_COLUMNS, wanted / (piece.count() * rowBlocks));
    int columns = TileKernels.wholeColumns((piece.columns() + columnBlocks - 1) / columnBlocks);
    pool.run(
        piece.count() * rowBlocks * columnBlocks,
        (task, scratch) -> {
          int row = task / columnBlocks % rowBlocks * rows;
          int column = task % columnBlocks * columns;
          if (row < problem.m() && column < piece.columns()) {
            block(
                piece,
                packed,
                task / columnBlocks / rowBlocks,
                row,
                Math.min(rows, problem.m() - row),
                column,
                Math.min(columns, piece.columns() - column),
                scratch);
          }
        });
  }

  /// In how many blocks of at most `max` to split `size`: `wanted`, unless they get smaller than
  /// `min`.
  private static int blocks(int size, int max, int min, int wanted) {
    int fewest = (size + max - 1) / max;
    return Math.max(fewest, Math.min(wanted, size / min));
  }

  /// Rows `row … row + rows − 1` times columns `column … column + columns − 1` of the piece.
  private void block(
      Piece piece,
      float[] packed,
      int product,
      int row,
      int rows,
      int column,
      int columns,
      Scratch scratch) {
    Matrices a = problem.a();
    int matrix = piece.packed() == 1 ? 0 : product;
    boolean turned = a.rowStride() == 1 && a.columnStride() != 1;
    float[] left = scratch.floats(Scratch.Slot.LEFT, Math.max(MAX_ROWS, BLOCK) * PITCH);
    float[] tile = scratch.floats(Scratch.Slot.TILE, TallTileKernels.ROWS * COLUMNS);
    for (int p = 0; p < piece.depth(); p += BLOCK) {
      int steps = Math.min(BLOCK, piece.depth() - p);
      long from =
          a.offsets()[piece.first() + product]
              + row * a.rowStride()
              + (piece.from() + p) * a.columnStride();
      if (turned) {
        Panels.columns(a.segment(), from, a.rowStride(), a.columnStride(), rows, steps, left);
      } else {
        Panels.rows(a.segment(), from, a.rowStride(), a.columnStride(), rows, steps, left);
      }
      for (int j = 0; j < columns; j += COLUMNS) {
        int panel = (matrix * piece.width() + column + j) * piece.depth() + p * COLUMNS;
        for (int i = 0; i < rows; ) {
          int high = TileKernels.isTall(rows - i) ? TallTileKernels.ROWS : ROWS;
          Tile at =
              new Tile(
                  piece.first() + product,
                  row + i,
                  Math.min(high, rows - i),
                  piece.column() + column + j,
                  Math.min(COLUMNS, columns - j));
          boolean add = load(tile, at, piece.from() + p == 0);
          if (turned) {
            TileKernels.someColumns(rows - i, left, i, packed, panel, steps, tile, 0, COLUMNS, add);
          } else {
            TileKernels.someRows(
                rows - i, left, i * PITCH, packed, panel, steps, tile, 0, COLUMNS, add);
          }
          store(tile, at);
          i += high;
        }
      }
    }
  }

  /// A place of `C`.
  private record Tile(int product, int row, int rows, int column, int columns) {}

  /// Where the tile stands in `C`, in bytes.
  private long offset(Tile at) {
    Matrices c = problem.c();
    return (c.offsets()[at.product()] + at.row() * c.rowStride() + at.column()) * Float.BYTES;
  }

  /// Puts into `tile` what the product is added to: the bias at the first steps, what is in `C` at
  /// later ones or if that counts. Returns whether there is anything.
  private boolean load(float[] tile, Tile at, boolean first) {
    boolean biased = first && problem.hasBias();
    boolean add = !first || problem.accumulate();
    if (add) {
      loadOld(tile, at);
      if (biased) {
        addBias(tile, at);
      }
    } else if (biased) {
      putBias(tile, at);
    }
    return add || biased;
  }

  private void loadOld(float[] tile, Tile at) {
    MemorySegment memory = problem.c().segment();
    long stride = problem.c().rowStride() * Float.BYTES;
    long from = offset(at);
    for (int i = 0; i < at.rows(); i++) {
      long line = from + i * stride;
      if (at.columns() == COLUMNS) {
        Lanes.load(memory, line).intoArray(tile, i * COLUMNS);
        Lanes.load(memory, line + Lanes.BYTES).intoArray(tile, i * COLUMNS + COUNT);
      } else {
        Panels.copy(memory, line / Float.BYTES, tile, i * COLUMNS, at.columns());
      }
    }
  }

  private void putBias(float[] tile, Tile at) {
    long from = at.column() * (long) Float.BYTES;
    if (at.columns() == COLUMNS) {
      FloatVector left = Lanes.load(problem.bias(), from);
      FloatVector right = Lanes.load(problem.bias(), from + Lanes.BYTES);
      for (int i = 0; i < at.rows(); i++) {
        left.intoArray(tile, i * COLUMNS);
        right.intoArray(tile, i * COLUMNS + COUNT);
      }
    } else {
      Panels.copy(problem.bias(), at.column(), tile, 0, at.columns());
      for (int i = 1; i < at.rows(); i++) {
        System.arraycopy(tile, 0, tile, i * COLUMNS, COLUMNS);
      }
    }
  }

  private void addBias(float[] tile, Tile at) {
    for (int j = 0; j < at.columns(); j++) {
      float bias = problem.bias().get(Elements.F32, (at.column() + j) * (long) Float.BYTES);
      for (int i = 0; i < at.rows(); i++) {
        tile[i * COLUMNS + j] += bias;
      }
    }
  }

  private void store(float[] tile, Tile at) {
    MemorySegment memory = problem.c().segment();
    long stride = problem.c().rowStride() * Float.BYTES;
    long to = offset(at);
    if (at.columns() < COLUMNS) {
      storeEdge(tile, memory, to, stride, at);
      return;
    }
    for (int i = 0; i < at.rows(); i++) {
      long line = to + i * stride;
      Lanes.store(Lanes.load(tile, i * COLUMNS), memory, line);
      Lanes.store(Lanes.load(tile, i * COLUMNS + COUNT), memory, line + Lanes.BYTES);
    }
  }

  private static void storeEdge(float[] tile, MemorySegment c, long to, long stride, Tile at) {
    for (int i = 0; i < at.rows(); i++) {
      long line = to + i * stride;
      int j = 0;
      if (at.columns() >= COUNT) {
        Lanes.store(Lanes.load(tile, i * COLUMNS), c, line);
        j = COUNT;
      }
      for (; j < at.columns(); j++) { // tail: less than a vector
        c.set(Elements.F32, line + j * (long) Float.BYTES, tile[i * COLUMNS + j]);
      }
    }
  }
}
