package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.Shape;
import java.util.List;

/// Where the elements of one shape lie in an array of another.
final class Grid {
  private Grid() {}

  /// The position of every element of `shape`, in row-major order, under `strides`, `offset` added.
  static int[] positions(Shape shape, long[] strides, long offset) {
    int[] positions = new int[Math.toIntExact(shape.count())];
    int[] sizes = shape.toArray();
    int[] index = new int[sizes.length];
    long position = offset;
    for (int i = 0; i < positions.length; i++) {
      positions[i] = (int) position;
      for (int axis = sizes.length - 1; axis >= 0; axis--) { // counts up, with carry
        position += strides[axis];
        if (++index[axis] < sizes[axis]) {
          break;
        }
        position -= strides[axis] * sizes[axis];
        index[axis] = 0;
      }
    }
    return positions;
  }

  /// For every element of `to`, the element of a row-major `from` that is repeated there.
  static int[] broadcast(Shape from, Shape to) {
    long[] own = from.rowMajorStrides();
    long[] strides = new long[to.rank()];
    int extra = to.rank() - from.rank();
    for (int i = 0; i < own.length; i++) {
      strides[i + extra] = from.size(i) == 1 ? 0 : own[i];
    }
    return positions(to, strides, 0);
  }

  /// For every element of `shape`, the element of the result once `axes` are reduced.
  static int[] reduced(Shape shape, List<Integer> axes) {
    Shape result = shape;
    for (int axis : axes) {
      result = result.with(axis, 1);
    }
    return broadcast(result, shape);
  }

  /// A row-major array seen as `(outer, size, inner)`, the middle being one axis of a tensor.
  record Axis(int outer, int size, int inner) {
    static Axis of(Shape shape, int axis) {
      int at = shape.axis(axis);
      return new Axis(
          (int) shape.range(0, at).count(),
          shape.size(at),
          (int) shape.range(at + 1, shape.rank()).count());
    }

    /// Number of lines along the axis.
    int lines() {
      return outer * inner;
    }

    /// Position of element 0 of a line.
    int start(int line) {
      return line / inner * size * inner + line % inner;
    }

    /// Position of element `index` of a line.
    int at(int line, int index) {
      return start(line) + index * inner;
    }
  }
}
