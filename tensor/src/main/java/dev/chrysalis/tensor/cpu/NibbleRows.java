package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
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

  NibbleRows(MemorySegment memory, long rowBytes, int columns) {
    super(memory, rowBytes, columns, BLOCK, Shift.MULTIPLE, ZERO);
  }

  @Override
  void scales(long row, float[] scales, float[] shifts, int at, int[] bits) {
    halves(row, BYTES, columns / BLOCK, scales, at, bits);
  }

  @Override
  void read(long row, int from, int count, float[] to, int at) {
    for (int i = 0; i < count; i += BLOCK) {
      long block = start(row) + (long) (from + i) / BLOCK * BYTES;
      float scale = half(block);
      int target = at + i;
      if (WIDE) {
        for (int j = 0; j < HALF; j += COUNT) {
          IntVector pairs = Pairs.load(memory, block + ELEMENTS + j);
          Pairs.low(pairs).sub(ZERO).mul(scale).intoArray(to, target + j);
          Pairs.high(pairs).sub(ZERO).mul(scale).intoArray(to, target + HALF + j);
        }
      } else {
        for (int j = 0; j < HALF; j++) {
          int pair = memory.get(Elements.I8, block + ELEMENTS + j) & 255;
          to[target + j] = scale * ((pair & Pairs.LOW) - ZERO);
          to[target + HALF + j] = scale * ((pair >> 4) - ZERO);
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
      float[] scales,
      int parts,
      float[] lanes) {
    MemorySegment w = memory;
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int b = 0; b < parts; b++) {
      long offset = (long) b * BYTES + ELEMENTS;
      FloatVector p0 = FloatVector.zero(F);
      FloatVector p1 = p0;
      FloatVector p2 = p0;
      FloatVector p3 = p0;
      for (int j = 0; j < HALF; j += COUNT) {
        FloatVector u = FloatVector.fromArray(F, x, at + b * BLOCK + j);
        FloatVector v = FloatVector.fromArray(F, x, at + b * BLOCK + HALF + j);
        IntVector pairs = Pairs.load(w, w0 + offset + j);
        p0 = Pairs.high(pairs).fma(v, Pairs.low(pairs).fma(u, p0));
        pairs = Pairs.load(w, w1 + offset + j);
        p1 = Pairs.high(pairs).fma(v, Pairs.low(pairs).fma(u, p1));
        pairs = Pairs.load(w, w2 + offset + j);
        p2 = Pairs.high(pairs).fma(v, Pairs.low(pairs).fma(u, p2));
        pairs = Pairs.load(w, w3 + offset + j);
        p3 = Pairs.high(pairs).fma(v, Pairs.low(pairs).fma(u, p3));
      }
      s0 = p0.fma(FloatVector.broadcast(F, scales[b]), s0);
      s1 = p1.fma(FloatVector.broadcast(F, scales[parts + b]), s1);
      s2 = p2.fma(FloatVector.broadcast(F, scales[2 * parts + b]), s2);
      s3 = p3.fma(FloatVector.broadcast(F, scales[3 * parts + b]), s3);
    }
    s0.intoArray(lanes, 0);
    s1.intoArray(lanes, COUNT);
    s2.intoArray(lanes, 2 * COUNT);
    s3.intoArray(lanes, 3 * COUNT);
  }
}
