package dev.chrysalis.tensor;

import java.util.List;
import java.util.Set;

/// The checks that shape rules share. Each returns what it checked.
final class TypeChecks {
  private TypeChecks() {}

  static void require(boolean condition, String message, Object... details) {
    if (!condition) {
      throw new ShapeException(message.formatted(details));
    }
  }

  static List<TensorType> inputs(String op, List<TensorType> in, int count) {
    require(in.size() == count, "%s: need %d inputs, got %s", op, count, in);
    return in;
  }

  static TensorType floats(String op, TensorType type) {
    if (!type.dtype().isFloat()) {
      throw new DTypeException("%s: need floats, got %s".formatted(op, type));
    }
    return type;
  }

  static TensorType floats(String op, List<TensorType> in) {
    return floats(op, in.getFirst());
  }

  static TensorType integers(String op, TensorType type) {
    if (type.dtype() != DType.I64 && type.dtype() != DType.I32) {
      throw new DTypeException("%s: need I64 or I32, got %s".formatted(op, type));
    }
    return type;
  }

  static void condition(String op, TensorType type) {
    if (type.dtype() != DType.BOOL && type.dtype() != DType.U8) {
      throw new DTypeException("%s: condition: need BOOL or U8, got %s".formatted(op, type));
    }
  }

  static void sameDType(String op, TensorType a, TensorType b) {
    if (a.dtype() != b.dtype()) {
      throw new DTypeException("%s: dtypes differ: got %s and %s".formatted(op, a, b));
    }
  }

  /// All of one type, which is returned.
  static TensorType same(String op, List<TensorType> in) {
    TensorType first = in.getFirst();
    for (TensorType type : in) {
      sameDType(op, first, type);
      require(type.shape().equals(first.shape()), "%s: shapes differ: got %s", op, in);
    }
    return first;
  }

  static TensorType rank(String op, TensorType type, int min, int max) {
    int rank = type.shape().rank();
    require(
        rank >= min && rank <= max,
        min == max ? "%s: need rank %d, got %3$s" : "%s: need rank %d or more, got %3$s",
        op,
        min,
        type.shape());
    return type;
  }

  /// Leading axes of a matrix product, broadcast.
  static Shape batch(String op, TensorType a, TensorType b) {
    return Shape.broadcast(
        op, a.shape().range(0, a.shape().rank() - 2), b.shape().range(0, b.shape().rank() - 2));
  }

  static TensorType reduced(
      String op, TensorType x, List<Integer> axes, boolean keepDims, boolean emptyAllowed) {
    List<Integer> resolved = axes.stream().map(axis -> x.shape().axis(op, axis)).sorted().toList();
    require(Set.copyOf(resolved).size() == axes.size(), "%s: an axis twice: got %s", op, axes);
    Shape shape = x.shape();
    for (int axis : resolved.reversed()) { // from behind: the axes in front keep their numbers
      require(
          emptyAllowed || x.shape().size(axis) > 0,
          "%s: axis %d of %s is empty",
          op,
          axis,
          x.shape());
      shape = keepDims ? shape.with(axis, 1) : shape.without(axis);
    }
    return new TensorType(x.dtype(), shape);
  }
}
