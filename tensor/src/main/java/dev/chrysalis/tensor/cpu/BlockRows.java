package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Rows of blocks of 32 elements `x = d·(q − z)`, `z` the same for all: sums of `q` and `x` are
/// taken block by block in registers and scaled once, and what `z` takes away comes from the sums
/// of `x`.
abstract class BlockRows extends StoredRows {
  static final int BLOCK = 32;

  /// Whether bytes can be widened to as many lanes as a vector of floats has.
  static final boolean WIDE = COUNT >= 8 && COUNT <= BLOCK / 2;

  /// As many 8-bit lanes as vectors of floats have, if there is such a species.
  static final VectorSpecies<Byte> B =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(WIDE ? 8 * COUNT : 64));

  private static final int ROWS = 4;

  private final int blockBytes;
  private final float zero;

  BlockRows(MemorySegment memory, long rowBytes, int columns, int blockBytes, float zero) {
    super(memory, rowBytes, columns);
    this.blockBytes = blockBytes;
    this.zero = zero;
  }

  /// Lanes of `Σ_b d_b·Σ_{p in b} x_p·q_p` for four rows, whose `d` stand in `scales`, one row
  /// behind the other.
  abstract void fourDots(
      long w0,
      long w1,
      long w2,
      long w3,
      float[] x,
      int at,
      int blocks,
      float[] scales,
      float[] lanes);

  final float scale(long block) {
    return Float.float16ToFloat(memory.get(Elements.I16, block));
  }

  @Override
  final int sums() {
    return zero == 0 || !WIDE ? 0 : columns / BLOCK;
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
    int blocks = columns / BLOCK;
    float[] lanes = scratch.floats(Scratch.Slot.TILE, ROWS * COUNT);
    float[] scales = scratch.floats(Scratch.Slot.LEFT, ROWS * blocks);
    for (int r = 0; r < rows; r += ROWS) {
      int some = Math.min(ROWS, rows - r);
      for (int i = 0; i < ROWS; i++) {
        readScales(start(first + r + Math.min(i, some - 1)), blocks, scales, i * blocks);
      }
      long w0 = start(first + r);
      long w1 = start(first + r + Math.min(1, some - 1));
      long w2 = start(first + r + Math.min(2, some - 1));
      long w3 = start(first + r + Math.min(3, some - 1));
      for (int s = 0; s < count; s++) {
        fourDots(w0, w1, w2, w3, x, s * columns, blocks, scales, lanes);
        for (int i = 0; i < some; i++) {
          float sum = Lanes.sum(Lanes.load(lanes, i * COUNT));
          float taken =
              zero == 0 ? 0 : zero * product(scales, i * blocks, sums, s * blocks, blocks);
          out[s * pitch + r + i] = sum - taken;
        }
      }
    }
  }

  private void readScales(long row, int blocks, float[] to, int at) {
    for (int b = 0; b < blocks; b++) {
      to[at + b] = scale(row + (long) b * blockBytes);
    }
  }

  private static float product(float[] a, int at, float[] b, int bt, int n) {
    float even = 0;
    float odd = 0;
    int i = 0;
    for (; i <= n - 2; i += 2) {
      even = Math.fma(a[at + i], b[bt + i], even);
      odd = Math.fma(a[at + i + 1], b[bt + i + 1], odd);
    }
    return i < n ? Math.fma(a[at + i], b[bt + i], even + odd) : even + odd;
  }
}
