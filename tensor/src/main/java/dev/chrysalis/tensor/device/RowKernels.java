package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Reduction;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.MoveKernels.Axis;
import java.util.List;
import java.util.OptionalInt;

/// Norms, softmax and losses.
final class RowKernels {
  private static final String FILE = "rows.cl";
  private static final int LANES = 64;

  private RowKernels() {}

  // ---- norms

  /// `layer_norm` or `rms_norm`: the inputs, then the result and its statistics.
  static void norm(Work work, String name, double eps, List<Tensor> in, List<Tensor> out) {
    List<Tensor> x = work.dense(in);
    Launch launch =
        work.kernel(FILE, name, x.getFirst().dtype()).with(x.getFirst().size(-1)).number(eps);
    x.forEach(launch::read);
    out.forEach(launch::write);
    launch.groups(out.get(1).count(), LANES);
  }

  /// `x, w, mean, rstd, dy → dx, dw, dbias`
  static void layerNormGrad(Work work, List<Tensor> in, List<Tensor> out) {
    normGrad(work, true, work.dense(in), out);
  }

  /// `x, w, rstd, dy → dx, dw`
  static void rmsNormGrad(Work work, List<Tensor> in, List<Tensor> out) {
    List<Tensor> x = work.dense(in);
    normGrad(work, false, List.of(x.get(0), x.get(1), x.get(2), x.get(2), x.get(3)), out);
  }

  private static void normGrad(Work work, boolean centered, List<Tensor> in, List<Tensor> out) {
    Tensor x = in.get(0);
    int n = x.size(-1);
    long rows = in.get(3).count();
    work.kernel(FILE, "norm_grad", x.dtype())
        .with(n)
        .with(centered)
        .read(x)
        .read(in.get(1))
        .read(in.get(2))
        .read(in.get(3))
        .read(in.get(4))
        .write(out.get(0))
        .groups(rows, LANES);
    work.kernel(FILE, "norm_weight_grad", x.dtype())
        .with(n)
        .with(rows)
        .with(centered)
        .read(x)
        .read(in.get(2))
        .read(in.get(3))
        .read(in.get(4))
        .write(out.get(1))
        .write(out.getLast())
        .groups(n, LANES);
  }

  static void groupNorm(Work work, Op.GroupNorm norm, List<Tensor> in, List<Tensor> out) {
    List<Tensor> x = work.dense(in);
    groups(work, "group_norm", norm.groups(), norm.silu(), x.getFirst())
        .number(norm.eps())
        .read(x.get(0))
        .read(x.get(1))
        .read(x.get(2))
        .write(out.get(0))
        .write(out.get(1))
        .write(out.get(2))
        .groups(out.get(1).count(), LANES);
  }

  /// `x, w, bias, mean, rstd, dy → dx, dw, dbias`
  static void groupNormGrad(Work work, Op.GroupNormGrad norm, List<Tensor> in, List<Tensor> out) {
    List<Tensor> x = work.dense(in);
    Tensor first = x.getFirst();
    Launch dx = groups(work, "group_norm_grad", norm.groups(), norm.silu(), first);
    x.forEach(dx::read);
    dx.write(out.get(0)).groups(x.get(3).count(), LANES);
    Launch dw =
        work.kernel(FILE, "group_norm_weight_grad", first.dtype())
            .with(pixels(first))
            .with(first.size(0))
            .with(first.size(1))
            .with(first.size(1) / norm.groups())
            .with(norm.silu());
    x.forEach(dw::read);
    dw.write(out.get(1)).write(out.get(2)).groups(first.size(1), LANES);
  }

  private static Launch groups(Work work, String name, int groups, boolean silu, Tensor x) {
    int share = x.size(1) / groups;
    return work.kernel(FILE, name, x.dtype())
        .with(share * pixels(x))
        .with(pixels(x))
        .with(x.size(1))
        .with(share)
        .with(silu);
  }

