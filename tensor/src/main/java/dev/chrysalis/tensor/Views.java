package dev.chrysalis.tensor;

import java.util.List;
import java.util.Optional;

/// Ops that change how memory is read, not what it holds.
final class Views {
  private Views() {}

  static boolean isView(Op op) {
    return op instanceof Op.Reshape
        || op instanceof Op.Permute
        || op instanceof Op.Expand
        || op instanceof Op.Slice;
  }

  /// The view `op` of `x`, whose type `ShapeRules` has found.
  static Tensor of(Op op, Tensor x, TensorType type) {
    return switch (op) {
      case Op.Reshape _ -> reshape(x, type);
      case Op.Permute(List<Integer> axes) -> permute(x, type, axes);
      case Op.Expand _ -> expand(x, type);
      case Op.Slice(List<Integer> starts, _, List<Integer> steps) -> slice(x, type, starts, steps);
      default -> throw new AssertionError(op);
    };
  }

  private static Tensor reshape(Tensor x, TensorType type) {
    Optional<long[]> strides = reshapedStrides(x, type.shape());
    if (strides.isPresent()) {
      return new Tensor(type, strides.get(), x.offset(), x.storage());
    }
    Tensor copy = Tensor.allocate(x.type());
    Backends.current().execute(new Op.Copy(), List.of(x), List.of(copy));
    return new Tensor(type, type.shape().rowMajorStrides(), 0, copy.storage());
  }

  /// Strides under which `x` can be read as `shape`: each run of axes of `x` that is contiguous
  /// within itself may be cut anew.
  private static Optional<long[]> reshapedStrides(Tensor x, Shape shape) {
    if (x.isContiguous()) {
      return Optional.of(shape.rowMajorStrides());
    }
    long[] strides = new long[shape.rank()];
    int out = shape.rank() - 1;
    int in = x.rank() - 1;
    while (in >= 0) {
      long run = x.size(in);
      long step = x.stride(in);
      while (in > 0 && (x.size(in - 1) == 1 || x.stride(in - 1) == run * step)) {
        in--;
        run *= x.size(in);
      }
      in--;
      long left = run;
      while (out >= 0 && (left > 1 || shape.size(out) == 1)) {
        if (left % shape.size(out) != 0) {
          return Optional.empty();
        }
        strides[out] = step * (run / left);
        left /= shape.size(out);
        out--;
      }
      if (left != 1) {
        return Optional.empty();
      }
    }
    return out < 0 ? Optional.of(strides) : Optional.empty();
  }

  private static Tensor permute(Tensor x, TensorType type, List<Integer> axes) {
    long[] strides = new long[axes.size()];
    for (int i = 0; i < strides.length; i++) {
      strides[i] = x.stride(axes.get(i));
    }
    return new Tensor(type, strides, x.offset(), x.storage());
  }

  private static Tensor expand(Tensor x, TensorType type) {
    int rank = type.shape().rank();
    int extra = rank - x.rank();
    long[] strides = new long[rank];
    for (int i = extra; i < rank; i++) {
      strides[i] = x.size(i - extra) == 1 ? 0 : x.stride(i - extra);
    }
    return new Tensor(type, strides, x.offset(), x.storage());
  }

  private static Tensor slice(
      Tensor x, TensorType type, List<Integer> starts, List<Integer> steps) {
    long[] strides = new long[x.rank()];
    long offset = x.offset();
    for (int i = 0; i < strides.length; i++) {
      strides[i] = x.stride(i) * steps.get(i);
      offset += x.stride(i) * starts.get(i);
    }
    return new Tensor(type, strides, type.shape().count() == 0 ? x.offset() : offset, x.storage());
  }
}
