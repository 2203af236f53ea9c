package dev.chrysalis.autograd;

import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.List;
import java.util.Optional;

/// The gradient of every op: from the gradient `dy` of the loss with respect to the op's output to
/// those with respect to its inputs.
///
/// Only the first output of an op carries a gradient. The others are indices, or statistics that
/// the op saved for its own gradient (`mean` and `rstd` of the norms, `logsumexp` of attention and
/// cross-entropy); a loss that depends on those statistics is refused rather than given a wrong
/// gradient.
final class VectorJacobian {
  private VectorJacobian() {}

  /// Gradients of the inputs of one step, each of the type of its input.
  ///
  /// @throws GradientException if the op has no gradient
  static List<Optional<Tensor>> of(Step s) {
    return switch (s.op()) {
      case Op.Fill _, Op.Range _, Op.Random _ -> s.each();

      case Op.Unary(UnaryFn fn) -> s.each(() -> ElementGradients.unary(fn, s));
      case Op.Pow(double exponent) -> s.each(() -> ElementGradients.pow(exponent, s));
      case Op.Affine(double scale, _) -> s.each(() -> s.dy().mul(scale));
      case Op.Clamp(double min, double max) -> s.each(() -> ElementGradients.clamp(min, max, s));
      case Op.Binary(BinaryFn fn) -> ElementGradients.binary(fn, s);
      case Op.Where() -> ElementGradients.where(s);
      case Op.Cast _ -> s.each(() -> s.dy().to(s.input(0).dtype()));
      case Op.SwiGlu() ->
          s.all(Ops.runAll(new Op.SwiGluGrad(), List.of(s.input(0), s.input(1), s.dy())));
      case Op.GeGlu() -> s.each(() -> Ops.run(new Op.GeGluGrad(), s.input(0), s.dy()));
      case Op.Tril tril -> s.each(() -> Ops.run(tril, s.dy()));

      case Op.Reshape _ -> s.each(() -> Ops.run(new Op.Reshape(s.shape(0)), s.dy()));
      case Op.Permute(List<Integer> axes) ->
          s.each(() -> Ops.run(new Op.Permute(MovementGradients.inverse(axes)), s.dy()));
      case Op.Expand _ -> s.each(() -> Ops.sumTo(s.dy(), s.shape(0)));
      case Op.Slice(List<Integer> starts, _, List<Integer> steps) ->
          s.each(() -> Ops.run(new Op.SliceGrad(s.shape(0), starts, steps), s.dy()));
      case Op.Copy() -> s.each(s::dy);
      case Op.Cat(int axis) -> MovementGradients.cat(axis, s);
      case Op.Pad pad -> s.each(() -> MovementGradients.pad(pad, s));

      case Op.Sum sum -> s.each(() -> MovementGradients.spread(s.dy(), sum.axes(), s.shape(0)));
      case Op.Max max -> s.each(() -> ElementGradients.max(max, s));
      case Op.TopK(int axis, _) -> s.each(() -> MovementGradients.scatter(axis, s, s.out().get(1)));
      case Op.Sort(int axis, _) -> s.each(() -> MovementGradients.scatter(axis, s, s.out().get(1)));
      case Op.CumSum(int axis, boolean reverse) ->
          s.each(() -> Ops.run(new Op.CumSum(axis, !reverse), s.dy()));

      case Op.MatMul matmul -> ProductGradients.matmul(matmul, s);
      case Op.Linear() -> ProductGradients.linear(s);
      case Op.BlockLinear op -> ProductGradients.blockLinear(op, s);
      case Op.Conv2d conv -> ProductGradients.conv2d(conv, s);
      case Op.ConvTranspose2d conv -> ProductGradients.convTranspose2d(conv, s);
      case Op.AvgPool2d pool ->
          s.each(() ->
              Ops.run(new Op.AvgPool2dGrad(pool, s.input(0).size(2), s.input(0).size(3)), s.dy()));
      case Op.MaxPool2d _ ->
          s.each(() ->
              Ops.run(
                  new Op.MaxPool2dGrad(s.input(0).size(2), s.input(0).size(3)),
                  s.dy(),
                  s.out().get(1)));

      case Op.LayerNorm _ -> s.all(NormGradients.layerNorm(s));
      case Op.RmsNorm _ -> s.all(NormGradients.rmsNorm(s));
      case Op.GroupNorm norm -> s.all(NormGradients.groupNorm(norm, s));
      case Op.L2Normalize(int axis, double eps) ->
          s.each(() -> Ops.run(new Op.L2NormalizeGrad(axis, eps), s.input(0), s.dy()));

      case Op.Softmax(int axis) -> s.each(() -> Ops.run(new Op.SoftmaxGrad(axis), s.y(), s.dy()));
      case Op.LogSoftmax(int axis) ->
          s.each(() -> Ops.run(new Op.LogSoftmaxGrad(axis), s.y(), s.dy()));
      case Op.LogSumExp(int axis, _) -> s.each(() -> NormGradients.logSumExp(axis, s));
      case Op.CrossEntropy loss ->
          s.each(() ->
              Ops.run(
                  new Op.CrossEntropyGrad(loss), s.input(0), s.input(1), s.out().get(1), s.dy()));

      case Op.Attention attention -> ProductGradients.attention(attention, s);
      case Op.Rope(boolean inverse) -> MovementGradients.rope(inverse, s);

      case Op.Embedding() ->
          s.each(() -> Ops.run(new Op.EmbeddingGrad(s.input(0).size(0)), s.input(1), s.dy()));
      case Op.IndexSelect(int axis) ->
          s.each(
              () -> Ops.run(new Op.IndexAdd(axis), Ops.zerosLike(s.input(0)), s.input(1), s.dy()));
      case Op.IndexAdd(int axis) ->
          MovementGradients.added(s, () -> Ops.run(new Op.IndexSelect(axis), s.dy(), s.input(1)));
      case Op.Gather(int axis) -> s.each(() -> MovementGradients.scatter(axis, s, s.input(1)));
      case Op.ScatterAdd(int axis) ->
          MovementGradients.added(s, () -> Ops.run(new Op.Gather(axis), s.dy(), s.input(1)));

      case Op.Interpolate(_, _, Resampling resampling) ->
          s.each(() ->
              Ops.run(
                  new Op.InterpolateGrad(s.input(0).size(2), s.input(0).size(3), resampling),
                  s.dy()));

      case Op.Compare _, Op.ArgMax _, Op.Dequantize _ -> throw none(s.op());
      case Op.UnaryGrad _, Op.SwiGluGrad _, Op.GeGluGrad _, Op.SliceGrad _ -> throw none(s.op());
      case Op.Conv2dInputGrad _, Op.Conv2dWeightGrad _ -> throw none(s.op());
      case Op.AvgPool2dGrad _, Op.MaxPool2dGrad _ -> throw none(s.op());
      case Op.LayerNormGrad _, Op.RmsNormGrad _, Op.GroupNormGrad _ -> throw none(s.op());
      case Op.L2NormalizeGrad _, Op.SoftmaxGrad _, Op.LogSoftmaxGrad _ -> throw none(s.op());
      case Op.CrossEntropyGrad _, Op.AttentionGrad _, Op.EmbeddingGrad _ -> throw none(s.op());
      case Op.InterpolateGrad _, Op.AdamW _ -> throw none(s.op());
    };
  }

  private static GradientException none(Op op) {
    return new GradientException(
        "%s: has no gradient, and one would have to flow through it".formatted(op));
  }
}
