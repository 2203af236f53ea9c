package dev.chrysalis.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/// Sizes of the axes of a tensor, outermost first. Rank 0 is a scalar; a size may be 0.
public final class Shape {
  private final int[] sizes;
  private final long count;

  private Shape(int[] sizes) {
    this.sizes = sizes;
    long product = 1;
    for (int size : sizes) {
      if (size < 0) {
        throw new ShapeException("shape: negative size: got " + Arrays.toString(sizes));
      }
      if (size != 0 && product > Long.MAX_VALUE / size) {
        throw new ShapeException("shape: too many elements: got " + Arrays.toString(sizes));
      }
      product *= size;
    }
    this.count = product;
  }

  /// A shape of these sizes; none make a scalar.
  public static Shape of(int... sizes) {
    return new Shape(sizes.clone());
  }

  /// Number of axes.
  public int rank() {
    return sizes.length;
  }

  /// Size of `axis`; a negative axis counts from the end.
  public int size(int axis) {
    return sizes[axis(axis)];
  }

  /// Number of elements.
  public long count() {
    return count;
  }

  /// A fresh array of the sizes.
  public int[] toArray() {
    return sizes.clone();
  }

  /// `axis` in `0 .. rank-1`, with negative values counted from the end.
  public int axis(int axis) {
    return axis("shape", axis);
  }

  /// As `axis`, with the name of the op that asks, for the message.
  int axis(String op, int axis) {
    int resolved = axis < 0 ? axis + sizes.length : axis;
    if (resolved < 0 || resolved >= sizes.length) {
      throw new ShapeException("%s: axis %d is outside of shape %s".formatted(op, axis, this));
    }
    return resolved;
  }

  /// This shape with the size of `axis` replaced.
  public Shape with(int axis, int size) {
    int[] copy = sizes.clone();
    copy[axis(axis)] = size;
    return new Shape(copy);
  }

  /// This shape without `axis`.
  public Shape without(int axis) {
    int drop = axis(axis);
    int[] copy = new int[sizes.length - 1];
    for (int i = 0, j = 0; i < sizes.length; i++) {
      if (i != drop) {
        copy[j++] = sizes[i];
      }
    }
    return new Shape(copy);
  }

  /// This shape with an axis of `size` put in front of position `axis` (`rank` appends).
  public Shape insert(int axis, int size) {
    if (axis < 0 || axis > sizes.length) {
      throw new ShapeException("shape: axis %d cannot be put into %s".formatted(axis, this));
    }
    int[] copy = new int[sizes.length + 1];
    System.arraycopy(sizes, 0, copy, 0, axis);
    copy[axis] = size;
    System.arraycopy(sizes, axis, copy, axis + 1, sizes.length - axis);
    return new Shape(copy);
  }

  /// Axes `from` (inclusive) to `to` (exclusive) as a shape.
  public Shape range(int from, int to) {
    if (from < 0 || from > to || to > sizes.length) {
      throw new ShapeException("shape: axes %d to %d are outside of %s".formatted(from, to, this));
    }
    return new Shape(Arrays.copyOfRange(sizes, from, to));
  }

  /// This shape followed by `tail`.
  public Shape concat(Shape tail) {
    int[] copy = Arrays.copyOf(sizes, sizes.length + tail.sizes.length);
    System.arraycopy(tail.sizes, 0, copy, sizes.length, tail.sizes.length);
    return new Shape(copy);
  }

  /// Strides, in elements, of a row-major tensor of this shape.
  public long[] rowMajorStrides() {
    long[] strides = new long[sizes.length];
    long step = 1;
    for (int i = sizes.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= Math.max(1, sizes[i]);
    }
    return strides;
  }

  /// The common shape of two operands: aligned at the last axis, sizes equal or 1.
  public static Shape broadcast(String op, Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    int[] out = new int[rank];
    for (int i = 0; i < rank; i++) {
      int x = i < rank - a.rank() ? 1 : a.sizes[i - rank + a.rank()];
      int y = i < rank - b.rank() ? 1 : b.sizes[i - rank + b.rank()];
      if (x != y && x != 1 && y != 1) {
        throw new ShapeException("%s: shapes do not broadcast: got %s and %s".formatted(op, a, b));
      }
      out[i] = x == 1 ? y : x;
    }
    return new Shape(out);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sizes);
  }

  @Override
  public String toString() {
    return Arrays.stream(sizes)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", ", "(", ")"));
  }
}
