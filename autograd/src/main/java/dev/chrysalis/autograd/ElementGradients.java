package dev.chrysalis.autograd;

import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.Comparison;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.List;
import java.util.Optional;

/// Gradients of functions of single elements and of maxima.
final class ElementGradients {
  private ElementGradients() {}

  static Tensor unary(UnaryFn fn, Step s) {
    return switch (fn) {
      case NEG -> s.dy().neg();
      case FLOOR, ROUND, SIGN -> Ops.zerosLike(s.dy());
      case SQUARE, ABS, RECIPROCAL, SQRT, RSQRT, EXP, LOG, SIN, COS, TANH, ERF -> fused(fn, s);
      case SIGMOID, LOG_SIGMOID, SOFTPLUS, RELU, SILU, GELU, GELU_TANH, QUICK_GELU -> fused(fn, s);
    };
  }

  private static Tensor fused(UnaryFn fn, Step s) {
    Tensor read = fn.derivativeReadsOutput() ? s.y() : s.input(0);
    return Ops.run(new Op.UnaryGrad(fn), read, read, s.dy());
  }

  /// Whether the derivative is a number that needs neither input nor output.
  static boolean hasConstantDerivative(UnaryFn fn) {
    return fn == UnaryFn.NEG || fn == UnaryFn.FLOOR || fn == UnaryFn.ROUND || fn == UnaryFn.SIGN;
  }

  /// `dx = dy ⊙ p·x^(p−1)`; zeros for `p = 0`, where the formula would give `0·∞` at 0.
  static Tensor pow(double exponent, Step s) {
    return exponent == 0
        ? Ops.zerosLike(s.dy())
        : s.dy().mul(s.input(0).pow(exponent - 1).mul(exponent));
  }

  /// `dx = dy` where clamping changed nothing, borders included, else 0.
  static Tensor clamp(double min, double max, Step s) {
    Tensor x = s.input(0);
    return keepWhere(compare(Comparison.EQ, x, x.clamp(min, max)), s.dy());
  }

  static List<Optional<Tensor>> binary(BinaryFn fn, Step s) {
    Tensor a = s.input(0);
    Tensor b = s.input(1);
    Tensor dy = s.dy();
    return switch (fn) {
      case ADD -> s.each(() -> to(a.shape(), dy), () -> to(b.shape(), dy));
      case SUB -> s.each(() -> to(a.shape(), dy), () -> to(b.shape(), dy).neg());
      case MUL -> s.each(() -> to(a.shape(), dy.mul(b)), () -> to(b.shape(), dy.mul(a)));
      case DIV ->
          s.each(
              () -> to(a.shape(), dy.div(b)), () -> to(b.shape(), dy.mul(a.div(b).div(b))).neg());
      case MAX -> s.each(() -> unless(a, b, dy, a.shape()), () -> unless(b, a, dy, b.shape()));
      case MIN -> s.each(() -> unless(b, a, dy, a.shape()), () -> unless(a, b, dy, b.shape()));
    };
  }

  /// `dy`, but 0 where `low < high` and half where they are equal, summed to `shape`.
  private static Tensor unless(Tensor low, Tensor high, Tensor dy, Shape shape) {
    Tensor shared = Ops.where(compare(Comparison.EQ, low, high), dy.mul(0.5), dy);
    return to(shape, Ops.where(compare(Comparison.LT, low, high), zero(dy), shared));
  }

  static List<Optional<Tensor>> where(Step s) {
    Tensor condition = s.input(0);
    Tensor dy = s.dy();
    return s.each(
        Step.NONE,
        () -> to(s.shape(1), keepWhere(condition, dy)),
        () -> to(s.shape(2), Ops.where(condition, zero(dy), dy)));
  }

  /// Equal maxima share `dy` evenly.
  static Tensor max(Op.Max max, Step s) {
    Tensor x = s.input(0);
    Shape kept = MovementGradients.kept(x.shape(), max.axes());
    Tensor y = Ops.run(new Op.Reshape(kept), s.y());
    Tensor dy = Ops.run(new Op.Reshape(kept), s.dy());
    Tensor hit = compare(Comparison.EQ, x, y).to(x.dtype());
    Tensor hits = Ops.run(new Op.Sum(max.axes(), true), hit);
    return hit.mul(dy.div(hits));
  }

  private static Tensor keepWhere(Tensor condition, Tensor dy) {
    return Ops.where(condition, dy, zero(dy));
  }

  private static Tensor zero(Tensor like) {
    return Tensor.scalar(like.dtype(), 0);
  }

  private static Tensor compare(Comparison relation, Tensor a, Tensor b) {
    return Ops.run(new Op.Compare(relation), a, b);
  }

  private static Tensor to(Shape shape, Tensor dy) {
    return Ops.sumTo(dy, shape);
  }
}
