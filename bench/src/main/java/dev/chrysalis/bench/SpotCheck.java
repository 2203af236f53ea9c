package dev.chrysalis.bench;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Holds entries of a result against plain sums in double: all corners, and places drawn at random.
final class SpotCheck {
  private static final int SAMPLES = 256;

  /// Largest `|y − e| / Σ|terms|` of a right entry. Rounding gives about 1e-7, a lost term of a sum
  /// of a thousand 1e-3.
  private static final double TOLERANCE = 1e-5;

  /// A sum of terms, and the sum of their sizes.
  record Sum(double value, double size) {
    static final Sum ZERO = new Sum(0, 0);

    Sum plus(double term) {
      return new Sum(value + term, size + Math.abs(term));
    }
  }

  /// What stands at a place.
  @FunctionalInterface
  interface Exact {
    /// The entry at these indices, one for each axis.
    Sum at(int[] index);
  }

  private SpotCheck() {}

  /// Holds `y` against what it should be.
  ///
  /// @param what named in the exception
  /// @param y row-major, F32, not empty
  /// @throws BenchException if an entry is wrong
  static void check(String what, Tensor y, Exact exact) {
    int[] sizes = y.shape().toArray();
    int[] index = new int[sizes.length];
    for (int corner = 0; corner < 1 << sizes.length; corner++) {
      for (int axis = 0; axis < sizes.length; axis++) {
        index[axis] = (corner >> axis & 1) * (sizes[axis] - 1);
      }
      checkEntry(what, y, index, exact);
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < SAMPLES; i++) {
      for (int axis = 0; axis < sizes.length; axis++) {
        index[axis] = random.nextInt(sizes[axis]);
      }
      checkEntry(what, y, index, exact);
    }
  }

  private static void checkEntry(String what, Tensor y, int[] index, Exact exact) {
    Sum expected = exact.at(index);
    double found = at(y, index);
    if (!(Math.abs(found - expected.value()) <= TOLERANCE * expected.size())) {
      throw new BenchException(
          "%s: entry %s is %s, need %s: not timed"
              .formatted(what, Arrays.toString(index), found, expected.value()));
    }
  }

  /// The entry of a row-major F32 tensor.
  static double at(Tensor tensor, int... index) {
    Shape shape = tensor.shape();
    long flat = 0;
    for (int axis = 0; axis < index.length; axis++) {
      flat = flat * shape.size(axis) + index[axis];
    }
    return tensor.segment().getAtIndex(Elements.F32, flat);
  }
}
