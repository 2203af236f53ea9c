package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Products with few rows or few columns: one operand is so short that the other, the long one, is
/// read from memory once, as it lies, and never packed. For one token through a layer this is bound
/// by memory.
///
/// `out[s, l] = Σ_p short[s, p]·long[l, p]`: dot products if the long operand's rows lie in memory,
/// sums of scaled rows if its columns do.
final class GemmSkinny {
  private static final int MAX_SHORT_DOTS = 16;
  private static final int MAX_SHORT_SUMS = 2;
  private static final int DOT_ROWS = 4;
  private static final int MAX_COPY = 1 << 24;

  /// Floats of the long operand that a task reads at least.
  private static final int TASK = 1 << 15;

  /// Columns of the long operand that a task of scaled rows works on.
  private static final int SUM_COLUMNS = 256;

  private final Parallel pool;
  private final Gemm.Problem problem;

  /// Whether the rows of `A` are the short operand; else the columns of `B`.
  private final boolean fewRows;

  private final Matrices small;
  private final long smallStride;
  private final long smallStep;
  private final int smallCount;
  private final Matrices large;
  private final long largeStride;
  private final long largeStep;
  private final int largeCount;

  GemmSkinny(Parallel pool, Gemm.Problem problem) {
    this.pool = pool;
    this.problem = problem;
    fewRows = problem.m() <= MAX_SHORT_DOTS;
    Matrices a = problem.a();
    Matrices b = problem.b();
    small = fewRows ? a : b;
    smallStride = fewRows ? a.rowStride() : b.columnStride();
    smallStep = fewRows ? a.columnStride() : b.rowStride();
    smallCount = fewRows ? problem.m() : problem.n();
    large = fewRows ? b : a;
    largeStride = fewRows ? b.columnStride() : a.rowStride();
    largeStep = fewRows ? b.rowStride() : a.columnStride();
    largeCount = fewRows ? problem.n() : problem.m();
  }

  /// Whether this is the faster way.
  static boolean fits(Gemm.Problem problem) {
    if (Math.min(problem.m(), problem.n()) > MAX_SHORT_DOTS) {
      return false;
    }
    boolean fewRows = problem.m() <= MAX_SHORT_DOTS;
    Matrices large = fewRows ? problem.b() : problem.a();
    int smallCount = fewRows ? problem.m() : problem.n();
    boolean dots = (fewRows ? large.rowStride() : large.columnStride()) == 1;
    boolean sums = (fewRows ? large.columnStride() : large.rowStride()) == 1;
    return (long) smallCount * problem.k() * problem.count() <= MAX_COPY
        && (dots || sums && smallCount <= MAX_SHORT_SUMS);
  }

  void run() {
    int k = problem.k();
    boolean dots = largeStep == 1;
    int rows =
        dots
            ? Math.clamp(TASK / k / DOT_ROWS * DOT_ROWS, DOT_ROWS, Math.max(DOT_ROWS, largeCount))
            : SUM_COLUMNS;
    int blocks = (largeCount + rows - 1) / rows;
    Scratch shared = pool.borrow();
    try {
      float[] x = shared.floats(Scratch.Slot.SHARED, problem.count() * smallCount * k);
      for (int i = 0; i < problem.count() * smallCount; i++) {
        long from = small.offsets()[i / smallCount] + i % smallCount * smallStride;
        Panels.gather(small.segment(), from, smallStep, x, i * k, k);
      }
      pool.run(
          problem.count() * blocks,
          (task, scratch) -> {
            int row = task % blocks * rows;
            int count = Math.min(rows, largeCount - row);
            block(task / blocks, row, count, x, dots, scratch);
          });
    } finally {
      pool.giveBack(shared);
    }
  }

  private void block(int product, int row, int count, float[] x, boolean dots, Scratch scratch) {
    int k = problem.k();
    int at = product * smallCount * k;
    int pitch = Lanes.padded(count);
    float[] out = scratch.floats(Scratch.Slot.OUTPUT, smallCount * pitch);
    long from = large.offsets()[product] + row * largeStride;
    if (dots) {
      float[] lanes = scratch.floats(Scratch.Slot.TILE, 2 * DOT_ROWS * COUNT);
      dots(large.segment(), from, largeStride, count, k, x, at, k, smallCount, lanes, out, pitch);
    } else {
      Arrays.fill(out, 0, smallCount * pitch, 0);
      for (int s = 0; s < smallCount; s++) {
        sums(large.segment(), from, largeStep, k, count, x, at + s * k, out, s * pitch);
      }
    }
    for (int s = 0; s < smallCount; s++) {
      for (int l = 0; l < count; l++) {
        int i = fewRows ? s : row + l;
        int j = fewRows ? row + l : s;
        store(product, i, j, out[s * pitch + l]);
      }
    }
  }

  private void store(int product, int i, int j, float sum) {
    MemorySegment memory = problem.c().segment();
    long at = (problem.c().offsets()[product] + i * problem.c().rowStride() + j) * Float.BYTES;
    float bias = problem.hasBias() ? problem.bias().get(Elements.F32, j * (long) Float.BYTES) : 0;
    float old = problem.accumulate() ? memory.get(Elements.F32, at) : 0;
    memory.set(Elements.F32, at, sum + bias + old);
  }

