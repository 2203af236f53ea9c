package dev.chrysalis.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What fused ops mean, said in other ops. A backend that lacks a fused kernel runs the
/// composition; the tests hold every fused kernel against it.
///
/// The composition runs ops like any other code: a listener in scope hears them, and a backend that
/// uses it inside `execute` binds `OpListener.NONE` first. It is written for clarity: it may make
/// large intermediate tensors and rounds each of them to the dtype of the inputs.
public final class Definitions {
  private Definitions() {}

  /// All outputs of `op` by its definition; empty for primitive ops and for gradients, whose
  /// definition is the derivative of the op they are named after.
  public static Optional<List<Tensor>> of(Op op, List<Tensor> in) {
    return switch (op) {
      case Op.Unary(UnaryFn fn) -> unary(fn, in.getFirst()).map(List::of);
      case Op.Affine(double scale, double shift) -> affine(in.getFirst(), scale, shift);
      case Op.Clamp(double min, double max) -> one(clamp(in.getFirst(), min, max));
      case Op.SwiGlu() -> one(in.get(0).unary(UnaryFn.SILU).mul(in.get(1)));
      case Op.GeGlu() -> {
        int n = in.getFirst().size(-1) / 2;
        List<Tensor> halves = Ops.split(in.getFirst(), -1, n, n);
        yield one(halves.get(0).mul(halves.get(1).unary(UnaryFn.GELU)));
      }
      case Op.Tril(int diagonal) -> one(tril(in.getFirst(), diagonal));
      case Op.TopK(int axis, int k) ->
          Optional.of(
              Ops.runAll(new Op.Sort(axis, true), in).stream()
                  .map(sorted -> Ops.slice(sorted, axis, 0, k).contiguous())
                  .toList());
      case Op.Linear() -> one(linear(in));
      case Op.BlockLinear(BlockFormat format) -> {
        List<Tensor> spelledOut = new ArrayList<>(in);
        spelledOut.set(1, Ops.dequantize(in.get(1), format));
        yield one(linear(spelledOut));
      }
      case Op.AvgPool2d pool -> one(avgPool2d(in.getFirst(), pool));
      case Op.LayerNorm(double eps) -> Optional.of(layerNorm(in, eps));
      case Op.RmsNorm(double eps) -> Optional.of(rmsNorm(in, eps));
      case Op.GroupNorm norm -> Optional.of(groupNorm(in, norm));
      case Op.L2Normalize(int axis, double eps) -> {
        Tensor norm = in.getFirst().square().sum(axis, true).sqrt();
        yield one(in.getFirst().div(norm.clamp(eps, Double.POSITIVE_INFINITY)));
      }
      case Op.Softmax(int axis) -> {
        Tensor e = in.getFirst().sub(Ops.max(in.getFirst(), true, axis)).exp();
        yield one(e.div(e.sum(axis, true)));
      }
      case Op.LogSoftmax(int axis) -> one(in.getFirst().sub(logSumExp(in.getFirst(), axis)));
      case Op.LogSumExp(int axis, boolean keepDims) -> {
        Tensor y = logSumExp(in.getFirst(), axis);
        yield one(keepDims ? y : y.squeeze(axis));
      }
      case Op.CrossEntropy loss -> Optional.of(crossEntropy(in, loss));
      case Op.Attention attention -> Optional.of(attention(in, attention));
      case Op.Rope(boolean inverse) -> one(rope(in, inverse));
      case Op.Embedding() -> one(embedding(in.get(0), in.get(1)));

      case Op.Fill _, Op.Range _, Op.Random _ -> Optional.empty();
      case Op.Pow _, Op.Binary _, Op.Compare _, Op.Where _, Op.Cast _ -> Optional.empty();
      case Op.Dequantize _ -> Optional.empty();
      case Op.Reshape _, Op.Permute _, Op.Expand _, Op.Slice _ -> Optional.empty();
      case Op.Copy _, Op.Cat _, Op.Pad _ -> Optional.empty();
      case Op.Sum _, Op.Max _, Op.ArgMax _, Op.Sort _, Op.CumSum _ -> Optional.empty();
      case Op.MatMul _, Op.Conv2d _, Op.ConvTranspose2d _, Op.MaxPool2d _ -> Optional.empty();
      case Op.IndexSelect _, Op.IndexAdd _, Op.Gather _, Op.ScatterAdd _ -> Optional.empty();
      case Op.Interpolate _, Op.AdamW _ -> Optional.empty();
      case Op.UnaryGrad _, Op.SwiGluGrad _, Op.GeGluGrad _, Op.SliceGrad _ -> Optional.empty();
      case Op.Conv2dInputGrad _, Op.Conv2dWeightGrad _ -> Optional.empty();
      case Op.AvgPool2dGrad _, Op.MaxPool2dGrad _, Op.InterpolateGrad _ -> Optional.empty();
      case Op.LayerNormGrad _, Op.RmsNormGrad _, Op.GroupNormGrad _ -> Optional.empty();
      case Op.L2NormalizeGrad _, Op.SoftmaxGrad _, Op.LogSoftmaxGrad _ -> Optional.empty();
      case Op.CrossEntropyGrad _, Op.AttentionGrad _, Op.EmbeddingGrad _ -> Optional.empty();
    };
  }

