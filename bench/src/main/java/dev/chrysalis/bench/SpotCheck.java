package dev.chrysalis.bench;

import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Holds entries of a result against plain sums in double: all corners, and places drawn at random.
final class SpotCheck {
  private static final int SAMPLES = 256;

  /// Largest `|y − e| / Σ|terms|` of a right entry whose terms are not rounded to 16 bits. Rounding
  /// gives about 1e-7, a lost term of a sum of a thousand 1e-3.
  static final double TERMS = 1e-5;

  /// The same where each term was rounded to 16 bits.
  static final double ROUNDED_TERMS = 0x1p-8;

  /// Largest `|y − e| / |e|` that comes from rounding a result to 16 bits.
  private static final double ROUNDED_RESULT = 0x1p-8;

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
  /// @param y row-major, of floats, not empty
  /// @param terms how much a right entry may be off, of the sum of its terms' sizes
  /// @throws BenchException if an entry is wrong
  static void check(String what, Tensor y, double terms, Exact exact) {
    int[] sizes = y.shape().toArray();
    int[] index = new int[sizes.length];
    for (int corner = 0; corner < 1 << sizes.length; corner++) {
      for (int axis = 0; axis < sizes.length; axis++) {
        index[axis] = (corner >> axis & 1) * (sizes[axis] - 1);
      }
      checkEntry(what, y, terms, index, exact);
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < SAMPLES; i++) {
      for (int axis = 0; axis < sizes.length; axis++) {
        index[axis] = random.nextInt(sizes[axis]);
      }
      checkEntry(what, y, terms, index, exact);
    }
  }

  private static void checkEntry(String what, Tensor y, double terms, int[] index, Exact exact) {
    Sum expected = exact.at(index);
    double found = at(y, index);
    double allowed = Backends.current().roundsOperands() ? Math.max(terms, ROUNDED_TERMS) : terms;
    double result = y.dtype().isHalf() ? ROUNDED_RESULT * Math.abs(expected.value()) : 0;
    if (!(Math.abs(found - expected.value()) <= allowed * expected.size() + result)) {
      throw new BenchException(
          "%s: entry %s is %s, need %s: not timed"
              .formatted(what, Arrays.toString(index), found, expected.value()));
    }
  }

  /// The entry of a row-major tensor.
  static double at(Tensor tensor, int... index) {
    Shape shape = tensor.shape();
    long flat = 0;
    for (int axis = 0; axis < index.length; axis++) {
      flat = flat * shape.size(axis) + index[axis];
    }
    return Elements.getDouble(tensor.dtype(), tensor.segment(), flat);
  }
}
