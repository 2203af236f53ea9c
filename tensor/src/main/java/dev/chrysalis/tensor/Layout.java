package dev.chrysalis.tensor;

import java.util.Arrays;

/// How several operands of one shape lie in memory, with as few axes as tell it: axes of size 1 are
/// dropped, and neighbours are merged where one step of the outer is a full run of the inner for
/// every operand.
///
/// @param sizes sizes of the axes, at least one
/// @param strides of each operand: elements from one index to the next, per axis
public record Layout(int[] sizes, long[][] strides) {
  /// @param strides of each operand, with as many axes as `sizes`
  public static Layout of(int[] sizes, long[]... strides) {
    int kept = 0;
    for (int size : sizes) {
      kept += size == 1 ? 0 : 1;
    }
    int[] outSizes = new int[Math.max(1, kept)];
    long[][] out = new long[strides.length][outSizes.length];
    int last = -1;
    for (int axis = 0; axis < sizes.length; axis++) {
      if (sizes[axis] == 1) {
        continue;
      }
      if (last >= 0
          && (long) outSizes[last] * sizes[axis] <= Integer.MAX_VALUE
          && mergeable(sizes[axis], axis, strides, out, last)) {
        outSizes[last] *= sizes[axis];
      } else {
        outSizes[++last] = sizes[axis];
      }
      for (int k = 0; k < strides.length; k++) {
        out[k][last] = strides[k][axis];
      }
    }
    if (last < 0) { // a single element
      last = 0;
      outSizes[0] = 1;
      for (long[] operand : out) {
        operand[0] = 1;
      }
    }
    if (last + 1 == outSizes.length) {
      return new Layout(outSizes, out);
    }
    for (int k = 0; k < out.length; k++) {
      out[k] = Arrays.copyOf(out[k], last + 1);
    }
    return new Layout(Arrays.copyOf(outSizes, last + 1), out);
  }

  private static boolean mergeable(int size, int axis, long[][] strides, long[][] out, int last) {
    for (int k = 0; k < strides.length; k++) {
      if (out[k][last] != size * strides[k][axis]) {
        return false;
      }
    }
    return true;
  }

  /// Number of axes, at least one.
  public int rank() {
    return sizes.length;
  }

  /// Size of the innermost axis.
  public int inner() {
    return sizes[sizes.length - 1];
  }

  /// Stride of the innermost axis.
  public long innerStride(int operand) {
    return strides[operand][sizes.length - 1];
  }

  /// Number of elements.
  public long count() {
    long count = 1;
    for (int size : sizes) {
      count *= size;
    }
    return count;
  }

  /// Runs of the innermost axis.
  public long rows() {
    return count() / Math.max(1, inner());
  }

  /// Whether the operand is row-major without gaps or repeats.
  public boolean isDense(int operand) {
    long expected = 1;
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      if (strides[operand][axis] != expected) {
        return false;
      }
      expected *= sizes[axis];
    }
    return true;
  }

  /// Whether all elements of the operand are one.
  public boolean isConstant(int operand) {
    for (long stride : strides[operand]) {
      if (stride != 0) {
        return false;
      }
    }
    return true;
  }

  /// Where the element at row-major position `index` of the operand lies.
  public long position(int operand, long index) {
    long position = 0;
    long rest = index;
    for (int axis = sizes.length - 1; axis > 0 && rest != 0; axis--) {
      long next = rest / sizes[axis];
      position += (rest - next * sizes[axis]) * strides[operand][axis];
      rest = next;
    }
    return position + rest * strides[operand][0];
  }
}