  private static Optional<List<Tensor>> one(Tensor y) {
    return Optional.of(List.of(y));
  }

  // ---- element by element ----

  private static Optional<Tensor> unary(UnaryFn fn, Tensor x) {
    return switch (fn) {
      case ABS, SIGN, SQRT, EXP, LOG, SIN, COS, TANH, ERF, FLOOR, ROUND -> Optional.empty();
      case NEG -> Optional.of(number(x, 0).sub(x));
      case SQUARE -> Optional.of(x.mul(x));
      case RECIPROCAL -> Optional.of(number(x, 1).div(x));
      case RSQRT -> Optional.of(number(x, 1).div(x.sqrt()));
      case SIGMOID -> Optional.of(sigmoid(x));
      case LOG_SIGMOID -> Optional.of(softplus(x.neg()).neg());
      case SOFTPLUS -> Optional.of(softplus(x));
      case RELU -> Optional.of(Ops.binary(BinaryFn.MAX, x, number(x, 0)));
      case SILU -> Optional.of(x.mul(sigmoid(x)));
      case GELU -> Optional.of(x.mul(0.5).mul(x.mul(Math.sqrt(0.5)).unary(UnaryFn.ERF).add(1)));
      case GELU_TANH -> {
        Tensor angle = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
        yield Optional.of(x.mul(0.5).mul(angle.unary(UnaryFn.TANH).add(1)));
      }
      case QUICK_GELU -> Optional.of(x.mul(sigmoid(x.mul(1.702))));
    };
  }

  private static Tensor number(Tensor like, double value) {
    return Tensor.scalar(like.dtype(), value);
  }

  private static Tensor sigmoid(Tensor x) {
    return number(x, 1).div(x.neg().exp().add(1));
  }

  /// `max(x, 0) + log(1 + exp(−|x|))`
  private static Tensor softplus(Tensor x) {
    Tensor small = x.unary(UnaryFn.ABS).neg().exp();
    return Ops.binary(BinaryFn.MAX, x, number(x, 0)).add(small.add(1).log());
  }

  /// On integers a fraction would be cut off too early: there it is primitive.
  private static Optional<List<Tensor>> affine(Tensor x, double scale, double shift) {
    return x.dtype().isFloat()
        ? one(x.mul(number(x, scale)).add(number(x, shift)))
        : Optional.empty();
  }

  private static Tensor clamp(Tensor x, double min, double max) {
    Tensor raised = Ops.binary(BinaryFn.MAX, x, number(x, min));
    return Ops.binary(BinaryFn.MIN, raised, number(x, max));
  }

  private static Tensor tril(Tensor x, int diagonal) {
    Tensor column = Ops.range(x.size(-1));
    Tensor row = Ops.range(x.size(-2)).unsqueeze(1);
    Tensor kept = Ops.run(new Op.Compare(Comparison.LE), column, row.add(diagonal));
    return Ops.where(kept, x, number(x, 0));
  }