  private static long pixels(Tensor x) {
    return x.shape().range(2, x.rank()).count();
  }

  // ---- along any axis

  private static Launch lines(Work work, String name, Tensor x, int axis) {
    Axis lines = Axis.of(x, axis);
    return work.kernel(FILE, name, x.dtype()).with(lines.size()).with(lines.inner());
  }

  /// A kernel of one input and an axis.
  static void along(Work work, String name, int axis, Tensor x, Tensor y) {
    lines(work, name, x, axis).read(work.dense(x)).write(y).groups(Axis.of(x, axis).lines(), LANES);
  }

  /// A kernel of an output, its gradient and an axis.
  static void alongGrad(Work work, String name, int axis, List<Tensor> in, Tensor dx) {
    lines(work, name, in.get(0), axis)
        .read(work.dense(in.get(0)))
        .read(work.dense(in.get(1)))
        .write(dx)
        .groups(Axis.of(dx, axis).lines(), LANES);
  }

  static void l2Normalize(Work work, int axis, double eps, Tensor x, Tensor y) {
    lines(work, "l2_normalize", x, axis)
        .number(eps)
        .read(work.dense(x))
        .write(y)
        .groups(Axis.of(x, axis).lines(), LANES);
  }

  static void l2NormalizeGrad(Work work, int axis, double eps, List<Tensor> in, Tensor dx) {
    lines(work, "l2_normalize_grad", dx, axis)
        .number(eps)
        .read(work.dense(in.get(0)))
        .read(work.dense(in.get(1)))
        .write(dx)
        .groups(Axis.of(dx, axis).lines(), LANES);
  }

  // ---- losses

  /// `logits (N, V), target (N) → loss (), logsumexp (N)`
  static void crossEntropy(Work work, Op.CrossEntropy op, List<Tensor> in, List<Tensor> out) {
    Tensor x = work.dense(in.get(0));
    int rows = x.size(0);
    Tensor target = targets(work, op, "cross_entropy", in);
    along(work, "log_sum_exp", 1, x, out.get(1));
    Tensor each = work.tensor(x.dtype(), rows);
    work.kernel(FILE, "cross_entropy", x.dtype())
        .with(x.size(1))
        .with((long) op.ignoreIndex())
        .number(op.labelSmoothing())
        .read(x)
        .read(target)
        .read(out.get(1))
        .write(each)
        .groups(rows, LANES);
    Tensor sum = work.tensor(x.dtype());
    ReduceKernels.reduce(work, false, List.of(0), each, sum);
    ElementKernels.affine(work, share(op, in.get(1)), 0, sum, out.get(0));
  }

  /// `logits, target, logsumexp, dloss → dlogits`
  static void crossEntropyGrad(Work work, Op.CrossEntropy op, List<Tensor> in, Tensor dx) {
    work.kernel(FILE, "cross_entropy_grad", dx.dtype())
        .with(dx.count())
        .with(dx.size(1))
        .with((long) op.ignoreIndex())
        .number(op.labelSmoothing())
        .number(share(op, in.get(1)))
        .read(work.dense(in.get(0)))
        .read(targets(work, op, "cross_entropy grad", in))
        .read(work.dense(in.get(2)))
        .read(work.dense(in.get(3)))
        .write(dx)
        .items(dx.count());
  }

  private static Tensor targets(Work work, Op.CrossEntropy op, String name, List<Tensor> in) {
    return MoveKernels.indices(
        work, name, in.get(1), in.get(0).size(1), OptionalInt.of(op.ignoreIndex()));
  }

  /// What one target's loss counts in the whole.
  private static double share(Op.CrossEntropy op, Tensor target) {
    long count = 0;
    for (long i = 0; i < target.count(); i++) {
      count += target.getLong(i) == op.ignoreIndex() ? 0 : 1;
    }
    return op.reduction() == Reduction.SUM ? 1 : count == 0 ? 0 : 1.0 / count;
  }
}
