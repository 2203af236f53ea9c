package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static jdk.incubator.vector.VectorOperators.B2F;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;

/// `BlockFormat.Q8_0`.
final class ByteRows extends BlockRows {
  private static final int BLOCK = BlockFormat.Q8_0.blockElements();
  private static final int BYTES = BlockFormat.Q8_0.blockBytes();

  /// Where a block's elements begin.
  private static final int ELEMENTS = 2;

  ByteRows(Tensor w) {
    super(w, BlockFormat.Q8_0);
  }

  private static FloatVector load(long at) {
    return (FloatVector)
        ByteVector.fromMemorySegment(B, ALL_MEMORY, at, ByteOrder.LITTLE_ENDIAN)
            .convertShape(B2F, F, 0);
  }

  @Override
  void read(long row, int from, int count, float[] to, int at) {
    for (int i = 0; i < count; i += BLOCK) {
      long block = start(row) + (long) (from + i) / BLOCK * BYTES;
      float scale = half(block);
      if (WIDE) {
        for (int j = 0; j < BLOCK; j += COUNT) {
          load(block + ELEMENTS + j).mul(scale).intoArray(to, at + i + j);
        }
      } else {
        for (int j = 0; j < BLOCK; j++) {
          to[at + i + j] = scale * ALL_MEMORY.get(Elements.I8, block + ELEMENTS + j);
        }
      }
    }
  }

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
      long offset = block + ELEMENTS;
      FloatVector p0 = FloatVector.zero(F);
      FloatVector p1 = p0;
      FloatVector p2 = p0;
      FloatVector p3 = p0;
      for (int j = 0; j < BLOCK; j += COUNT) {
        FloatVector u = FloatVector.fromArray(F, x, at + b * BLOCK + j);
        p0 = load(w0 + offset + j).fma(u, p0);
        p1 = load(w1 + offset + j).fma(u, p1);
        p2 = load(w2 + offset + j).fma(u, p2);
        p3 = load(w3 + offset + j).fma(u, p3);
      }
      s0 = p0.fma(FloatVector.broadcast(F, half(w0 + block)), s0);
      s1 = p1.fma(FloatVector.broadcast(F, half(w1 + block)), s1);
      s2 = p2.fma(FloatVector.broadcast(F, half(w2 + block)), s2);
      s3 = p3.fma(FloatVector.broadcast(F, half(w3 + block)), s3);
    }
    s0.intoArray(lanes, 0);
    s1.intoArray(lanes, COUNT);
    s2.intoArray(lanes, 2 * COUNT);
    s3.intoArray(lanes, 3 * COUNT);
  }
}
