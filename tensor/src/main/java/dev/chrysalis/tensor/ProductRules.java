package dev.chrysalis.tensor;

import static dev.chrysalis.tensor.TypeChecks.floats;
import static dev.chrysalis.tensor.TypeChecks.inputs;
import static dev.chrysalis.tensor.TypeChecks.rank;
import static dev.chrysalis.tensor.TypeChecks.require;
import static dev.chrysalis.tensor.TypeChecks.same;
import static dev.chrysalis.tensor.TypeChecks.sameDType;

import java.util.ArrayList;
import java.util.List;

/// Shape rules of matrix products, convolutions, pooling and attention.
final class ProductRules {
  private ProductRules() {}

  static TensorType matmul(List<TensorType> in, boolean transposeA, boolean transposeB) {
    TensorType a = floats("matmul", rank("matmul", in.get(0), 2, 8));
    TensorType b = rank("matmul", in.get(1), 2, 8);
    sameDType("matmul", a, b);
    int m = a.shape().size(transposeA ? -1 : -2);
    int k = a.shape().size(transposeA ? -2 : -1);
    int n = b.shape().size(transposeB ? -2 : -1);
    int kb = b.shape().size(transposeB ? -1 : -2);
    require(
        k == kb,
        "matmul: inner sizes differ: got %s%s and %s%s",
        a.shape(),
        mark(transposeA),
        b.shape(),
        mark(transposeB));
    return new TensorType(a.dtype(), TypeChecks.batch("matmul", a, b).concat(Shape.of(m, n)));
  }

  private static String mark(boolean transposed) {
    return transposed ? "ᵀ" : "";
  }

  static TensorType linear(List<TensorType> in) {
    require(in.size() == 2 || in.size() == 3, "linear: need 2 or 3 inputs, got %s", in);
    TensorType x = floats("linear", rank("linear", in.get(0), 1, 8));
    TensorType w = rank("linear weight", in.get(1), 2, 2);
    boolean half = w.dtype() == DType.F16 || w.dtype() == DType.BF16;
    if (!half || x.dtype() != DType.F32) {
      sameDType("linear", x, w);
    }
    require(
        x.shape().size(-1) == w.shape().size(1),
        "linear: x %s does not fit weight %s",
        x.shape(),
        w.shape());
    bias("linear", in, w.shape().size(0));
    return new TensorType(x.dtype(), x.shape().with(-1, w.shape().size(0)));
  }

  static TensorType blockLinear(List<TensorType> in, BlockFormat format) {
    require(in.size() == 2 || in.size() == 3, "block linear: need 2 or 3 inputs, got %s", in);
    TensorType x = rank("block linear", in.get(0), 1, 8);
    TensorType w = rank("block linear weight", in.get(1), 2, 2);
    require(x.dtype() == DType.F32, "block linear: x: got %s, need F32", x);
    require(w.dtype() == DType.U8, "block linear: weight: got %s, need U8", w);
    require(
        x.shape().size(-1) == format.rowElements(w.shape().size(1)),
        "block linear: x %s does not fit weight %s of %s",
        x.shape(),
        w.shape(),
        format);
    bias("block linear", in, w.shape().size(0));
    return new TensorType(x.dtype(), x.shape().with(-1, w.shape().size(0)));
  }

  private static void bias(String op, List<TensorType> in, int size) {
    if (in.size() == 3) {
      sameDType(op, in.get(0), in.get(2));
      require(
          in.get(2).shape().equals(Shape.of(size)),
          "%s: bias: got %s, need (%d)",
          op,
          in.get(2).shape(),
          size);
    }
  }

