package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.Lanes.H;
import static dev.chrysalis.tensor.cpu.Lanes.I;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;

/// Rows of 16-bit floats. Four rows at a time are multiplied, from four places of a task: each is
/// read on and on, which is what processors fetch ahead.
abstract class HalfRows extends StoredRows {
  private static final int ROWS = 4;

  private HalfRows(Tensor w) {
    super(w, w.size(1));
  }

  /// One element.
  abstract float element(long address);

  /// Lanes of the sums of four rows times a row of `x`; `k` is a multiple of the lanes.
  abstract void fourDots(
      long w0, long w1, long w2, long w3, float[] x, int at, int k, float[] lanes);

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
    float[] lanes = scratch.floats(Scratch.Slot.TILE, ROWS * COUNT);
    int whole = columns / COUNT * COUNT;
    int apart = Math.ceilDiv(rows, ROWS);
    for (int r = 0; r < apart; r++) {
      long w0 = start(first + r);
      long w1 = start(first + Math.min(r + apart, rows - 1));
      long w2 = start(first + Math.min(r + 2 * apart, rows - 1));
      long w3 = start(first + Math.min(r + 3 * apart, rows - 1));
      for (int s = 0; s < count; s++) {
        int at = s * columns;
        fourDots(w0, w1, w2, w3, x, at, whole, lanes);
        for (int i = 0; i < ROWS && r + i * apart < rows; i++) {
          float sum = Lanes.sum(Lanes.load(lanes, i * COUNT));
          long w = start(first + r + i * apart);
          for (int p = whole; p < columns; p++) { // tail: less than a vector
            sum = Math.fma(element(w + 2L * p), x[at + p], sum);
          }
          out[s * pitch + r + i * apart] = sum;
        }
      }
    }
  }

  /// BF16: the upper half of an F32.
  static final class Bf16 extends HalfRows {
    Bf16(Tensor w) {
      super(w);
    }

    private static FloatVector load(long at) {
      IntVector bits =
          (IntVector)
              ShortVector.fromMemorySegment(H, ALL_MEMORY, at, ByteOrder.LITTLE_ENDIAN)
                  .convertShape(ZERO_EXTEND_S2I, I, 0);
      return bits.lanewise(LSHL, 16).reinterpretAsFloats();
    }

    @Override
    float element(long address) {
      return Float.intBitsToFloat(ALL_MEMORY.get(Elements.I16, address) << 16);
    }

    @Override
    void read(long row, int from, int count, float[] to, int at) {
      long start = start(row) + 2L * from;
      int i = 0;
      for (; i <= count - COUNT; i += COUNT) {
        load(start + 2L * i).intoArray(to, at + i);
      }
      for (; i < count; i++) { // tail: less than a vector
        to[at + i] = element(start + 2L * i);
      }
    }

    @Override
    void fourDots(long w0, long w1, long w2, long w3, float[] x, int at, int k, float[] lanes) {
      FloatVector s0 = FloatVector.zero(F);
      FloatVector s1 = s0;
      FloatVector s2 = s0;
      FloatVector s3 = s0;
      for (int p = 0; p < k; p += COUNT) {
        long offset = 2L * p;
        FloatVector u = FloatVector.fromArray(F, x, at + p);
        s0 = load(w0 + offset).fma(u, s0);
        s1 = load(w1 + offset).fma(u, s1);
        s2 = load(w2 + offset).fma(u, s2);
        s3 = load(w3 + offset).fma(u, s3);
      }
      s0.intoArray(lanes, 0);
      s1.intoArray(lanes, COUNT);
      s2.intoArray(lanes, 2 * COUNT);
      s3.intoArray(lanes, 3 * COUNT);
    }
  }

  /// IEEE half precision. Two rows at a time: widening takes so many steps that four are more than
  /// the compiler takes into one method.
  static final class F16 extends HalfRows {
    /// Sign, exponent and mantissa in the places of an F32, whatever the sign filled.
    private static final int PLACES = 0x8fffe000;

    private static final int EXPONENT = 0x0f800000;
    private static final int F32_EXPONENT = 0x7f800000;

    /// From the exponent's bias of F16 to that of F32.
    private static final float REBIAS = 0x1p112f;

    F16(Tensor w) {
      super(w);
    }

    /// Bits in the places of an F32 are the number times 2⁻¹¹², subnormal ones too; only infinities
    /// and NaN need their exponent set.
    private static FloatVector load(long at) {
      IntVector halves =
          (IntVector)
              ShortVector.fromMemorySegment(H, ALL_MEMORY, at, ByteOrder.LITTLE_ENDIAN)
                  .convertShape(S2I, I, 0);
      IntVector bits = halves.lanewise(LSHL, 13).and(PLACES);
      FloatVector finite = bits.reinterpretAsFloats().mul(REBIAS);
      VectorMask<Integer> special = bits.and(EXPONENT).compare(EQ, EXPONENT);
      return finite.blend(bits.or(F32_EXPONENT).reinterpretAsFloats(), special.cast(F));
    }

    @Override
    float element(long address) {
      return Float.float16ToFloat(ALL_MEMORY.get(Elements.I16, address));
    }

    @Override
    void read(long row, int from, int count, float[] to, int at) {
      long start = start(row) + 2L * from;
      int i = 0;
      for (; i <= count - COUNT; i += COUNT) {
        load(start + 2L * i).intoArray(to, at + i);
      }
      for (; i < count; i++) { // tail: less than a vector
        to[at + i] = element(start + 2L * i);
      }
    }

    @Override
    void fourDots(long w0, long w1, long w2, long w3, float[] x, int at, int k, float[] lanes) {
      twoDots(w0, w1, x, at, k, lanes, 0);
      twoDots(w2, w3, x, at, k, lanes, 2 * COUNT);
    }

    private static void twoDots(
        long w0, long w1, float[] x, int at, int k, float[] lanes, int lane) {
      FloatVector s0 = FloatVector.zero(F);
      FloatVector s1 = s0;
      for (int p = 0; p < k; p += COUNT) {
        long offset = 2L * p;
        FloatVector u = FloatVector.fromArray(F, x, at + p);
        s0 = load(w0 + offset).fma(u, s0);
        s1 = load(w1 + offset).fma(u, s1);
      }
      s0.intoArray(lanes, lane);
      s1.intoArray(lanes, lane + COUNT);
    }
  }
}
