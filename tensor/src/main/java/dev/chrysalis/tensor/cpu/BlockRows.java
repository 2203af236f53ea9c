package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.Lanes.I;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Rows of elements `d·q − m`, in parts that share `d` and `m`. Four rows at a time are multiplied,
/// from four places of a task: each is read on and on, which is what processors fetch ahead. What
/// `m` takes from a product is `m` times the sum of a part of `x`, so that only `q` has to meet `x`
/// in registers.
abstract class BlockRows extends StoredRows {
  private static final int LARGEST_VECTOR = 16;

  /// Whether bytes can be widened to as many lanes as a vector of floats has.
  static final boolean WIDE = COUNT >= 8 && COUNT <= LARGEST_VECTOR;

  /// As many 8-bit lanes as vectors of floats have, if there is such a species.
  static final VectorSpecies<Byte> B =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(WIDE ? 8 * COUNT : 64));

  private static final int ROWS = 4;

  /// The F16 numbers by their bits. To fill a vector with a number that comes from memory takes one
  /// instruction, with one that was converted three more, on the port that widens elements.
  private static final float[] HALVES = allHalves();

  private static float[] allHalves() {
    float[] all = new float[1 << 16];
    for (int bits = 0; bits < all.length; bits++) {
      all[bits] = Float.float16ToFloat((short) bits);
    }
    return all;
  }

  /// What `m` is.
  enum Shift {
    /// 0.
    NONE,
    /// The same multiple of every `d`.
    MULTIPLE,
    /// A number of its own for every part.
    OWN
  }

  private final int part;
  private final Shift shift;
  private final float multiple;

  /// @param part elements that share a scale
  /// @param multiple `m / d`, where that is the same for all
  BlockRows(
      MemorySegment memory, long rowBytes, int columns, int part, Shift shift, float multiple) {
    super(memory, rowBytes, columns);
    this.part = part;
    this.shift = shift;
    this.multiple = multiple;
  }

  /// Puts `d`, and `m` if it is a number of its own, of every part of a row at `at` and the places
  /// behind it.
  ///
  /// @param row where it begins, in bytes
  /// @param bits room for a number of every part
  abstract void scales(long row, float[] scales, float[] shifts, int at, int[] bits);

  /// `count` F16 numbers that lie `stride` bytes apart, widened a vector at a time.
  final void halves(long from, int stride, int count, float[] to, int at, int[] bits) {
    for (int i = 0; i < count; i++) {
      bits[i] = memory.get(Elements.I16, from + (long) i * stride);
    }
    int i = 0;
    for (; i <= count - COUNT; i += COUNT) {
      HalfRows.F16.widened(IntVector.fromArray(I, bits, i)).intoArray(to, at + i);
    }
    for (; i < count; i++) { // tail: less than a vector
      to[at + i] = HALVES[bits[i] & 0xffff];
    }
  }

  /// Lanes of `Σ_parts d·Σ x·q` for four rows, whose `d` stand in `scales`, one row of `parts`
  /// behind the other, if `scales` puts them there.
  abstract void fourDots(
      long w0,
      long w1,
      long w2,
      long w3,
      float[] x,
      int at,
      float[] scales,
      int parts,
      float[] lanes);

  final float half(long at) {
    return HALVES[memory.get(Elements.I16, at) & 0xffff];
  }

  final int unsigned(long at) {
    return memory.get(Elements.I8, at) & 255;
  }

  @Override
  final int sums() {
    return shift != Shift.NONE && WIDE ? columns / part : 0;
  }

  @Override
  final void dots(
      long first,
      int rows,
      float[] x,
      float[] sums,
      int count,
      Scratch scratch,
      float[] out,
      int pitch) {
    if (!WIDE) {
      super.dots(first, rows, x, sums, count, scratch, out, pitch);
      return;
    }
    int parts = columns / part;
    float[] lanes = scratch.floats(Scratch.Slot.TILE, ROWS * COUNT);
    float[] scales = scratch.floats(Scratch.Slot.LEFT, ROWS * parts);
    float[] shifts = scratch.floats(Scratch.Slot.RIGHT, ROWS * parts);
    int[] bits = scratch.ints(Scratch.Slot.LEFT, parts);
    int apart = Math.ceilDiv(rows, ROWS);
    for (int r = 0; r < apart; r++) {
      for (int i = 0; i < ROWS; i++) {
        long row = first + Math.min(r + i * apart, rows - 1);
        scales(start(row), scales, shifts, i * parts, bits);
      }
      long w0 = start(first + r);
      long w1 = start(first + Math.min(r + apart, rows - 1));
      long w2 = start(first + Math.min(r + 2 * apart, rows - 1));
      long w3 = start(first + Math.min(r + 3 * apart, rows - 1));
      for (int s = 0; s < count; s++) {
        fourDots(w0, w1, w2, w3, x, s * columns, scales, parts, lanes);
        for (int i = 0; i < ROWS && r + i * apart < rows; i++) {
          float taken =
              switch (shift) {
                case NONE -> 0;
                case MULTIPLE -> multiple * product(scales, i * parts, sums, s * parts, parts);
                case OWN -> product(shifts, i * parts, sums, s * parts, parts);
              };
          out[s * pitch + r + i * apart] = Lanes.sum(Lanes.load(lanes, i * COUNT)) - taken;
        }
      }
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
}
