package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.Lanes.I;
import static dev.chrysalis.tensor.cpu.Pairs.LOW;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Tensor;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// `BlockFormat.Q4_0`.
final class NibbleRows extends BlockRows {
  private static final int BLOCK = BlockFormat.Q4_0.blockElements();
  private static final int BYTES = BlockFormat.Q4_0.blockBytes();

  /// Where a block's elements begin.
  private static final int ELEMENTS = 2;

  private static final int HALF = BLOCK / 2;
  private static final int ZERO = 8;

  NibbleRows(Tensor w) {
    super(w, BlockFormat.Q4_0);
  }

  @Override
  void read(long row, int from, int count, float[] to, int at) {
    for (int i = 0; i < count; i += BLOCK) {
      long block = start(row) + (long) (from + i) / BLOCK * BYTES;
      float scale = half(block);
      int target = at + i;
      if (WIDE) {
        for (int j = 0; j < HALF; j += COUNT) {
          IntVector pairs = Pairs.load(block + ELEMENTS + j);
          Pairs.low(pairs).sub(ZERO).mul(scale).intoArray(to, target + j);
          Pairs.high(pairs).sub(ZERO).mul(scale).intoArray(to, target + HALF + j);
        }
      } else {
        for (int j = 0; j < HALF; j++) {
          int pair = unsigned(block + ELEMENTS + j);
          to[target + j] = scale * ((pair & LOW) - ZERO);
          to[target + HALF + j] = scale * ((pair >> 4) - ZERO);
        }
      }
    }
  }

  /// For every block, `−ZERO·Σ x` in as many parts as a vector has lanes: what its product begins
  /// with, whatever its scale.
  @Override
  int sums() {
    return WIDE ? columns / BLOCK * COUNT : 0;
  }

  @Override
  void sum(float[] x, int at, float[] sums, int to) {
    for (int b = 0; b < sums() / COUNT; b++) {
      FloatVector sum = FloatVector.zero(F);
      for (int j = 0; j < BLOCK; j += COUNT) {
        sum = sum.add(Lanes.load(x, at + b * BLOCK + j));
      }
      sum.mul(-ZERO).intoArray(sums, to + b * COUNT);
    }
  }

  /// Written out, with the scales first: this is about as much as the compiler takes into one
  /// method, and of what comes late it leaves out our own helpers, which then make every vector an
  /// object.
  @Override
  void fourDots(
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
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int blocks = columns / BLOCK;
    for (int b = 0; b < blocks; b++) {
      long block = (long) b * BYTES;
      float d0 = half(w0 + block);
      float d1 = half(w1 + block);
      float d2 = half(w2 + block);
      float d3 = half(w3 + block);
      long offset = block + ELEMENTS;
      FloatVector p0 = FloatVector.fromArray(F, sums, sum + b * COUNT);
      FloatVector p1 = p0;
      FloatVector p2 = p0;
      FloatVector p3 = p0;
      for (int j = 0; j < HALF; j += COUNT) {
        FloatVector u = FloatVector.fromArray(F, x, at + b * BLOCK + j);
        FloatVector v = FloatVector.fromArray(F, x, at + b * BLOCK + HALF + j);
        IntVector q0 =
            (IntVector)
                ByteVector.fromMemorySegment(
                        B, ALL_MEMORY, w0 + offset + j, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_B2I, I, 0);
        p0 =
            ((FloatVector) q0.lanewise(LSHR, 4).convertShape(I2F, F, 0))
                .fma(v, ((FloatVector) q0.and(LOW).convertShape(I2F, F, 0)).fma(u, p0));
        IntVector q1 =
            (IntVector)
                ByteVector.fromMemorySegment(
                        B, ALL_MEMORY, w1 + offset + j, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_B2I, I, 0);
        p1 =
            ((FloatVector) q1.lanewise(LSHR, 4).convertShape(I2F, F, 0))
                .fma(v, ((FloatVector) q1.and(LOW).convertShape(I2F, F, 0)).fma(u, p1));
        IntVector q2 =
            (IntVector)
                ByteVector.fromMemorySegment(
                        B, ALL_MEMORY, w2 + offset + j, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_B2I, I, 0);
        p2 =
            ((FloatVector) q2.lanewise(LSHR, 4).convertShape(I2F, F, 0))
                .fma(v, ((FloatVector) q2.and(LOW).convertShape(I2F, F, 0)).fma(u, p2));
        IntVector q3 =
            (IntVector)
                ByteVector.fromMemorySegment(
                        B, ALL_MEMORY, w3 + offset + j, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_B2I, I, 0);
        p3 =
            ((FloatVector) q3.lanewise(LSHR, 4).convertShape(I2F, F, 0))
                .fma(v, ((FloatVector) q3.and(LOW).convertShape(I2F, F, 0)).fma(u, p3));
      }
      s0 = p0.fma(FloatVector.broadcast(F, d0), s0);
      s1 = p1.fma(FloatVector.broadcast(F, d1), s1);
      s2 = p2.fma(FloatVector.broadcast(F, d2), s2);
      s3 = p3.fma(FloatVector.broadcast(F, d3), s3);
    }
    s0.intoArray(lanes, 0);
    s1.intoArray(lanes, COUNT);
    s2.intoArray(lanes, 2 * COUNT);
    s3.intoArray(lanes, 3 * COUNT);
  }
}
