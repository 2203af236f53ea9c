package dev.chrysalis.autograd;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Gradients of matrix products, convolutions and attention.
final class ProductGradients {
  private ProductGradients() {}

  /// With `A`, `B` the operands after their flags: `dA = dy·Bᵀ`, `dB = Aᵀ·dy`, each transposed back
  /// by the flags of the product that computes it, and summed over the axes along which the operand
  /// was broadcast.
  static List<Optional<Tensor>> matmul(Op.MatMul op, Step s) {
    Tensor a = s.input(0);
    Tensor b = s.input(1);
    Tensor dy = s.dy();
    boolean ta = op.transposeA();
    boolean tb = op.transposeB();
    return s.each(
        () -> Ops.sumTo(ta ? product(b, tb, dy, true) : product(dy, false, b, !tb), a.shape()),
        () -> {
          if (b.rank() == 2 && a.rank() > 2 && !ta) { // one product instead of a sum of products
            return matrixGradient(rows(a), rows(dy), tb);
          }
          return Ops.sumTo(tb ? product(dy, true, a, ta) : product(a, !ta, dy, false), b.shape());
        });
  }

  private static Tensor matrixGradient(Tensor a, Tensor dy, boolean transposed) {
    return transposed ? product(dy, true, a, false) : product(a, true, dy, false);
  }

  private static Tensor product(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
    return Ops.run(new Op.MatMul(transposeA, transposeB), a, b);
  }

  /// `(…, k) → (rows, k)`
  private static Tensor rows(Tensor x) {
    int last = x.size(-1);
    long rows = x.shape().range(0, x.rank() - 1).count();
    return Ops.run(new Op.Reshape(Shape.of(Math.toIntExact(rows), last)), x);
  }

  /// `dx = dy·w`, `dw = dyᵀ·x`, `dbias = Σ dy`, all rows at once; `w` may be smaller than the rest.
  static List<Optional<Tensor>> linear(Step s) {
    Tensor dy = rows(s.dy());
    return s.each(
        () -> inputGradient(s, dy, s.input(1).to(dy.dtype())),
        () -> product(dy, true, rows(s.input(0)), false).to(s.input(1).dtype()),
        () -> Ops.sum(dy, false, 0));
  }

  /// As `linear`; blocks have no gradient.
  static List<Optional<Tensor>> blockLinear(Op.BlockLinear op, Step s) {
    Tensor dy = rows(s.dy());
    return s.each(
        () -> inputGradient(s, dy, Ops.dequantize(s.input(1), op.format())),
        Step.NONE,
        () -> Ops.sum(dy, false, 0));
  }

  private static Tensor inputGradient(Step s, Tensor dy, Tensor w) {
    return Ops.run(new Op.Reshape(s.shape(0)), product(dy, false, w, false));
  }

  static List<Optional<Tensor>> conv2d(Op.Conv2d op, Step s) {
    Tensor x = s.input(0);
    Tensor w = s.input(1);
    return s.each(
        () -> Ops.run(new Op.Conv2dInputGrad(op.spec(), x.size(2), x.size(3)), s.dy(), w),
        () -> Ops.run(new Op.Conv2dWeightGrad(op.spec(), w.size(2), w.size(3)), x, s.dy()),
        () -> Ops.sum(s.dy(), false, 0, 2, 3));
  }

  /// The op is `Conv2d`'s gradient with respect to its input, so `dx` is a convolution of `dy`, and
  /// `dw` is `Conv2d`'s with `dy` as the picture and `x` as the gradient.
  static List<Optional<Tensor>> convTranspose2d(Op.ConvTranspose2d op, Step s) {
    Conv2dSpec spec = op.spec();
    Tensor x = s.input(0);
    Tensor w = s.input(1);
    return s.each(
        () -> {
          Tensor dx = Ops.run(new Op.Conv2d(spec), s.dy(), w);
          return Ops.slice(Ops.slice(dx, 2, 0, x.size(2)), 3, 0, x.size(3));
        },
        () -> Ops.run(new Op.Conv2dWeightGrad(spec, w.size(2), w.size(3)), s.dy(), extended(x, op)),
        () -> Ops.sum(s.dy(), false, 0, 2, 3));
  }

  /// `x` with zeros at the places that the convolution sees and `x` does not have: output padding
  /// of a whole stride or more makes them.
  private static Tensor extended(Tensor x, Op.ConvTranspose2d op) {
    int moreH = op.outputPadH() / op.spec().strideH();
    int moreW = op.outputPadW() / op.spec().strideW();
    return moreH + moreW == 0 ? x : Ops.pad(Ops.pad(x, 2, 0, moreH, 0), 3, 0, moreW, 0);
  }

  static List<Optional<Tensor>> attention(Op.Attention op, Step s) {
    boolean hasMask = s.in().size() == 4;
    boolean maskGrad = hasMask && s.needs(3);
    List<Tensor> in = new ArrayList<>(s.in());
    in.addAll(s.out());
    in.add(s.dy());
    return s.all(Ops.runAll(new Op.AttentionGrad(op.causal(), op.scale(), hasMask, maskGrad), in));
  }
}
