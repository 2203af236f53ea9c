package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Blocks of numbers that share scales, element by element.
final class BlockKernels {
  private static final int HALF_BITS = 4;
  private static final int HALF = 15;

  private BlockKernels() {}

  /// `x (…, bytes) U8 → y (…, k)`, both contiguous
  static void dequantize(BlockFormat format, Tensor x, Tensor y) {
    MemorySegment from = x.contiguous().reading();
    long blocks = y.count() / format.blockElements();
    float[] values = new float[format.blockElements()];
    for (long b = 0; b < blocks; b++) {
      read(format, from, b, values);
      for (int i = 0; i < values.length; i++) {
        y.segment().set(Elements.F32, (b * values.length + i) * Float.BYTES, values[i]);
      }
    }
  }

  /// `x (…, k), w (n, bytes) U8[, bias (n)] → y (…, n)`
  static void linear(BlockFormat format, List<Tensor> in, Tensor y) {
    double[] x = Dense.doubles(in.get(0));
    MemorySegment w = in.get(1).contiguous().reading();
    int n = in.get(1).size(0);
    double[] bias = in.size() == 3 ? Dense.doubles(in.get(2)) : new double[n];
    int blocks = in.get(1).size(1) / format.blockBytes();
    int size = format.blockElements();
    double[] sums = new double[(int) y.count()];
    float[] values = new float[size];
    for (int j = 0; j < n; j++) {
      for (int b = 0; b < blocks; b++) {
        read(format, w, (long) j * blocks + b, values);
        for (int at = j; at < sums.length; at += n) {
          for (int i = 0; i < size; i++) {
            sums[at] += x[(at / n * blocks + b) * size + i] * values[i];
          }
        }
      }
    }
    for (int at = 0; at < sums.length; at++) {
      sums[at] += bias[at % n];
    }
    Dense.write(y, sums);
  }

  private static void read(BlockFormat format, MemorySegment from, long index, float[] values) {
    MemorySegment block = from.asSlice(index * format.blockBytes(), format.blockBytes());
    switch (format) {
      case Q8_0 -> q8(block, values);
      case Q4_0 -> q4(block, values);
      case Q4_K -> q4k(block, values);
      case Q6_K -> q6k(block, values);
    }
  }

  private static float half(MemorySegment block, int at) {
    return Float.float16ToFloat(block.get(Elements.I16, at));
  }

  private static int unsigned(MemorySegment block, int at) {
    return block.get(Elements.I8, at) & 255;
  }

  private static void q8(MemorySegment block, float[] y) {
    float d = half(block, 0);
    for (int i = 0; i < y.length; i++) {
      y[i] = d * block.get(Elements.I8, 2 + i);
    }
  }

  private static void q4(MemorySegment block, float[] y) {
    float d = half(block, 0);
    int half = y.length / 2;
    for (int i = 0; i < half; i++) {
      int q = unsigned(block, 2 + i);
      y[i] = d * ((q & HALF) - 8);
      y[i + half] = d * ((q >> HALF_BITS) - 8);
    }
  }

  private static void q4k(MemorySegment block, float[] y) {
    float d = half(block, 0);
    float m = half(block, 2);
    for (int i = 0; i < y.length; i++) {
      int part = i / 32;
      int q = unsigned(block, 16 + part / 2 * 32 + i % 32) >> part % 2 * HALF_BITS & HALF;
      y[i] = d * scale(block, part) * q - m * shift(block, part);
    }
  }

  /// `s` of eight in the 12 bytes from 4 on: the low six bits of the first four bytes, then the low
  /// halves of the last four bytes, with two more bits from the top of the first four.
  private static int scale(MemorySegment block, int part) {
    return part < 4
        ? unsigned(block, 4 + part) & 63
        : unsigned(block, 8 + part) & HALF | unsigned(block, part) >> 6 << HALF_BITS;
  }

  /// `t` of eight: as `s`, from the middle four bytes and the high halves of the last four.
  private static int shift(MemorySegment block, int part) {
    return part < 4
        ? unsigned(block, 8 + part) & 63
        : unsigned(block, 8 + part) >> HALF_BITS | unsigned(block, 4 + part) >> 6 << HALF_BITS;
  }

  private static void q6k(MemorySegment block, float[] y) {
    float d = half(block, 208);
    for (int i = 0; i < y.length; i++) {
      int part = i / 128; // each with 64 bytes of low and 32 of high bits
      int quarter = i % 128 / 32;
      int low = unsigned(block, part * 64 + quarter % 2 * 32 + i % 32) >> quarter / 2 * HALF_BITS;
      int high = unsigned(block, 128 + part * 32 + i % 32) >> 2 * quarter;
      int q = (low & HALF | (high & 3) << HALF_BITS) - 32;
      y[i] = d * block.get(Elements.I8, 192 + i / 16) * q;
    }
  }
}
