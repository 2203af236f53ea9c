package dev.chrysalis.autograd;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Gradients of ops that move, join, repeat, add up or rotate elements.
final class MovementGradients {
  private MovementGradients() {}

  /// The permutation that undoes `axes`.
  static List<Integer> inverse(List<Integer> axes) {
    return IntStream.range(0, axes.size()).map(axes::indexOf).boxed().toList();
  }

  /// Each part gets its slice of `dy`.
  static List<Optional<Tensor>> cat(int axis, Step s) {
    List<Optional<Tensor>> gradients = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < s.in().size(); i++) {
      int from = start;
      int stop = start + s.input(i).size(axis);
      gradients.add(
          s.needs(i) ? Optional.of(Ops.slice(s.dy(), axis, from, stop)) : Optional.empty());
      start = stop;
    }
    return gradients;
  }

  /// The part of `dy` inside of the padding.
  static Tensor pad(Op.Pad pad, Step s) {
    Shape x = s.shape(0);
    List<Integer> stops =
        IntStream.range(0, x.rank()).map(i -> pad.before().get(i) + x.size(i)).boxed().toList();
    List<Integer> steps = IntStream.range(0, x.rank()).map(_ -> 1).boxed().toList();
    return Ops.run(new Op.Slice(pad.before(), stops, steps), s.dy());
  }

  /// `shape` with the reduced axes at size 1.
  static Shape kept(Shape shape, List<Integer> axes) {
    Shape kept = shape;
    for (int axis : axes) {
      kept = kept.with(axis, 1);
    }
    return kept;
  }

  /// The gradient of a sum: `dy` repeated along the axes that were summed, as a view.
  static Tensor spread(Tensor dy, List<Integer> axes, Shape shape) {
    Tensor aligned = Ops.run(new Op.Reshape(kept(shape, axes)), dy);
    return Ops.run(new Op.Expand(shape), aligned);
  }

  /// Zeros of the shape of the first input, with `dy` added at `index` along `axis`.
  static Tensor scatter(int axis, Step s, Tensor index) {
    return Ops.run(new Op.ScatterAdd(axis), Ops.zerosLike(s.input(0)), index, s.dy());
  }

  /// Of `x, index, source → x plus source at index`.
  static List<Optional<Tensor>> added(Step s, Step.Partial source) {
    return s.each(s::dy, Step.NONE, source);
  }

  /// `dx`: rotated back. With `(x₁, x₂)` and `(d₁, d₂)` the halves of `x` and `dy`: `dcos = Σ d₁x₁
  /// + d₂x₂`, `dsin = Σ d₂x₁ − d₁x₂`, the sums over the axes that share the tables; `−dsin` if
  ///   `inverse`.
  static List<Optional<Tensor>> rope(boolean inverse, Step s) {
    return s.each(
        () -> Ops.run(new Op.Rope(!inverse), s.dy(), s.input(1), s.input(2)),
        () -> {
          Tensor along = halves(s, 0, 0).add(halves(s, 1, 1));
          return Ops.sumTo(along, s.shape(1));
        },
        () -> {
          Tensor across = halves(s, 1, 0).sub(halves(s, 0, 1));
          return Ops.sumTo(inverse ? across.neg() : across, s.shape(2));
        });
  }

  private static Tensor halves(Step s, int ofDy, int ofX) {
    return half(s.dy(), ofDy).mul(half(s.input(0), ofX));
  }

  private static Tensor half(Tensor x, int index) {
    int half = x.size(-1) / 2;
    return Ops.slice(x, -1, index * half, (index + 1) * half);
  }
}
