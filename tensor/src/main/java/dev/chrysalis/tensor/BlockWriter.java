package dev.chrysalis.tensor;

import java.util.stream.IntStream;

/// Rounds numbers into blocks. `Op.Dequantize` is the way back.
public final class BlockWriter {
  private static final int BYTE_MAX = 127;
  private static final int NIBBLE_ZERO = 8;
  private static final int NIBBLE_MAX = 15;
  private static final int HALF_BITS = 4;

  private BlockWriter() {}

  /// Whether numbers can be written in this format; others are only read.
  public static boolean writes(BlockFormat format) {
    return switch (format) {
      case Q8_0, Q4_0 -> true;
      case Q4_K, Q6_K -> false;
    };
  }

  /// `x (n, k) → (n, format.rowBytes(k))` of U8.
  ///
  /// `Q8_0`: `d = max |x| / 127`, `q = round(x / d)`. `Q4_0`: `d = −m / 8` with `m` the element of
  /// largest magnitude, `q = round(x / d) + 8`, at most 15. `d` is rounded to F16 for the block and
  /// taken as it is for `q`.
  ///
  /// @param x floats
  /// @throws ShapeException if rows are no whole blocks
  /// @throws DTypeException if the format is only read
  public static Tensor write(Tensor x, BlockFormat format) {
    if (!writes(format)) {
      throw new DTypeException("blocks of %s are only read, not written".formatted(format));
    }
    if (x.rank() != 2) {
      throw new ShapeException("blocks of %s: got %s, need a matrix".formatted(format, x.type()));
    }
    int rows = x.size(0);
    int columns = x.size(1);
    int rowBytes = format.rowBytes(columns);
    byte[] bytes = new byte[Math.multiplyExact(rows, rowBytes)];
    Tensor wide = x.to(DType.F32).contiguous();
    IntStream.range(0, rows)
        .parallel()
        .forEach(row -> {
          float[] values = new float[format.blockElements()];
          for (int b = 0; b < columns / values.length; b++) {
            long first = (long) row * columns + (long) b * values.length;
            for (int i = 0; i < values.length; i++) {
              values[i] = wide.reading().get(Elements.F32, (first + i) * Float.BYTES);
            }
            int at = row * rowBytes + b * format.blockBytes();
            if (format == BlockFormat.Q8_0) {
              bytesOf(values, bytes, at);
            } else {
              pairsOf(values, bytes, at);
            }
          }
        });
    return Tensor.of(DType.U8, bytes, rows, rowBytes);
  }

  private static void bytesOf(float[] values, byte[] to, int at) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    float scale = largest / BYTE_MAX;
    half(scale, to, at);
    for (int i = 0; i < values.length; i++) {
      to[at + 2 + i] = (byte) (scale == 0 ? 0 : Math.round(values[i] / scale));
    }
  }

  private static void pairsOf(float[] values, byte[] to, int at) {
    float extreme = 0;
    for (float value : values) {
      extreme = Math.abs(value) > Math.abs(extreme) ? value : extreme;
    }
    float scale = -extreme / NIBBLE_ZERO;
    half(scale, to, at);
    int half = values.length / 2;
    for (int i = 0; i < half; i++) {
      int low = nibble(values[i], scale);
      int high = nibble(values[i + half], scale);
      to[at + 2 + i] = (byte) (low | high << HALF_BITS);
    }
  }

  private static int nibble(float value, float scale) {
    return scale == 0
        ? NIBBLE_ZERO
        : Math.clamp(Math.round(value / scale) + NIBBLE_ZERO, 0, NIBBLE_MAX);
  }

  private static void half(float scale, byte[] to, int at) {
    short bits = Float.floatToFloat16(scale);
    to[at] = (byte) bits;
    to[at + 1] = (byte) (bits >> Byte.SIZE);
  }
}
