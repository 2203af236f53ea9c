package dev.chrysalis.tensor;

import static dev.chrysalis.tensor.TypeChecks.integers;
import static dev.chrysalis.tensor.TypeChecks.rank;
import static dev.chrysalis.tensor.TypeChecks.require;
import static dev.chrysalis.tensor.TypeChecks.sameDType;

import java.util.List;

/// Shape rules of ops that pick, reorder, join, surround and index elements.
final class MovementRules {
  private MovementRules() {}

  static TensorType permute(TensorType x, List<Integer> axes) {
    int[] sizes = new int[axes.size()];
    boolean[] seen = new boolean[axes.size()];
    boolean each = axes.size() == x.shape().rank();
    for (int i = 0; each && i < sizes.length; i++) {
      int axis = axes.get(i);
      each = axis >= 0 && axis < sizes.length && !seen[axis];
      if (each) {
        seen[axis] = true;
        sizes[i] = x.shape().size(axis);
      }
    }
    require(each, "permute: axes %s do not order the axes of %s", axes, x.shape());
    return new TensorType(x.dtype(), Shape.of(sizes));
  }

  static TensorType slice(TensorType x, Op.Slice slice) {
    int rank = x.shape().rank();
    require(
        slice.starts().size() == rank
            && slice.stops().size() == rank
            && slice.steps().size() == rank,
        "slice: need a range for each axis of %s, got %s",
        x.shape(),
        slice);
    int[] sizes = new int[rank];
    for (int i = 0; i < rank; i++) {
      int start = slice.starts().get(i);
      int stop = slice.stops().get(i);
      int step = slice.steps().get(i);
      require(
          0 <= start && start <= stop && stop <= x.shape().size(i) && step >= 1,
          "slice: range [%d, %d) step %d is outside of axis %d of %s",
          start,
          stop,
          step,
          i,
          x.shape());
      sizes[i] = Math.ceilDiv(stop - start, step);
    }
    return new TensorType(x.dtype(), Shape.of(sizes));
  }

  static TensorType sliceGrad(TensorType dy, Op.SliceGrad grad) {
    int rank = dy.shape().rank();
    require(
        grad.shape().rank() == rank && grad.starts().size() == rank && grad.steps().size() == rank,
        "slice grad: need a place for each axis of %s, got %s",
        dy.shape(),
        grad);
    for (int i = 0; i < rank; i++) {
      long start = grad.starts().get(i);
      long step = grad.steps().get(i);
      long last = start + (dy.shape().size(i) - 1) * step;
      require(
          start >= 0 && step >= 1 && last < grad.shape().size(i),
          "slice grad: %d places from %d on in steps of %d are outside of axis %d of %s",
          dy.shape().size(i),
          start,
          step,
          i,
          grad.shape());
    }
    return new TensorType(dy.dtype(), grad.shape());
  }

  static TensorType cat(List<TensorType> in, int axis) {
    require(!in.isEmpty(), "cat: need at least one tensor");
    TensorType first = in.getFirst();
    first.shape().axis("cat", axis);
    int size = 0;
    for (TensorType part : in) {
      sameDType("cat", first, part);
      require(
          part.shape().rank() == first.shape().rank()
              && part.shape().without(axis).equals(first.shape().without(axis)),
          "cat: shapes differ beside axis %d: got %s",
          axis,
          in.stream().map(TensorType::shape).toList());
      size += part.shape().size(axis);
    }
    return new TensorType(first.dtype(), first.shape().with(axis, size));
  }

  static TensorType pad(TensorType x, Op.Pad pad) {
    int rank = x.shape().rank();
    require(
        pad.before().size() == rank && pad.after().size() == rank,
        "pad: need two numbers for each axis of %s, got %s and %s",
        x.shape(),
        pad.before(),
        pad.after());
    int[] sizes = x.shape().toArray();
    for (int i = 0; i < rank; i++) {
      require(
          pad.before().get(i) >= 0 && pad.after().get(i) >= 0, "pad: need 0 or more, got %s", pad);
      sizes[i] += pad.before().get(i) + pad.after().get(i);
    }
    return new TensorType(x.dtype(), Shape.of(sizes));
  }

  static TensorType indexSelect(List<TensorType> in, int axis) {
    return new TensorType(in.get(0).dtype(), selected("index_select", in, axis));
  }

  static TensorType indexAdd(List<TensorType> in, int axis) {
    Shape need = selected("index_add", in, axis);
    TensorType source = in.get(2);
    require(
        need.equals(source.shape()), "index_add: source: got %s, need %s", source.shape(), need);
    sameDType("index_add", in.get(0), source);
    return in.get(0);
  }

  /// The shape of `x, index (n)` with `n` indices along `axis`.
  private static Shape selected(String op, List<TensorType> in, int axis) {
    TensorType index = integers(op + " index", rank(op + " index", in.get(1), 1, 1));
    Shape x = in.get(0).shape();
    return x.with(x.axis(op, axis), index.shape().size(0));
  }

  static TensorType gather(List<TensorType> in, int axis) {
    integers("gather index", in.get(1));
    sameBut("gather", in.get(0).shape(), in.get(1).shape(), axis);
    return new TensorType(in.get(0).dtype(), in.get(1).shape());
  }

  static TensorType scatterAdd(List<TensorType> in, int axis) {
    integers("scatter_add index", in.get(1));
    sameBut("scatter_add", in.get(0).shape(), in.get(1).shape(), axis);
    require(
        in.get(1).shape().equals(in.get(2).shape()),
        "scatter_add: index %s and source %s differ",
        in.get(1).shape(),
        in.get(2).shape());
    sameDType("scatter_add", in.get(0), in.get(2));
    return in.get(0);
  }

  /// `a` and `b` have equal ranks, and equal sizes on every axis but `axis`.
  private static void sameBut(String op, Shape a, Shape b, int axis) {
    a.axis(op, axis);
    require(
        a.rank() == b.rank() && a.without(axis).equals(b.without(axis)),
        "%s: shapes differ beside axis %d: got %s and index %s",
        op,
        axis,
        a,
        b);
  }
}
