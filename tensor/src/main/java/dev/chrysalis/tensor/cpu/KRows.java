package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;

/// `BlockFormat.Q4_K` and `Q6_K`: blocks of 256 elements with scales of their parts.
abstract class KRows extends StoredRows {
  private static final int BLOCK = 256;
  private static final int PART = 32;
  private static final int LOW = 15;
  private static final int LOW_SIX = 63;

  private KRows(MemorySegment memory, long rowBytes, int columns) {
    super(memory, rowBytes, columns);
  }

  /// Spells out the block that begins at byte `block`.
  abstract void block(long block, float[] to, int at);

  abstract int blockBytes();

  final int unsigned(long at) {
    return memory.get(Elements.I8, at) & 255;
  }

  final float half(long at) {
    return Float.float16ToFloat(memory.get(Elements.I16, at));
  }

  @Override
  final void read(long row, int from, int count, float[] to, int at) {
    for (int i = 0; i < count; i += BLOCK) {
      block(start(row) + (long) (from + i) / BLOCK * blockBytes(), to, at + i);
    }
  }

  /// `d, m`, 12 bytes of scales and shifts, 128 bytes of pairs.
  static final class Q4 extends KRows {
    Q4(MemorySegment memory, long rowBytes, int columns) {
      super(memory, rowBytes, columns);
    }

    @Override
    int blockBytes() {
      return BlockFormat.Q4_K.blockBytes();
    }

    @Override
    void block(long block, float[] to, int at) {
      float d = half(block);
      float m = half(block + 2);
      for (int part = 0; part < BLOCK / PART; part += 2) {
        long pairs = block + 16 + part / 2 * PART;
        float lowScale = d * scale(block + 4, part);
        float lowShift = m * shift(block + 4, part);
        float highScale = d * scale(block + 4, part + 1);
        float highShift = m * shift(block + 4, part + 1);
        int target = at + part * PART;
        for (int i = 0; i < PART; i++) {
          int pair = unsigned(pairs + i);
          to[target + i] = lowScale * (pair & LOW) - lowShift;
          to[target + PART + i] = highScale * (pair >> 4) - highShift;
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
  }

  /// 128 bytes of low and 64 of high bits, 16 scales, `d`.
  static final class Q6 extends KRows {
    private static final int HIGH_BITS = 128;
    private static final int SCALES = 192;
    private static final int SCALE = 208;

    /// Elements of one scale.
    private static final int GROUP = 16;

    Q6(MemorySegment memory, long rowBytes, int columns) {
      super(memory, rowBytes, columns);
    }

    @Override
    int blockBytes() {
      return BlockFormat.Q6_K.blockBytes();
    }

    @Override
    void block(long block, float[] to, int at) {
      float d = half(block + SCALE);
      for (int group = 0; group < BLOCK / GROUP; group++) {
        float scale = d * memory.get(Elements.I8, block + SCALES + group);
        int half = group / 8;
        int quarter = group % 8 / 2;
        int inside = group % 2 * GROUP;
        long low = block + half * 64 + quarter % 2 * PART + inside;
        long high = block + HIGH_BITS + half * PART + inside;
        int lowShift = quarter / 2 * 4;
        int highShift = 2 * quarter;
        int target = at + group * GROUP;
        for (int i = 0; i < GROUP; i++) {
          int q = unsigned(low + i) >> lowShift & LOW | (unsigned(high + i) >> highShift & 3) << 4;
          to[target + i] = scale * (q - PART);
        }
      }
    }
  }
}
