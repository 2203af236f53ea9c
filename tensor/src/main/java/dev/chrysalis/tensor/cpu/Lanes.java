package dev.chrysalis.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The vector width of the kernels, and how they read and write memory with it.
final class Lanes {
  static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;

  /// As many 16-bit lanes as `F` has 32-bit lanes.
  static final VectorSpecies<Short> H =
      VectorSpecies.of(short.class, VectorShape.forBitSize(F.vectorBitSize() / 2));

  /// Floats of a vector.
  static final int COUNT = F.length();

  /// Bytes of a vector of floats.
  static final int BYTES = F.vectorByteSize();

  /// Turns that bring a lane to the place of the one so many in front of it.
  private static final VectorShuffle<Float> TURN_8 = VectorShuffle.iota(F, 8, 1, true);

  private static final VectorShuffle<Float> TURN_4 = VectorShuffle.iota(F, 4, 1, true);
  private static final VectorShuffle<Float> TURN_2 = VectorShuffle.iota(F, 2, 1, true);
  private static final VectorShuffle<Float> TURN_1 = VectorShuffle.iota(F, 1, 1, true);

  private static final int SUM_BLOCK = 64 * COUNT;

  private Lanes() {}

  /// `n` rounded up to whole vectors.
  static int padded(int n) {
    return (n + COUNT - 1) / COUNT * COUNT;
  }

  static FloatVector load(MemorySegment memory, long byteOffset) {
    return FloatVector.fromMemorySegment(F, memory, byteOffset, ByteOrder.LITTLE_ENDIAN);
  }

  static void store(FloatVector value, MemorySegment memory, long byteOffset) {
    value.intoMemorySegment(memory, byteOffset, ByteOrder.LITTLE_ENDIAN);
  }

  static FloatVector load(float[] array, int index) {
    return FloatVector.fromArray(F, array, index);
  }

  /// The sum of all lanes, by halves; unlike `reduceLanes` in the same order however the code is
  /// compiled.
  static float sum(FloatVector value) {
    if (COUNT > 16) {
      return sumOfMany(value);
    }
    FloatVector sum = COUNT > 8 ? value.add(value.rearrange(TURN_8)) : value;
    sum = COUNT > 4 ? sum.add(sum.rearrange(TURN_4)) : sum;
    sum = COUNT > 2 ? sum.add(sum.rearrange(TURN_2)) : sum;
    return sum.add(sum.rearrange(TURN_1)).lane(0);
  }

  private static float sumOfMany(FloatVector value) {
    float[] lanes = value.toArray();
    for (int half = COUNT / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }

  /// The largest lane; NaN if there is one.
  static float max(FloatVector value) {
    float max = Float.NEGATIVE_INFINITY;
    for (float lane : value.toArray()) {
      max = Math.max(max, lane);
    }
    return max;
  }

  /// `Σ a_i`, `n` a multiple of the lanes; blocks add up in double precision.
  static double sum(float[] a, int n) {
    double sum = 0;
    for (int from = 0; from < n; from += SUM_BLOCK) {
      FloatVector block = FloatVector.zero(F);
      int to = Math.min(n, from + SUM_BLOCK);
      for (int i = from; i < to; i += COUNT) {
        block = block.add(load(a, i));
      }
      sum += sum(block);
    }
    return sum;
  }

  /// `Σ (a_i − center)²`, `n` a multiple of the lanes.
  static double sumOfSquares(float[] a, int n, float center) {
    double sum = 0;
    for (int from = 0; from < n; from += SUM_BLOCK) {
      FloatVector block = FloatVector.zero(F);
      int to = Math.min(n, from + SUM_BLOCK);
      for (int i = from; i < to; i += COUNT) {
        FloatVector d = load(a, i).sub(center);
        block = d.fma(d, block);
      }
      sum += sum(block);
    }
    return sum;
  }

  /// `Σ a_i·b_i`, `n` a multiple of the lanes.
  static double dot(float[] a, float[] b, int n) {
    double sum = 0;
    for (int from = 0; from < n; from += SUM_BLOCK) {
      FloatVector block = FloatVector.zero(F);
      int to = Math.min(n, from + SUM_BLOCK);
      for (int i = from; i < to; i += COUNT) {
        block = load(a, i).fma(load(b, i), block);
      }
      sum += sum(block);
    }
    return sum;
  }

  /// `max a_i`, `n` a multiple of the lanes; NaN if there is one.
  static float max(float[] a, int n) {
    FloatVector max = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < n; i += COUNT) {
      max = max.max(load(a, i));
    }
    return max(max);
  }
}
