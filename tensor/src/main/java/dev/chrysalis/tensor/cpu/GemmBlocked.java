package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.DEPTH;
import static dev.chrysalis.tensor.cpu.TileKernels.ROWS;
import static dev.chrysalis.tensor.cpu.TileKernels.STEP;
import static dev.chrysalis.tensor.cpu.TileKernels.TALL;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// Products of matrices large enough to be worth packing, after Goto & van de Geijn 2008, "Anatomy
/// of high-performance matrix multiplication".
///
/// A piece of `B` and a piece of `A` are packed once, by all threads together. Then every task
/// multiplies a block of rows of the one with panel after panel of the other: a panel is read once
/// for all rows of the block, which stays in the second-level cache. Sums over `k` run in pieces
/// whose length depends on `k` alone; `C` is written, and from the second on read, once for each.
final class GemmBlocked {
  /// Rows of `A` that a task multiplies at a time.
  private static final int MAX_ROWS = TALL ? 8 * TallTileKernels.ROWS : 24 * ROWS;

  /// Floats of `A`, and of `B`, that are packed at a time.
  private static final int LEFT_PIECE = 1 << 19;

  private static final int RIGHT_PIECE = 1 << 20;

  /// With several threads, blocks are split further while there are fewer tasks than this for each,
  /// and down to these sizes.
  private static final int ENOUGH_TASKS = 8;

  private static final int MIN_ROWS = TALL ? 3 * TallTileKernels.ROWS : 8 * ROWS;
  private static final int MIN_COLUMNS = 4 * COLUMNS;

  /// Multiplications that make a task worth handing out.
  private static final int TASK = 1 << 17;

  private final Parallel pool;
  private final Gemm.Problem problem;
  private final PackedRight.Source source;

  /// Whether tiles are put straight into `C`: not into a Java array, or into what is not to be
  /// written or no longer there, which `put` refuses.
  private final boolean direct;

  GemmBlocked(Parallel pool, Gemm.Problem problem) {
    this(pool, problem, new MatrixPanels.Source(problem.b()));
  }

  /// @param source what the right matrices are packed from; `problem.b()` is not read
  GemmBlocked(Parallel pool, Gemm.Problem problem, PackedRight.Source source) {
    this.pool = pool;
    this.problem = problem;
    this.source = source;
    Matrices c = problem.c();
    MemorySegment memory = c.segment();
    this.direct = memory.isNative() && !memory.isReadOnly() && memory.scope().isAlive();
    long floats = (problem.m() - 1) * c.rowStride() + problem.n();
    for (long offset : c.offsets()) { // the kernels check no bounds
      memory.asSlice(offset * Float.BYTES, floats * Float.BYTES);
    }
  }

  void run() {
    int depth = evenly(problem.k(), DEPTH);
    int columns = TileKernels.wholeColumns(evenly(problem.n(), RIGHT_PIECE / depth));
    int rows = TileKernels.wholeTiles(evenly(problem.m(), LEFT_PIECE / depth));
    boolean sameLeft = problem.a().isRepeated();
    boolean sameRight = source.isRepeated();
    int inA = sameLeft ? problem.count() : LEFT_PIECE / (rows * depth);
    int inB = sameRight ? problem.count() : RIGHT_PIECE / (columns * depth);
    int group = Math.clamp(Math.min(inA, inB), 1, problem.count());
    Scratch scratch = pool.borrow();
    try {
      for (int first = 0; first < problem.count(); first += group) {
        int count = Math.min(group, problem.count() - first);
        for (int column = 0; column < problem.n(); column += columns) {
          for (int from = 0; from < problem.k(); from += depth) {
            for (int row = 0; row < problem.m(); row += rows) {
              run(
                  new Piece(
                      first,
                      count,
                      sameLeft,
                      sameRight,
                      row,
                      Math.min(rows, problem.m() - row),
                      column,
                      Math.min(columns, problem.n() - column),
                      from,
                      Math.min(depth, problem.k() - from)),
                  scratch);
            }
          }
        }
      }
    } finally {
      pool.giveBack(scratch);
      Reference.reachabilityFence(problem);
    }
  }

  /// The largest of as few parts of `size` as are no larger than `max`.
  private static int evenly(int size, int max) {
    return Math.ceilDiv(size, Math.ceilDiv(size, max));
  }

  /// What is packed and multiplied at a time: of `count` products from product `first` on, which
  /// may have the same left or right matrix, `rows` rows from `row` on times `columns` columns from
  /// `column` on, `depth` steps from `from` on.
  private record Piece(
      int first,
      int count,
      boolean sameLeft,
      boolean sameRight,
      int row,
      int rows,
      int column,
      int columns,
      int from,
      int depth) {}

  private void run(Piece piece, Scratch scratch) {
    PackedLeft left =
        new PackedLeft(
            problem.a(),
            piece.first(),
            piece.sameLeft() ? 1 : piece.count(),
            piece.row(),
            piece.rows(),
            piece.from(),
            piece.depth(),
            scratch);
    PackedRight right =
        source.piece(
            new PackedRight.Span(
                piece.first(),
                piece.sameRight() ? 1 : piece.count(),
                piece.column(),
                piece.columns(),
                piece.from(),
                piece.depth()),
            scratch);
    int rightTasks = piece.row() == 0 ? right.tasks() : 0; // still there for further rows
    pool.run(
        rightTasks + left.tasks(),
        (task, own) -> {
          if (task < rightTasks) {
            right.pack(task, own);
          } else {
            left.pack(task - rightTasks, own);
          }
        });
    multiply(piece, left, right);
  }