  static TensorType conv2d(List<TensorType> in, Conv2dSpec spec) {
    require(in.size() == 2 || in.size() == 3, "conv2d: need 2 or 3 inputs, got %s", in);
    TensorType x = floats("conv2d", rank("conv2d", in.get(0), 4, 4));
    TensorType w = rank("conv2d weight", in.get(1), 4, 4);
    sameDType("conv2d", x, w);
    int out = w.shape().size(0);
    require(
        x.shape().size(1) == w.shape().size(1) * spec.groups() && out % spec.groups() == 0,
        "conv2d: x %s, weight %s and %d groups do not fit",
        x.shape(),
        w.shape(),
        spec.groups());
    bias("conv2d", in, out);
    require(
        w.shape().size(2) > 0 && w.shape().size(3) > 0, "conv2d: weight %s is empty", w.shape());
    int height = spec.outHeight(x.shape().size(2), w.shape().size(2));
    int width = spec.outWidth(x.shape().size(3), w.shape().size(3));
    require(
        height > 0 && width > 0, "conv2d: x %s is smaller than weight %s", x.shape(), w.shape());
    return new TensorType(x.dtype(), Shape.of(x.shape().size(0), out, height, width));
  }

  static TensorType conv2dInputGrad(List<TensorType> in, Op.Conv2dInputGrad grad) {
    inputs("conv2d input grad", in, 2);
    Shape w = in.get(1).shape();
    int channels = w.size(1) * grad.spec().groups();
    TensorType x =
        new TensorType(
            in.get(0).dtype(),
            Shape.of(in.get(0).shape().size(0), channels, grad.height(), grad.width()));
    same("conv2d input grad", List.of(in.get(0), conv2d(List.of(x, in.get(1)), grad.spec())));
    return x;
  }

  static TensorType conv2dWeightGrad(List<TensorType> in, Op.Conv2dWeightGrad grad) {
    inputs("conv2d weight grad", in, 2);
    int channels = in.get(0).shape().size(1) / grad.spec().groups();
    TensorType w =
        new TensorType(
            in.get(0).dtype(),
            Shape.of(in.get(1).shape().size(1), channels, grad.kernelH(), grad.kernelW()));
    same("conv2d weight grad", List.of(in.get(1), conv2d(List.of(in.get(0), w), grad.spec())));
    return w;
  }

  static TensorType convTranspose2d(List<TensorType> in, Op.ConvTranspose2d conv) {
    require(in.size() == 2 || in.size() == 3, "conv_transpose2d: need 2 or 3 inputs, got %s", in);
    TensorType x = floats("conv_transpose2d", rank("conv_transpose2d", in.get(0), 4, 4));
    Shape w = rank("conv_transpose2d weight", in.get(1), 4, 4).shape();
    sameDType("conv_transpose2d", x, in.get(1));
    Conv2dSpec s = conv.spec();
    require(
        x.shape().size(1) == w.size(0) && w.size(0) % s.groups() == 0,
        "conv_transpose2d: x %s, weight %s and %d groups do not fit",
        x.shape(),
        w,
        s.groups());
    bias("conv_transpose2d", in, w.size(1) * s.groups());
    require(
        conv.outputPadH() >= 0 && conv.outputPadW() >= 0,
        "conv_transpose2d: output padding: need 0 or more, got %d %d",
        conv.outputPadH(),
        conv.outputPadW());
    int height =
        (x.shape().size(2) - 1) * s.strideH()
            - s.padTop()
            - s.padBottom()
            + s.dilationH() * (w.size(2) - 1)
            + conv.outputPadH()
            + 1;
    int width =
        (x.shape().size(3) - 1) * s.strideW()
            - s.padLeft()
            - s.padRight()
            + s.dilationW() * (w.size(3) - 1)
            + conv.outputPadW()
            + 1;
    require(
        height > 0 && width > 0,
        "conv_transpose2d: x %s and weight %s give no pixels",
        x.shape(),
        w);
    return new TensorType(
        x.dtype(), Shape.of(x.shape().size(0), w.size(1) * s.groups(), height, width));
  }