  /// `out[s·pitch + r] = Σ_p x[at + s·xPitch + p]·memory[from + r·stride + p]` for `rows` rows of
  /// memory and `count` of `x`.
  ///
  /// @param lanes room for eight vectors
  static void dots(
      MemorySegment memory,
      long from,
      long stride,
      int rows,
      int k,
      float[] x,
      int at,
      int xPitch,
      int count,
      float[] lanes,
      float[] out,
      int pitch) {
    int whole = k / COUNT * COUNT;
    for (int r = 0; r < rows; r += DOT_ROWS) {
      long w0 = (from + r * stride) * Float.BYTES;
      long w1 = (from + Math.min(r + 1, rows - 1) * stride) * Float.BYTES;
      long w2 = (from + Math.min(r + 2, rows - 1) * stride) * Float.BYTES;
      long w3 = (from + Math.min(r + 3, rows - 1) * stride) * Float.BYTES;
      for (int s = 0; s < count; s += 2) {
        int x0 = at + s * xPitch;
        int x1 = at + Math.min(s + 1, count - 1) * xPitch;
        eightDots(memory, w0, w1, w2, w3, x, x0, x1, whole, lanes);
        for (int i = 0; i < 2 * DOT_ROWS; i++) {
          int row = r + i % DOT_ROWS;
          int other = s + i / DOT_ROWS;
          if (row < rows && other < count) {
            float sum = Lanes.sum(Lanes.load(lanes, i * COUNT));
            long w = (from + row * stride) * Float.BYTES;
            int xs = at + other * xPitch;
            for (int p = whole; p < k; p++) { // tail: less than a vector
              sum = Math.fma(x[xs + p], memory.get(Elements.F32, w + p * (long) Float.BYTES), sum);
            }
            out[other * pitch + row] = sum;
          }
        }
      }
    }
  }

  /// Two rows of `x` times four of memory; the lanes of the sums stay apart.
  private static void eightDots(
      MemorySegment memory,
      long w0,
      long w1,
      long w2,
      long w3,
      float[] x,
      int x0,
      int x1,
      int k,
      float[] lanes) {
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector t0 = s0;
    FloatVector t1 = s0;
    FloatVector t2 = s0;
    FloatVector t3 = s0;
    for (int p = 0; p < k; p += COUNT) {
      long offset = p * (long) Float.BYTES;
      FloatVector u = FloatVector.fromArray(F, x, x0 + p);
      FloatVector v = FloatVector.fromArray(F, x, x1 + p);
      FloatVector w = Lanes.load(memory, w0 + offset);
      s0 = w.fma(u, s0);
      t0 = w.fma(v, t0);
      w = Lanes.load(memory, w1 + offset);
      s1 = w.fma(u, s1);
      t1 = w.fma(v, t1);
      w = Lanes.load(memory, w2 + offset);
      s2 = w.fma(u, s2);
      t2 = w.fma(v, t2);
      w = Lanes.load(memory, w3 + offset);
      s3 = w.fma(u, s3);
      t3 = w.fma(v, t3);
    }
    s0.intoArray(lanes, 0);
    s1.intoArray(lanes, COUNT);
    s2.intoArray(lanes, 2 * COUNT);
    s3.intoArray(lanes, 3 * COUNT);
    t0.intoArray(lanes, 4 * COUNT);
    t1.intoArray(lanes, 5 * COUNT);
    t2.intoArray(lanes, 6 * COUNT);
    t3.intoArray(lanes, 7 * COUNT);
  }

  /// `out[to + j] += Σ_p x[at + p]·memory[from + p·step + j]` for `columns` columns. Four rows of
  /// memory run side by side: more reads under way at once.
  static void sums(
      MemorySegment memory,
      long from,
      long step,
      int k,
      int columns,
      float[] x,
      int at,
      float[] out,
      int to) {
    int whole = columns / COUNT * COUNT;
    int p = 0;
    for (; p <= k - 4; p += 4) {
      fourRows(memory, from + p * step, step, whole, x, at + p, out, to);
    }
    for (; p < k; p++) { // tail: fewer than four rows
      FloatVector scale = FloatVector.broadcast(F, x[at + p]);
      for (int j = 0; j < whole; j += COUNT) {
        FloatVector w = Lanes.load(memory, (from + p * step + j) * Float.BYTES);
        scale.fma(w, FloatVector.fromArray(F, out, to + j)).intoArray(out, to + j);
      }
    }
    for (int j = whole; j < columns; j++) { // tail: less than a vector
      float sum = out[to + j];
      for (p = 0; p < k; p++) {
        float w = memory.get(Elements.F32, (from + p * step + j) * Float.BYTES);
        sum = Math.fma(x[at + p], w, sum);
      }
      out[to + j] = sum;
    }
  }

  private static void fourRows(
      MemorySegment memory,
      long from,
      long step,
      int columns,
      float[] x,
      int at,
      float[] out,
      int to) {
    FloatVector x0 = FloatVector.broadcast(F, x[at]);
    FloatVector x1 = FloatVector.broadcast(F, x[at + 1]);
    FloatVector x2 = FloatVector.broadcast(F, x[at + 2]);
    FloatVector x3 = FloatVector.broadcast(F, x[at + 3]);
    long w0 = from * Float.BYTES;
    long w1 = w0 + step * Float.BYTES;
    long w2 = w1 + step * Float.BYTES;
    long w3 = w2 + step * Float.BYTES;
    for (int j = 0; j < columns; j += COUNT) {
      long offset = j * (long) Float.BYTES;
      FloatVector sum = FloatVector.fromArray(F, out, to + j);
      sum = x0.fma(Lanes.load(memory, w0 + offset), sum);
      sum = x1.fma(Lanes.load(memory, w1 + offset), sum);
      sum = x2.fma(Lanes.load(memory, w2 + offset), sum);
      sum = x3.fma(Lanes.load(memory, w3 + offset), sum);
      sum.intoArray(out, to + j);
    }
  }
}