  // ---- products ----

  private static Tensor linear(List<Tensor> in) {
    Tensor x = in.get(0);
    long count = x.shape().range(0, x.rank() - 1).count();
    Tensor rows = x.reshape(Math.toIntExact(count), x.size(-1));
    Tensor y = Ops.run(new Op.MatMul(false, true), rows, in.get(1).to(x.dtype()));
    Tensor shaped = y.reshape(x.shape().with(-1, in.get(1).size(0)).toArray());
    return in.size() == 3 ? shaped.add(in.get(2)) : shaped;
  }

  /// The mean over the places of a window, each of which is a strided slice of `x`.
  private static Tensor avgPool2d(Tensor x, Op.AvgPool2d pool) {
    int height = (x.size(2) - pool.kernelH()) / pool.strideH() * pool.strideH() + 1;
    int width = (x.size(3) - pool.kernelW()) / pool.strideW() * pool.strideW() + 1;
    List<Tensor> places = new ArrayList<>();
    for (int i = 0; i < pool.kernelH(); i++) {
      for (int j = 0; j < pool.kernelW(); j++) {
        List<Integer> starts = List.of(0, 0, i, j);
        List<Integer> stops = List.of(x.size(0), x.size(1), i + height, j + width);
        List<Integer> steps = List.of(1, 1, pool.strideH(), pool.strideW());
        places.add(Ops.run(new Op.Slice(starts, stops, steps), x));
      }
    }
    return Ops.stack(0, places).mean(0, false);
  }

  private static Tensor embedding(Tensor table, Tensor ids) {
    Tensor rows = Ops.run(new Op.IndexSelect(0), table, ids.reshape((int) ids.count()));
    return rows.reshape(ids.shape().concat(Shape.of(table.size(1))).toArray());
  }

  // ---- normalisation ----

  private static List<Tensor> layerNorm(List<Tensor> in, double eps) {
    Tensor x = in.get(0);
    Tensor mean = x.mean(-1, true);
    Tensor centered = x.sub(mean);
    Tensor rstd = centered.square().mean(-1, true).add(eps).rsqrt();
    Tensor y = centered.mul(rstd).mul(in.get(1)).add(in.get(2));
    return List.of(y, mean.squeeze(-1), rstd.squeeze(-1));
  }

  private static List<Tensor> rmsNorm(List<Tensor> in, double eps) {
    Tensor rstd = in.get(0).square().mean(-1, true).add(eps).rsqrt();
    return List.of(in.get(0).mul(rstd).mul(in.get(1)), rstd.squeeze(-1));
  }

  private static List<Tensor> groupNorm(List<Tensor> in, Op.GroupNorm norm) {
    Tensor x = in.get(0);
    int channels = x.size(1);
    int pixels = (int) x.shape().range(2, x.rank()).count();
    Tensor grouped = x.reshape(x.size(0), norm.groups(), channels / norm.groups() * pixels);
    Tensor mean = grouped.mean(-1, true);
    Tensor centered = grouped.sub(mean);
    Tensor rstd = centered.square().mean(-1, true).add(norm.eps()).rsqrt();
    Tensor normal = centered.mul(rstd).reshape(x.size(0), channels, pixels);
    Tensor y = normal.mul(in.get(1).unsqueeze(1)).add(in.get(2).unsqueeze(1));
    Tensor shaped = y.reshape(x.shape().toArray());
    return List.of(
        norm.silu() ? shaped.unary(UnaryFn.SILU) : shaped, mean.squeeze(-1), rstd.squeeze(-1));
  }

  // ---- softmax and losses ----

  /// The maximum along `axis`, which stays; 0 where it is infinite, so that `x − max` is a number
  /// or −∞.
  private static Tensor finiteMax(Tensor x, int axis) {
    Tensor max = Ops.max(x, true, axis);
    Tensor size = max.unary(UnaryFn.ABS);
    Tensor infinite =
        Ops.run(new Op.Compare(Comparison.EQ), size, number(x, Double.POSITIVE_INFINITY));
    return Ops.maskedFill(max, infinite, 0);
  }

