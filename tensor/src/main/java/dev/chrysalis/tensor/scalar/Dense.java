package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// Tensors as Java arrays in row-major order, whatever their dtype and strides.
final class Dense {
  private Dense() {}

  /// All elements; exact for floats.
  static double[] doubles(Tensor x) {
    double[] values = new double[Math.toIntExact(x.count())];
    DType dtype = x.dtype();
    MemorySegment segment = x.reading();
    int columns = columns(x);
    long step = step(x);
    for (int i = 0; i < values.length; i += columns) {
      long start = x.position(i);
      for (int j = 0; j < columns; j++) {
        values[i + j] = Elements.getDouble(dtype, segment, start + j * step);
      }
    }
    return values;
  }

  /// All elements; exact for integers.
  static long[] longs(Tensor x) {
    long[] values = new long[Math.toIntExact(x.count())];
    DType dtype = x.dtype();
    MemorySegment segment = x.reading();
    int columns = columns(x);
    long step = step(x);
    for (int i = 0; i < values.length; i += columns) {
      long start = x.position(i);
      for (int j = 0; j < columns; j++) {
        values[i + j] = Elements.getLong(dtype, segment, start + j * step);
      }
    }
    return values;
  }

  /// Numbers in the order of the elements: NaN is largest, the two zeros are equal.
  static long[] orderKeys(Tensor x) {
    if (!x.dtype().isFloat()) {
      return longs(x);
    }
    double[] values = doubles(x);
    long[] keys = new long[values.length];
    for (int i = 0; i < keys.length; i++) {
      long bits = Double.doubleToLongBits(values[i] + 0.0); // −0 + 0 is +0
      keys[i] = bits ^ ((bits >> 63) & Long.MAX_VALUE); // falling bit patterns of negatives rise
    }
    return keys;
  }

  /// All elements, each of which names one of `size` places of `op`.
  static int[] indices(String op, Tensor index, int size) {
    long[] values = longs(index);
    int[] indices = new int[values.length];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = checkedIndex(op, values[i], i, size);
    }
    return indices;
  }

  /// `index`, unless it is outside of `0 … size − 1`.
  static int checkedIndex(String op, long index, int at, int size) {
    if (index < 0 || index >= size) {
      throw new ShapeException(
          "%s: index %d at position %d: need 0 to %d".formatted(op, index, at, size - 1));
    }
    return (int) index;
  }

  /// Writes all elements, rounded to the dtype of `y`.
  static void write(Tensor y, double[] values) {
    assert values.length == y.count();
    DType dtype = y.dtype();
    MemorySegment segment = y.segment();
    int columns = columns(y);
    long step = step(y);
    for (int i = 0; i < values.length; i += columns) {
      long start = y.position(i);
      for (int j = 0; j < columns; j++) {
        Elements.setDouble(dtype, segment, start + j * step, values[i + j]);
      }
    }
  }

  /// Writes all elements; integers keep their low bits.
  static void write(Tensor y, long[] values) {
    assert values.length == y.count();
    DType dtype = y.dtype();
    MemorySegment segment = y.segment();
    int columns = columns(y);
    long step = step(y);
    for (int i = 0; i < values.length; i += columns) {
      long start = y.position(i);
      for (int j = 0; j < columns; j++) {
        Elements.setLong(dtype, segment, start + j * step, values[i + j]);
      }
    }
  }

  private static int columns(Tensor x) {
    return x.rank() == 0 ? 1 : x.size(-1);
  }

  private static long step(Tensor x) {
    return x.rank() == 0 ? 0 : x.stride(x.rank() - 1);
  }
}
