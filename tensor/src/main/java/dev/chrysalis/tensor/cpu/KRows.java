package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.Pairs.LOW;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// `BlockFormat.Q4_K` and `Q6_K`: blocks of 256 elements, of which parts have scales of their own.
/// Two rows at a time are multiplied.
abstract class KRows extends BlockRows {
  private static final int BLOCK = 256;

  /// Elements that stand in a run of bytes, in the low or in the high halves.
  private static final int RUN = 32;

  /// Elements that share a scale.
  private final int part;

  private KRows(Tensor w, BlockFormat format, int part) {
    super(w, format);
    this.part = part;
  }

  /// Parts of a row.
  final int parts() {
    return columns / part;
  }

  @Override
  final int sums() {
    return WIDE ? parts() : 0;
  }

  @Override
  final void sum(float[] x, int at, float[] sums, int to) {
    for (int p = 0; p < sums(); p++) {
      float sum = 0;
      for (int i = p * part; i < (p + 1) * part; i++) {
        sum += x[at + i];
      }
      sums[to + p] = sum;
    }
  }

  /// Spells out the block that begins at byte `block`.
  abstract void block(long block, float[] to, int at);

  abstract int blockBytes();

  /// Lanes of the products of what the bits say, each part times its scale, for two rows, whose
  /// scales begin at `first` and `second`; they go to `lanes[lane]` and the places behind it.
  abstract void twoDots(
      long w0,
      long w1,
      float[] x,
      int at,
      float[] scales,
      int first,
      int second,
      float[] lanes,
      int lane);

  /// What the shifts take from the product of a row whose scales begin at `scale`.
  abstract float taken(float[] scales, int scale, float[] sums, int sum);

  @Override
  final void read(long row, int from, int count, float[] to, int at) {
    for (int i = 0; i < count; i += BLOCK) {
      block(start(row) + (long) (from + i) / BLOCK * blockBytes(), to, at + i);
    }
  }

  @Override
  final void fourDots(
      long w0,
      long w1,
      long w2,
      long w3,
      float[] x,
      int at,
      float[] sums,
      int sum,
      float[] scales,
      float[] lanes) {
    int row = scales();
    twoDots(w0, w1, x, at, scales, 0, row, lanes, 0);
    twoDots(w2, w3, x, at, scales, 2 * row, 3 * row, lanes, 2 * COUNT);
    for (int i = 0; i < ROWS; i++) {
      lanes[i * COUNT] -= taken(scales, i * row, sums, sum);
    }
  }

  private static float product(float[] a, int at, float[] b, int bt, int n) {
    FloatVector lanes = FloatVector.zero(F);
    int i = 0;
    for (; i <= n - COUNT; i += COUNT) {
      lanes = Lanes.load(a, at + i).fma(Lanes.load(b, bt + i), lanes);
    }
    float sum = Lanes.sum(lanes);
    for (; i < n; i++) { // tail: less than a vector
      sum = Math.fma(a[at + i], b[bt + i], sum);
    }
    return sum;
  }

  /// `d, m`, 12 bytes of scales and shifts, 128 bytes of pairs.
  static final class Q4 extends KRows {
    private static final int BYTES = BlockFormat.Q4_K.blockBytes();
    private static final int SIX_BITS = 4;
    private static final int ELEMENTS = 16;
    private static final int LOW_SIX = 63;

    /// Parts of a block, each a run.
    private static final int PARTS = BLOCK / RUN;

    Q4(Tensor w) {
      super(w, BlockFormat.Q4_K, RUN);
    }

    /// The scales of all parts, behind them their shifts.
    @Override
    int scales() {
      return 2 * parts();
    }

    @Override
    float taken(float[] scales, int scale, float[] sums, int sum) {
      return product(scales, scale + parts(), sums, sum, parts());
    }

    @Override
    int blockBytes() {
      return BYTES;
    }

