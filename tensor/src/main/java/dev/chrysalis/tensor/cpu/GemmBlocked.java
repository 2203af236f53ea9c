package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.TileKernels.BLOCK;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;
import static dev.chrysalis.tensor.cpu.TileKernels.ROWS;

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
  private static final int MAX_ROWS = 128;

  /// Blocks are split further while there are fewer tasks than this, and down to these sizes.
  private static final int ENOUGH_TASKS = 32;

  private static final int MIN_ROWS = 8 * ROWS;
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
    Matrices b = problem.b();
    long start =
        b.offsets()[piece.first() + matrix]
            + piece.from() * b.rowStride()
            + (piece.column() + from) * b.columnStride();
    int to = (matrix * piece.width() + from) * piece.depth();
    int depth = piece.depth();
    Panels.panels(
        b.segment(), start, b.rowStride(), b.columnStride(), depth, columns, packed, to, row);
  }

  private void multiply(Piece piece, float[] packed) {
    double work = (double) problem.m() * piece.columns() * piece.depth() * piece.count();
    int wanted = (int) Math.clamp(work / TASK, 1, ENOUGH_TASKS);
    int rowBlocks = blocks(problem.m(), MAX_ROWS, MIN_ROWS, wanted / piece.count());
    int rows = TileKernels.wholeRows((problem.m() + rowBlocks - 1) / rowBlocks);
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
    float[] tile = scratch.floats(Scratch.Slot.TILE, ROWS * COLUMNS);
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
        for (int i = 0; i < rows; i += ROWS) {
          if (turned) {
            TileKernels.columns(left, i, packed, panel, steps, tile, 0, COLUMNS, false);
          } else {
            TileKernels.rows(left, i * PITCH, packed, panel, steps, tile, 0, COLUMNS, false);
          }
          store(
              tile,
              piece.first() + product,
              row + i,
              Math.min(ROWS, rows - i),
              piece.column() + column + j,
              Math.min(COLUMNS, columns - j),
              piece.from() + p == 0);
        }
      }
    }
  }

  /// Puts a tile into `C`: the first one over the old content, unless that counts, and with the
  /// bias; later ones on top.
  private void store(
      float[] tile, int product, int row, int rows, int column, int columns, boolean first) {
    MemorySegment memory = problem.c().segment();
    long stride = problem.c().rowStride() * Float.BYTES;
    long to =
        problem.c().offsets()[product] * Float.BYTES + row * stride + column * (long) Float.BYTES;
    if (first && problem.hasBias()) {
      addBias(tile, column, columns);
    }
    boolean add = !first || problem.accumulate();
    if (columns < COLUMNS) {
      storeEdge(tile, memory, to, stride, rows, columns, add);
    } else if (add) {
      for (int i = 0; i < rows; i++) {
        long at = to + i * stride;
        FloatVector left = Lanes.load(tile, i * COLUMNS).add(Lanes.load(memory, at));
        FloatVector right =
            Lanes.load(tile, i * COLUMNS + COUNT).add(Lanes.load(memory, at + Lanes.BYTES));
        Lanes.store(left, memory, at);
        Lanes.store(right, memory, at + Lanes.BYTES);
      }
    } else {
      for (int i = 0; i < rows; i++) {
        long at = to + i * stride;
        Lanes.store(Lanes.load(tile, i * COLUMNS), memory, at);
        Lanes.store(Lanes.load(tile, i * COLUMNS + COUNT), memory, at + Lanes.BYTES);
      }
    }
  }

  private static void storeEdge(
      float[] tile, MemorySegment c, long to, long stride, int rows, int columns, boolean add) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        long at = to + i * stride + j * (long) Float.BYTES;
        float old = add ? c.get(Elements.F32, at) : 0;
        c.set(Elements.F32, at, tile[i * COLUMNS + j] + old);
      }
    }
  }

  private void addBias(float[] tile, int column, int columns) {
    for (int j = 0; j < columns; j++) {
      float bias = problem.bias().get(Elements.F32, (column + j) * (long) Float.BYTES);
      for (int i = 0; i < ROWS; i++) {
        tile[i * COLUMNS + j] += bias;
      }
    }
  }
}
