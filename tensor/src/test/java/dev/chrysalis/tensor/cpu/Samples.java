package dev.chrysalis.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Tensors for kernel tests, made without a backend, and how to compare them.
final class Samples {
  private Samples() {}

  /// Memory that is full of NaN, so that what is read without having been written shows.
  static Tensor empty(int... sizes) {
    Shape shape = Shape.of(sizes);
    Storage storage = storage(DType.F32, shape.count());
    for (long i = 0; i < shape.count(); i++) {
      storage.segment().set(Elements.F32, i * Float.BYTES, Float.NaN);
    }
    return new Tensor(new TensorType(DType.F32, shape), shape.rowMajorStrides(), 0, storage);
  }

  /// Row-major numbers between −1 and 1.
  static Tensor random(long seed, int... sizes) {
    Tensor tensor = empty(sizes);
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < tensor.count(); i++) {
      set(tensor, i, (float) random.nextDouble(-1, 1));
    }
    return tensor;
  }

  /// Random numbers whose axes lie in memory in the order `axes`, with `gap` more elements in every
  /// axis but the innermost.
  static Tensor strided(long seed, int[] axes, int gap, int... sizes) {
    long[] strides = new long[sizes.length];
    long step = 1;
    for (int i = axes.length - 1; i >= 0; i--) {
      strides[axes[i]] = step;
      step = step * sizes[axes[i]] + gap;
    }
    int offset = 3;
    Storage storage = storage(DType.F32, step + offset + 1);
    Tensor plain = random(seed, sizes);
    Tensor tensor =
        new Tensor(new TensorType(DType.F32, Shape.of(sizes)), strides, offset, storage);
    for (long i = 0; i < plain.count(); i++) {
      set(tensor, i, (float) plain.getDouble(i));
    }
    return tensor;
  }

  /// A BOOL tensor, true with probability `rate`.
  static Tensor mask(long seed, double rate, int... sizes) {
    Shape shape = Shape.of(sizes);
    Storage storage = storage(DType.BOOL, shape.count());
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < shape.count(); i++) {
      storage.segment().set(Elements.I8, i, (byte) (random.nextDouble() < rate ? 1 : 0));
    }
    return new Tensor(new TensorType(DType.BOOL, shape), shape.rowMajorStrides(), 0, storage);
  }

  static void set(Tensor tensor, long index, float value) {
    tensor.segment().set(Elements.F32, tensor.position(index) * Float.BYTES, value);
  }

  /// The elements in row-major order.
  static float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) tensor.getDouble(i);
    }
    return values;
  }

  /// Holds `actual` against `expected`: at most `tolerance` of the largest expected number apart,
  /// NaN where NaN is expected.
  static void assertClose(String name, double[] expected, Tensor actual, double tolerance) {
    assertEquals(expected.length, actual.count(), name);
    double scale = Arrays.stream(expected).filter(Double::isFinite).map(Math::abs).max().orElse(0);
    for (int i = 0; i < expected.length; i++) {
      double found = actual.getDouble(i);
      if (Double.isFinite(expected[i])) {
        assertEquals(expected[i], found, tolerance * Math.max(scale, 1e-3), name + " at " + i);
      } else {
        assertEquals(expected[i], found, name + " at " + i);
      }
    }
  }

  private static Storage storage(DType dtype, long count) {
    MemorySegment memory = Arena.ofAuto().allocate(Math.max(1, count * dtype.sizeBytes()), 64);
    return new Storage(memory, () -> {});
  }
}