    @Override
    void block(long block, float[] to, int at) {
      float d = half(block);
      float m = half(block + 2);
      for (int part = 0; part < PARTS; part += 2) {
        long pairs = block + ELEMENTS + part / 2 * RUN;
        float lowScale = d * scale(block + SIX_BITS, part);
        float lowShift = m * shift(block + SIX_BITS, part);
        float highScale = d * scale(block + SIX_BITS, part + 1);
        float highShift = m * shift(block + SIX_BITS, part + 1);
        int target = at + part * RUN;
        for (int i = 0; i < RUN; i++) {
          int pair = unsigned(pairs + i);
          to[target + i] = lowScale * (pair & LOW) - lowShift;
          to[target + RUN + i] = highScale * (pair >> 4) - highShift;
        }
      }
    }

    private int scale(long six, int part) {
      return part < 4
          ? unsigned(six + part) & LOW_SIX
          : unsigned(six + 4 + part) & LOW | unsigned(six + part - 4) >> 6 << 4;
    }

    private int shift(long six, int part) {
      return part < 4
          ? unsigned(six + 4 + part) & LOW_SIX
          : unsigned(six + 4 + part) >> 4 | unsigned(six + part) >> 6 << 4;
    }

    @Override
    void scales(long row, float[] scales, int at) {
      for (int b = 0; b < columns / BLOCK; b++) {
        long block = row + (long) b * BYTES;
        float d = half(block);
        float m = half(block + 2);
        for (int part = 0; part < PARTS; part++) {
          scales[at + b * PARTS + part] = d * scale(block + SIX_BITS, part);
          scales[at + parts() + b * PARTS + part] = m * shift(block + SIX_BITS, part);
        }
      }
    }

    @Override
    void twoDots(
        long w0,
        long w1,
        float[] x,
        int at,
        float[] scales,
        int first,
        int second,
        float[] lanes,
        int lane) {
      FloatVector s0 = FloatVector.zero(F);
      FloatVector s1 = s0;
      int parts = parts();
      for (int part = 0; part < parts; part += 2) {
        long offset = (long) (part / PARTS) * BYTES + ELEMENTS + part % PARTS / 2 * RUN;
        FloatVector low0 = FloatVector.zero(F);
        FloatVector low1 = low0;
        FloatVector high0 = low0;
        FloatVector high1 = low0;
        for (int j = 0; j < RUN; j += COUNT) {
          FloatVector u = FloatVector.fromArray(F, x, at + part * RUN + j);
          FloatVector v = FloatVector.fromArray(F, x, at + part * RUN + RUN + j);
          IntVector pairs = Pairs.load(w0 + offset + j);
          low0 = Pairs.low(pairs).fma(u, low0);
          high0 = Pairs.high(pairs).fma(v, high0);
          pairs = Pairs.load(w1 + offset + j);
          low1 = Pairs.low(pairs).fma(u, low1);
          high1 = Pairs.high(pairs).fma(v, high1);
        }
        s0 = low0.fma(FloatVector.broadcast(F, scales[first + part]), s0);
        s1 = low1.fma(FloatVector.broadcast(F, scales[second + part]), s1);
        s0 = high0.fma(FloatVector.broadcast(F, scales[first + part + 1]), s0);
        s1 = high1.fma(FloatVector.broadcast(F, scales[second + part + 1]), s1);
      }
      s0.intoArray(lanes, lane);
      s1.intoArray(lanes, lane + COUNT);
    }
  }

  /// 128 bytes of low and 64 of high bits, 16 scales, `d`. Half a block is four runs: the low bits
  /// of the first two stand in the low, those of the others in the high halves of 64 bytes, the
  /// high bits of all four in 32 bytes.
  static final class Q6 extends KRows {
    private static final int BYTES = BlockFormat.Q6_K.blockBytes();
    private static final int HIGH_BITS = 128;
    private static final int SCALES = 192;
    private static final int SCALE = 208;
    private static final int ZERO = 32;
    private static final int HIGH = 3 << 4;

    /// Elements of one scale.
    private static final int GROUP = 16;

    private static final int GROUPS = BLOCK / GROUP;

