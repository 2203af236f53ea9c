package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Layout;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.List;

/// Element by element, and values from nothing.
final class ElementKernels {
  private static final String FILE = "elements.cl";
  private static final int SWIGLU = 6;

  /// Numbers of a block of the generator.
  private static final int BLOCK = 4;

  private ElementKernels() {}

  static void fill(Work work, double value, Tensor y) {
    boolean half = y.dtype() == DType.F16 || y.dtype() == DType.BF16;
    if (half) {
      Tensor wide = work.tensor(DType.F32, y.shape());
      fill(work, value, wide);
      work.cast(wide, y);
    } else {
      work.kernel(FILE, "fill", y.dtype()).with(y.count()).number(value).write(y).items(y.count());
    }
  }

  static void range(Work work, Op.Range op, Tensor y) {
    work.kernel(FILE, "range", y.dtype())
        .with(y.count())
        .number(op.start())
        .number(op.step())
        .write(y)
        .items(y.count());
  }

  static void random(Work work, Op.Random op, Tensor y) {
    work.kernel(FILE, "random_numbers", y.dtype())
        .with(y.count())
        .with(op.distribution() == Op.Random.Distribution.NORMAL)
        .with((int) op.seed())
        .with((int) (op.seed() >>> 32))
        .with((int) op.stream())
        .with((int) (op.stream() >>> 32))
        .write(y)
        .items((y.count() + BLOCK - 1) / BLOCK);
  }

  /// The beginning of a launch on one strided input.
  private static Launch one(Work work, String name, Tensor x, Tensor y) {
    Layout layout = Work.layout(y.shape(), x.strides());
    return work.kernel(FILE, name, x.dtype())
        .with(y.count())
        .with(layout.rank())
        .ints(layout.sizes())
        .steps(layout.strides()[0]);
  }

  static void unary(Work work, UnaryFn fn, Tensor x, Tensor y) {
    one(work, "unary", x, y).with(fn.ordinal()).from(x).write(y).items(y.count());
  }

  static void power(Work work, double exponent, Tensor x, Tensor y) {
    one(work, "power", x, y).number(exponent).from(x).write(y).items(y.count());
  }

  static void affine(Work work, double scale, double shift, Tensor x, Tensor y) {
    one(work, "affine", x, y).number(scale).number(shift).from(x).write(y).items(y.count());
  }

  static void clamp(Work work, double min, double max, Tensor x, Tensor y) {
    one(work, "limit", x, y).number(min).number(max).from(x).write(y).items(y.count());
  }

  /// The beginning of a launch on two inputs that repeat.
  private static Launch two(Work work, String name, int fn, Tensor a, Tensor b, Tensor y) {
    Layout layout =
        Work.layout(y.shape(), Work.repeated(a, y.shape()), Work.repeated(b, y.shape()));
    return work.kernel(FILE, name, a.dtype())
        .with(y.count())
        .with(layout.rank())
        .ints(layout.sizes())
        .steps(layout.strides()[0])
        .steps(layout.strides()[1])
        .with(fn)
        .from(a)
        .from(b);
  }

  static void binary(Work work, int fn, Tensor a, Tensor b, Tensor y) {
    two(work, "binary", fn, a, b, y).write(y).items(y.count());
  }

  static void swiGlu(Work work, List<Tensor> in, Tensor y) {
    binary(work, SWIGLU, in.get(0), in.get(1), y);
  }

  static void compare(Work work, int relation, Tensor a, Tensor b, Tensor y) {
    two(work, "compare", relation, a, b, y).write(y).items(y.count());
  }

  static void unaryGrad(Work work, UnaryFn fn, List<Tensor> in, Tensor dx) {
    Tensor read = in.get(fn.derivativeReadsOutput() ? 1 : 0);
    two(work, "unary_grad", fn.ordinal(), read, in.get(2), dx).write(dx).items(dx.count());
  }

  static void where(Work work, List<Tensor> in, Tensor y) {
    Layout layout =
        Work.layout(
            y.shape(),
            Work.repeated(in.get(0), y.shape()),
            Work.repeated(in.get(1), y.shape()),
            Work.repeated(in.get(2), y.shape()));
    work.moving("choose", y.dtype())
        .with(y.count())
        .with(layout.rank())
        .ints(layout.sizes())
        .steps(layout.strides()[0])
        .steps(layout.strides()[1])
        .steps(layout.strides()[2])
        .from(in.get(0))
        .from(in.get(1))
        .from(in.get(2))
        .write(y)
        .items(y.count());
  }

  static void swiGluGrad(Work work, List<Tensor> in, List<Tensor> out) {
    List<Tensor> x = work.dense(in);
    long n = x.getFirst().count();
    work.kernel(FILE, "swiglu_grad", x.getFirst().dtype())
        .with(n)
        .read(x.get(0))
        .read(x.get(1))
        .read(x.get(2))
        .write(out.get(0))
        .write(out.get(1))
        .items(n);
  }

  static void geGlu(Work work, Tensor x, Tensor y) {
    work.kernel(FILE, "geglu", x.dtype())
        .with(y.count())
        .with(y.size(-1))
        .read(work.dense(x))
        .write(y)
        .items(y.count());
  }

  static void geGluGrad(Work work, List<Tensor> in, Tensor dx) {
    Tensor dy = work.dense(in.get(1));
    work.kernel(FILE, "geglu_grad", dy.dtype())
        .with(dy.count())
        .with(dy.size(-1))
        .read(work.dense(in.get(0)))
        .read(dy)
        .write(dx)
        .items(dy.count());
  }

  static void adamW(Work work, Op.AdamW op, List<Tensor> in, List<Tensor> out) {
    List<Tensor> x = work.dense(in);
    long n = x.getFirst().count();
    work.kernel(FILE, "adamw", x.getFirst().dtype())
        .with(n)
        .number(op.learningRate())
        .number(op.beta1())
        .number(op.beta2())
        .number(op.eps())
        .number(1 - op.learningRate() * op.weightDecay())
        .number(1 - Math.pow(op.beta1(), op.step()))
        .number(1 - Math.pow(op.beta2(), op.step()))
        .read(x.get(0))
        .read(x.get(1))
        .read(x.get(2))
        .read(x.get(3))
        .write(out.get(0))
        .write(out.get(1))
        .write(out.get(2))
        .items(n);
  }
}