  private void multiply(Piece piece, PackedLeft left, PackedRight right) {
    double work = (double) piece.rows() * piece.columns() * piece.depth() * piece.count();
    int enough = pool.threads() == 1 ? 1 : ENOUGH_TASKS * pool.threads();
    int wanted = (int) Math.clamp(work / TASK, 1, enough);
    int rowBlocks = Math.ceilDiv(piece.rows(), MAX_ROWS);
    int columnBlocks = blocks(piece.columns(), MIN_COLUMNS, wanted / (piece.count() * rowBlocks));
    rowBlocks =
        Math.max(
            rowBlocks, blocks(piece.rows(), MIN_ROWS, wanted / (piece.count() * columnBlocks)));
    int rows = TileKernels.wholeTiles(Math.ceilDiv(piece.rows(), rowBlocks));
    int columns = TileKernels.wholeColumns(Math.ceilDiv(piece.columns(), columnBlocks));
    int down = Math.ceilDiv(piece.rows(), rows);
    int across = Math.ceilDiv(piece.columns(), columns);
    pool.run(
        piece.count() * down * across,
        (task, scratch) -> {
          int row = task / across % down * rows;
          int column = task % across * columns;
          block(
              piece,
              left,
              right,
              task / across / down,
              row,
              Math.min(rows, piece.rows() - row),
              column,
              Math.min(columns, piece.columns() - column),
              scratch);
        });
  }

  /// In how many blocks to split `size`: `wanted`, unless they get smaller than `min`.
  private static int blocks(int size, int min, int wanted) {
    return Math.max(1, Math.min(wanted, size / min));
  }

  /// Rows `row … row + rows − 1` times columns `column … column + columns − 1` of the piece.
  private void block(
      Piece piece,
      PackedLeft left,
      PackedRight right,
      int product,
      int row,
      int rows,
      int column,
      int columns,
      Scratch scratch) {
    Matrices c = problem.c();
    MemorySegment memory = c.segment();
    long pitch = c.rowStride() * Float.BYTES;
    boolean add = piece.from() > 0 || problem.accumulate();
    boolean biased = piece.from() == 0 && problem.hasBias();
    long start = scratch.panels(Scratch.Slot.STATE, COLUMNS); // what sums begin with
    long tile = scratch.panels(Scratch.Slot.TILE, TallTileKernels.ROWS * COLUMNS);
    int leftMatrix = piece.sameLeft() ? 0 : product;
    int rightMatrix = piece.sameRight() ? 0 : product;
    int touched = 0;
    if (!biased) {
      Panels.edge(problem.bias(), 0, 0, start);
    }
    for (int j = 0; j < columns; j += COLUMNS) {
      int wide = Math.min(COLUMNS, columns - j);
      int at = piece.column() + column + j;
      if (biased) {
        Panels.edge(problem.bias(), at, wide, start);
      }
      long panel = right.panel(rightMatrix, column + j);
      long offset = c.offsets()[piece.first() + product] + (piece.row() + row) * c.rowStride() + at;
      for (int i = 0; i < rows; ) {
        int high = TileKernels.height(rows - i);
        long to = (offset + i * c.rowStride()) * Float.BYTES;
        long place = memory.address() + to;
        int present = Math.min(high, rows - i);
        boolean whole = direct && wide == COLUMNS && present == high;
        if (whole) {
          touched += touch(place, pitch, high);
        }
        if (whole && !add) {
          left.tile(leftMatrix, row + i, rows - i, panel, start, place, pitch);
        } else {
          left.tile(leftMatrix, row + i, rows - i, panel, start, tile, STEP);
          if (whole) {
            TileKernels.addSome(rows - i, tile, place, pitch);
          } else {
            put(tile, memory, to, pitch, present, wide, add);
          }
        }
        i += high;
      }
    }
    scratch.touched = touched;
  }

  /// Reads what a tile will be put over, a number of each vector. Reads run ahead of each other
  /// where writes wait for one another, so that most lines of the cache are there when the tile is.
  private static int touch(long place, long pitch, int rows) {
    int sum = 0;
    for (int i = 0; i < rows; i++) {
      long line = place + i * pitch;
      sum += ALL_MEMORY.get(Elements.I32, line);
      sum += ALL_MEMORY.get(Elements.I32, line + Lanes.BYTES);
    }
    return sum;
  }

  /// Puts or adds `rows × columns` of a tile to `C`, `to` bytes behind its start.
  private static void put(
      long tile, MemorySegment c, long to, long pitch, int rows, int columns, boolean add) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        long at = to + i * pitch + j * (long) Float.BYTES;
        float sum = ALL_MEMORY.get(Elements.F32, TileKernels.at(tile + i * STEP, j));
        c.set(Elements.F32, at, add ? c.get(Elements.F32, at) + sum : sum);
      }
    }
  }
}
