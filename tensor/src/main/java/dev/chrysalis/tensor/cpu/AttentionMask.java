package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static jdk.incubator.vector.VectorOperators.EQ;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// A mask of scores `(B, H, T, S)`, to which it broadcasts: 1 = may attend, or floats that are
/// added; or none.
final class AttentionMask {
  private enum Kind {
    NONE,
    CHOICE,
    ADDED
  }

  private static final int AXES = 4;

  private final Kind kind;
  private final MemorySegment memory;

  /// Elements from one index to the next per axis of the scores; 0 where the mask repeats.
  private final long[] strides;

  private AttentionMask(Kind kind, MemorySegment memory, long[] strides) {
    this.kind = kind;
    this.memory = memory;
    this.strides = strides;
  }

  /// The mask behind `q, k, v`, if there is one.
  static AttentionMask of(List<Tensor> in, boolean hasMask) {
    if (!hasMask) {
      return new AttentionMask(Kind.NONE, MemorySegment.NULL, new long[AXES]);
    }
    Tensor mask = in.get(3);
    Kind kind = mask.dtype() == DType.F32 ? Kind.ADDED : Kind.CHOICE;
    return new AttentionMask(kind, mask.segment(), broadcastStrides(mask));
  }

  /// Strides of `tensor` along `B, H, T, S`; 0 where it repeats.
  static long[] broadcastStrides(Tensor tensor) {
    long[] strides = new long[AXES];
    int missing = AXES - tensor.rank();
    for (int axis = 0; axis < tensor.rank(); axis++) {
      strides[missing + axis] = tensor.size(axis) == 1 ? 0 : tensor.stride(axis);
    }
    return strides;
  }

  boolean exists() {
    return kind != Kind.NONE;
  }

  /// Whether all queries of a head have the same.
  boolean repeatsOverQueries() {
    return strides[2] == 0;
  }

  /// Reads the mask of `n` keys from `key` on as what is to be added: 0, −∞ or the float.
  void read(int b, int h, int t, int key, int n, float[] to) {
    long at = b * strides[0] + h * strides[1] + t * strides[2] + key * strides[3];
    if (kind == Kind.ADDED) {
      Panels.gather(memory, at, strides[3], to, 0, n);
      return;
    }
    for (int j = 0; j < n; j++) {
      boolean may = memory.get(Elements.I8, at + j * strides[3]) != 0;
      to[j] = may ? 0 : Float.NEGATIVE_INFINITY;
    }
  }

  /// Applies what `read` gave to `n` scores; some more may be touched. What must not be attended to
  /// becomes −∞ even if it was NaN.
  void apply(float[] read, float[] scores, int at, int n) {
    if (kind == Kind.ADDED) {
      for (int j = 0; j < n; j += COUNT) {
        Lanes.load(scores, at + j).add(Lanes.load(read, j)).intoArray(scores, at + j);
      }
      return;
    }
    for (int j = 0; j < n; j += COUNT) {
      FloatVector mask = Lanes.load(read, j);
      FloatVector score = Lanes.load(scores, at + j);
      score
          .blend(Float.NEGATIVE_INFINITY, mask.compare(EQ, Float.NEGATIVE_INFINITY))
          .intoArray(scores, at + j);
    }
  }
}
