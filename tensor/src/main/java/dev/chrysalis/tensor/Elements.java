package dev.chrysalis.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Single elements of a block of memory, whatever their dtype. Plain and slow: for reference
/// kernels, tests and edges.
public final class Elements {
  /// Little endian, at any address; as are the others.
  public static final ValueLayout.OfDouble F64 =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Single precision.
  public static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// 64 bits.
  public static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// 32 bits.
  public static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// 16 bits, for F16 and BF16 too.
  public static final ValueLayout.OfShort I16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// 8 bits, for U8 and BOOL too.
  public static final ValueLayout.OfByte I8 = ValueLayout.JAVA_BYTE;

  private Elements() {}

  /// Element `index` as a double; exact for every dtype but large I64.
  public static double getDouble(DType dtype, MemorySegment segment, long index) {
    return switch (dtype) {
      case F64 -> segment.get(F64, index * 8);
      case F32 -> segment.get(F32, index * 4);
      case F16 -> Float.float16ToFloat(segment.get(I16, index * 2));
      case BF16 -> bf16ToFloat(segment.get(I16, index * 2));
      case I64 -> segment.get(I64, index * 8);
      case I32 -> segment.get(I32, index * 4);
      case U8, BOOL -> segment.get(I8, index) & 0xff;
      case I8 -> segment.get(I8, index);
    };
  }

  /// Element `index` as a long; floats are truncated.
  public static long getLong(DType dtype, MemorySegment segment, long index) {
    return dtype == DType.I64
        ? segment.get(I64, index * 8)
        : (long) getDouble(dtype, segment, index);
  }

  /// Writes element `index`: floats round to nearest even, integers take the low bits of the
  /// truncated value, BOOL is 1 for everything but 0.
  public static void setDouble(DType dtype, MemorySegment segment, long index, double value) {
    switch (dtype) {
      case F64 -> segment.set(F64, index * 8, value);
      case F32 -> segment.set(F32, index * 4, (float) value);
      case F16 -> segment.set(I16, index * 2, doubleToFloat16(value));
      case BF16 -> segment.set(I16, index * 2, doubleToBf16(value));
      case I64, I32, U8, I8 -> setLong(dtype, segment, index, (long) value);
      case BOOL -> segment.set(I8, index, (byte) (value != 0 ? 1 : 0));
    }
  }

  /// Writes element `index`; integers keep their low bits.
  public static void setLong(DType dtype, MemorySegment segment, long index, long value) {
    switch (dtype) {
      case I64 -> segment.set(I64, index * 8, value);
      case I32 -> segment.set(I32, index * 4, (int) value);
      case U8, I8 -> segment.set(I8, index, (byte) value);
      case BOOL -> segment.set(I8, index, (byte) (value != 0 ? 1 : 0));
      case F32 -> segment.set(F32, index * 4, (float) value); // rounded once, not twice
      case F64, F16, BF16 -> setDouble(dtype, segment, index, value);
    }
  }

  /// Widens a bfloat16, exactly.
  public static float bf16ToFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /// Rounds to bfloat16, ties to even; NaN stays a quiet NaN.
  public static short floatToBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (value != value) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /// One rounding, not two: a float that is odd in its last bit remembers that something was cut
  /// off.
  private static float doubleToOddFloat(double value) {
    float nearest = (float) value;
    if (nearest == value || value != value || Float.isInfinite(nearest)) {
      return nearest;
    }
    float towardsZero =
        Math.abs((double) nearest) > Math.abs(value)
            ? Float.intBitsToFloat(Float.floatToRawIntBits(nearest) - 1)
            : nearest;
    return Float.intBitsToFloat(Float.floatToRawIntBits(towardsZero) | 1);
  }

  private static short doubleToFloat16(double value) {
    return Float.floatToFloat16(doubleToOddFloat(value));
  }

  private static short doubleToBf16(double value) {
    return floatToBf16(doubleToOddFloat(value));
  }
}