  private static Tensor logSumExp(Tensor x, int axis) {
    Tensor max = finiteMax(x, axis);
    return x.sub(max).exp().sum(axis, true).log().add(max);
  }

  private static List<Tensor> crossEntropy(List<Tensor> in, Op.CrossEntropy loss) {
    Tensor logits = in.get(0);
    Tensor target = in.get(1);
    Tensor counts =
        Ops.run(
            new Op.Compare(Comparison.NE),
            target,
            Tensor.scalar(target.dtype(), loss.ignoreIndex()));
    Tensor safe = Ops.where(counts, target, Tensor.scalar(target.dtype(), 0)).unsqueeze(1);
    Tensor logSumExp = logSumExp(logits, 1).squeeze(1);
    Tensor chosen = Ops.run(new Op.Gather(1), logits, safe).squeeze(1);
    Tensor each = logSumExp.sub(chosen).mul(1 - loss.labelSmoothing());
    if (loss.labelSmoothing() != 0) {
      each = each.add(logSumExp.sub(logits.mean(1, false)).mul(loss.labelSmoothing()));
    }
    Tensor sum = Ops.where(counts, each, number(each, 0)).sum();
    Tensor count = clamp(counts.to(logits.dtype()).sum(), 1, Double.POSITIVE_INFINITY);
    return List.of(loss.reduction() == Reduction.SUM ? sum : sum.div(count), logSumExp);
  }

  // ---- attention ----

  private static List<Tensor> attention(List<Tensor> in, Op.Attention attention) {
    Tensor q = in.get(0);
    Tensor k = repeated(in.get(1), q.size(1));
    Tensor v = repeated(in.get(2), q.size(1));
    Tensor scores = Ops.run(new Op.MatMul(false, true), q, k).mul(attention.scale());
    if (in.size() == 4) {
      Tensor mask = in.get(3);
      scores = mask.dtype().isFloat() ? scores.add(mask) : allowed(scores, mask);
    }
    if (attention.causal()) {
      Tensor key = Ops.range(k.size(2));
      Tensor last = Ops.range(q.size(2)).add(k.size(2) - q.size(2)).unsqueeze(1);
      scores = allowed(scores, Ops.run(new Op.Compare(Comparison.LE), key, last));
    }
    Tensor max = finiteMax(scores, 3);
    Tensor weights = scores.sub(max).exp();
    Tensor sum = weights.sum(3, true);
    Tensor nothing = Ops.run(new Op.Compare(Comparison.EQ), sum, number(sum, 0));
    Tensor y = Ops.matmul(weights.div(Ops.maskedFill(sum, nothing, 1)), v);
    return List.of(y, sum.log().add(max).squeeze(3));
  }

  private static Tensor allowed(Tensor scores, Tensor mask) {
    return Ops.where(mask, scores, number(scores, Double.NEGATIVE_INFINITY));
  }

  /// `(B, G, S, d) → (B, H, S, d)`, every head `H/G` times in a row.
  private static Tensor repeated(Tensor x, int heads) {
    int times = heads / x.size(1);
    return x.unsqueeze(2)
        .expand(x.size(0), x.size(1), times, x.size(2), x.size(3))
        .reshape(x.size(0), heads, x.size(2), x.size(3));
  }

  private static Tensor rope(List<Tensor> in, boolean inverse) {
    int half = in.get(0).size(-1) / 2;
    List<Tensor> x = Ops.split(in.get(0), -1, half, half);
    Tensor cos = in.get(1);
    Tensor sin = inverse ? in.get(2).neg() : in.get(2);
    Tensor low = x.get(0).mul(cos).sub(x.get(1).mul(sin));
    Tensor high = x.get(1).mul(cos).add(x.get(0).mul(sin));
    return Ops.cat(-1, List.of(low, high));
  }
}