  static TensorType pooled(
      String op, List<TensorType> in, int kh, int kw, int sh, int sw, int ph, int pw) {
    TensorType x = floats(op, rank(op, inputs(op, in, 1).getFirst(), 4, 4));
    require(kh > 0 && kw > 0, "%s: window %d x %d is empty", op, kh, kw);
    require(
        2 * ph <= kh && 2 * pw <= kw,
        "%s: padding %d, %d: need at most half of window %d x %d",
        op,
        ph,
        pw,
        kh,
        kw);
    Conv2dSpec spec = new Conv2dSpec(sh, sw, ph, pw, ph, pw, 1, 1, 1);
    int height = spec.outHeight(x.shape().size(2), kh);
    int width = spec.outWidth(x.shape().size(3), kw);
    require(height > 0 && width > 0, "%s: x %s is smaller than the window", op, x.shape());
    return plane(op, x, height, width);
  }

  static TensorType avgPool2d(String op, List<TensorType> in, Op.AvgPool2d p) {
    return pooled(op, in, p.kernelH(), p.kernelW(), p.strideH(), p.strideW(), 0, 0);
  }

  static TensorType avgPool2dGrad(List<TensorType> in, Op.AvgPool2dGrad grad) {
    TensorType dy = inputs("avg_pool2d grad", in, 1).getFirst();
    TensorType x = plane("avg_pool2d grad", dy, grad.height(), grad.width());
    same("avg_pool2d grad", List.of(avgPool2d("avg_pool2d grad", List.of(x), grad.forward()), dy));
    return x;
  }

  static TensorType maxPool2dGrad(List<TensorType> in, int height, int width) {
    TensorType dy = floats("max_pool2d grad", inputs("max_pool2d grad", in, 2));
    same("max_pool2d grad", List.of(new TensorType(DType.I64, dy.shape()), in.get(1)));
    return plane("max_pool2d grad", dy, height, width);
  }

  /// `type` with other sizes of its two last axes.
  static TensorType plane(String op, TensorType type, int height, int width) {
    rank(op, type, 4, 4);
    return new TensorType(type.dtype(), type.shape().with(2, height).with(3, width));
  }

  static List<TensorType> attention(List<TensorType> in) {
    require(in.size() == 3 || in.size() == 4, "attention: need 3 or 4 inputs, got %s", in);
    TensorType q = floats("attention", rank("attention q", in.get(0), 4, 4));
    TensorType k = rank("attention k", in.get(1), 4, 4);
    TensorType v = rank("attention v", in.get(2), 4, 4);
    sameDType("attention", q, k);
    sameDType("attention", q, v);
    Shape rows = q.shape().range(0, 3);
    require(
        k.shape().range(0, 3).equals(v.shape().range(0, 3))
            && q.shape().size(0) == k.shape().size(0)
            && q.shape().size(3) == k.shape().size(3)
            && k.shape().size(1) > 0
            && q.shape().size(1) % k.shape().size(1) == 0,
        "attention: q %s, k %s, v %s do not fit",
        q.shape(),
        k.shape(),
        v.shape());
    if (in.size() == 4) {
      mask(in.get(3), q, rows.concat(Shape.of(k.shape().size(2))));
    }
    return List.of(
        new TensorType(q.dtype(), rows.concat(Shape.of(v.shape().size(3)))),
        new TensorType(q.dtype(), rows));
  }

  private static void mask(TensorType mask, TensorType q, Shape scores) {
    if (mask.dtype() != DType.BOOL && mask.dtype() != DType.U8) {
      sameDType("attention mask", q, mask);
    }
    require(
        Shape.broadcast("attention mask", mask.shape(), scores).equals(scores),
        "attention: mask %s does not broadcast to %s",
        mask.shape(),
        scores);
  }

  static List<TensorType> attentionGrad(List<TensorType> in, Op.AttentionGrad grad) {
    int first = grad.hasMask() ? 4 : 3;
    inputs("attention grad", in, first + 3);
    List<TensorType> out = attention(in.subList(0, first));
    same("attention grad", List.of(out.getFirst(), in.get(first), in.get(first + 2)));
    same("attention grad", List.of(out.get(1), in.get(first + 1)));
    List<TensorType> grads = new ArrayList<>(in.subList(0, 3));
    if (grad.maskGrad()) {
      grads.add(floats("attention mask", in.get(3)));
    }
    return grads;
  }
}