    Q6(Tensor w) {
      super(w, BlockFormat.Q6_K, GROUP);
    }

    @Override
    int scales() {
      return parts();
    }

    @Override
    float taken(float[] scales, int scale, float[] sums, int sum) {
      return ZERO * product(scales, scale, sums, sum, parts());
    }

    @Override
    int blockBytes() {
      return BYTES;
    }

    @Override
    void block(long block, float[] to, int at) {
      float d = half(block + SCALE);
      for (int group = 0; group < GROUPS; group++) {
        float scale = d * ALL_MEMORY.get(Elements.I8, block + SCALES + group);
        int half = group / 8;
        int quarter = group % 8 / 2;
        int inside = group % 2 * GROUP;
        long low = block + half * 64 + quarter % 2 * RUN + inside;
        long high = block + HIGH_BITS + half * RUN + inside;
        int lowShift = quarter / 2 * 4;
        int highShift = 2 * quarter;
        int target = at + group * GROUP;
        for (int i = 0; i < GROUP; i++) {
          int q = unsigned(low + i) >> lowShift & LOW | (unsigned(high + i) >> highShift & 3) << 4;
          to[target + i] = scale * (q - ZERO);
        }
      }
    }

    @Override
    void scales(long row, float[] scales, int at) {
      for (int b = 0; b < columns / BLOCK; b++) {
        long block = row + (long) b * BYTES;
        float d = half(block + SCALE);
        for (int group = 0; group < GROUPS; group++) {
          scales[at + b * GROUPS + group] = d * ALL_MEMORY.get(Elements.I8, block + SCALES + group);
        }
      }
    }

    @Override
    void twoDots(
        long w0,
        long w1,
        float[] x,
        int at,
        float[] scales,
        int first,
        int second,
        float[] lanes,
        int lane) {
      dot(w0, x, at, scales, first, parts(), lanes, lane);
      dot(w1, x, at, scales, second, parts(), lanes, lane + COUNT);
    }

    /// One row; with helpers for the four runs the method would be more than the compiler takes.
    private static void dot(
        long row,
        float[] x,
        int at,
        float[] scales,
        int scale,
        int parts,
        float[] lanes,
        int lane) {
      FloatVector s = FloatVector.zero(F);
      FloatVector t = s;
      for (int group = 0; group < parts; group += GROUPS / 2) {
        int half = group / (GROUPS / 2) % 2;
        long block = row + (long) (group / GROUPS) * BYTES;
        long low = block + half * 2 * RUN;
        long high = block + HIGH_BITS + half * RUN;
        for (int j = 0; j < RUN; j += COUNT) {
          int from = at + group * GROUP + j;
          int first = scale + group + j / GROUP;
          IntVector h = Pairs.load(high + j);
          IntVector a = Pairs.load(low + j);
          FloatVector q = Pairs.floats(a.and(LOW).or(h.lanewise(LSHL, 4).and(HIGH)));
          FloatVector u = FloatVector.fromArray(F, x, from);
          s = q.mul(u).fma(FloatVector.broadcast(F, scales[first]), s);
          q = Pairs.floats(a.lanewise(LSHR, 4).or(h.and(HIGH)));
          u = FloatVector.fromArray(F, x, from + 2 * RUN);
          t = q.mul(u).fma(FloatVector.broadcast(F, scales[first + 4]), t);
          a = Pairs.load(low + RUN + j);
          q = Pairs.floats(a.and(LOW).or(h.lanewise(LSHL, 2).and(HIGH)));
          u = FloatVector.fromArray(F, x, from + RUN);
          s = q.mul(u).fma(FloatVector.broadcast(F, scales[first + 2]), s);
          q = Pairs.floats(a.lanewise(LSHR, 4).or(h.lanewise(LSHR, 2).and(HIGH)));
          u = FloatVector.fromArray(F, x, from + 3 * RUN);
          t = q.mul(u).fma(FloatVector.broadcast(F, scales[first + 6]), t);
        }
      }
      s.add(t).intoArray(lanes, lane);
    }
  }
}
