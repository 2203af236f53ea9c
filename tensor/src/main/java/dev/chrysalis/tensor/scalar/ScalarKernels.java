package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Comparison;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.List;

/// One plain kernel for every op and every dtype it allows: what the op means, in code. Other
/// backends are tested against it and may call it where they have nothing faster.
public final class ScalarKernels {
  private ScalarKernels() {}

  /// Computes `outputs` from `inputs`, in double precision (integers exactly), rounded once at the
  /// end. All inputs are read before the first output is written, so they may share memory.
  ///
  /// @throws dev.chrysalis.tensor.ShapeException if an index points outside of its axis
  public static void execute(Op op, List<Tensor> inputs, List<Tensor> outputs) {
    List<Tensor> in = inputs;
    List<Tensor> out = outputs;
    Tensor y = out.getFirst();
    switch (op) {
      case Op.Fill(_, double value) -> ElementKernels.fill(value, y);
      case Op.Range(_, _, double start, double step) -> ElementKernels.range(start, step, y);
      case Op.Random random -> ElementKernels.random(random, y);

      case Op.Unary(UnaryFn fn) -> ElementKernels.map(in.get(0), y, v -> Functions.apply(fn, v));
      case Op.UnaryGrad(UnaryFn fn) -> ElementKernels.unaryGrad(fn, in, y);
      case Op.Pow(double exponent) -> ElementKernels.map(in.get(0), y, v -> Math.pow(v, exponent));
      case Op.Affine(double scale, double shift) ->
          ElementKernels.affine(scale, shift, in.get(0), y);
      case Op.Clamp(double min, double max) -> ElementKernels.clamp(min, max, in.get(0), y);
      case Op.Binary(BinaryFn fn) -> ElementKernels.binary(fn, in.get(0), in.get(1), y);
      case Op.Compare(Comparison relation) ->
          ElementKernels.compare(relation, in.get(0), in.get(1), y);
      case Op.Where() -> ElementKernels.where(in, y);
      case Op.Cast _ -> ElementKernels.cast(in.get(0), y);
      case Op.Dequantize(BlockFormat format) -> BlockKernels.dequantize(format, in.get(0), y);
      case Op.SwiGlu() -> ElementKernels.swiGlu(in, y);
      case Op.SwiGluGrad() -> ElementKernels.swiGluGrad(in, out);
      case Op.GeGlu() -> ElementKernels.geGlu(in.get(0), y);
      case Op.GeGluGrad() -> ElementKernels.geGluGrad(in, y);
      case Op.Tril(int diagonal) -> MoveKernels.tril(diagonal, in.get(0), y);

      case Op.Reshape _, Op.Permute _, Op.Expand _, Op.Slice _ ->
          throw new AssertionError("a view has no kernel: " + op);

      case Op.Copy() -> MoveKernels.copy(in.get(0), y);
      case Op.SliceGrad(_, List<Integer> starts, List<Integer> steps) ->
          MoveKernels.sliceGrad(starts, steps, in.get(0), y);
      case Op.Cat(int axis) -> MoveKernels.cat(axis, in, y);
      case Op.Pad(List<Integer> before, _, double value) ->
          MoveKernels.pad(before, value, in.get(0), y);

      case Op.Sum(List<Integer> axes, _) -> ReductionKernels.sum(axes, in.get(0), y);
      case Op.Max(List<Integer> axes, _) -> ReductionKernels.max(axes, in.get(0), y);
      case Op.ArgMax(int axis, _) -> ReductionKernels.argMax(axis, in.get(0), y);
      case Op.TopK(int axis, int k) -> ReductionKernels.topK(axis, k, in.get(0), out);
      case Op.Sort(int axis, boolean descending) ->
          ReductionKernels.sort(axis, descending, in.get(0), out);
      case Op.CumSum(int axis, boolean reverse) ->
          ReductionKernels.cumSum(axis, reverse, in.get(0), y);

      case Op.MatMul(boolean transposeA, boolean transposeB) ->
          ProductKernels.matmul(transposeA, transposeB, in, y);
      case Op.Linear() -> ProductKernels.linear(in, y);
      case Op.BlockLinear(BlockFormat format) -> BlockKernels.linear(format, in, y);
      case Op.Conv2d(Conv2dSpec spec) -> ConvolutionKernels.conv2d(spec, in, y);
      case Op.Conv2dInputGrad(Conv2dSpec spec, _, _) ->
          ConvolutionKernels.conv2dInputGrad(spec, in.get(0), in.get(1), y);
      case Op.Conv2dWeightGrad(Conv2dSpec spec, _, _) ->
          ConvolutionKernels.conv2dWeightGrad(spec, in.get(0), in.get(1), y);
      case Op.ConvTranspose2d(Conv2dSpec spec, _, _) ->
          ConvolutionKernels.convTranspose2d(spec, in, y);
      case Op.AvgPool2d pool -> ConvolutionKernels.avgPool2d(pool, in.get(0), y);
      case Op.AvgPool2dGrad(Op.AvgPool2d forward, _, _) ->
          ConvolutionKernels.avgPool2dGrad(forward, in.get(0), y);
      case Op.MaxPool2d pool -> ConvolutionKernels.maxPool2d(pool, in.get(0), out);
      case Op.MaxPool2dGrad _ -> ConvolutionKernels.maxPool2dGrad(in.get(0), in.get(1), y);

      case Op.LayerNorm(double eps) -> NormKernels.layerNorm(eps, in, out);
      case Op.LayerNormGrad() -> NormKernels.layerNormGrad(in, out);
      case Op.RmsNorm(double eps) -> NormKernels.rmsNorm(eps, in, out);
      case Op.RmsNormGrad() -> NormKernels.rmsNormGrad(in, out);
      case Op.GroupNorm(_, double eps, boolean silu) -> NormKernels.groupNorm(eps, silu, in, out);
      case Op.GroupNormGrad(_, boolean silu) -> NormKernels.groupNormGrad(silu, in, out);
      case Op.L2Normalize(int axis, double eps) -> NormKernels.l2Normalize(axis, eps, in.get(0), y);
      case Op.L2NormalizeGrad(int axis, double eps) ->
          NormKernels.l2NormalizeGrad(axis, eps, in, y);

      case Op.Softmax(int axis) -> SoftmaxKernels.softmax(axis, in.get(0), y);
      case Op.SoftmaxGrad(int axis) -> SoftmaxKernels.softmaxGrad(axis, in, y);
      case Op.LogSoftmax(int axis) -> SoftmaxKernels.logSoftmax(axis, in.get(0), y);
      case Op.LogSoftmaxGrad(int axis) -> SoftmaxKernels.logSoftmaxGrad(axis, in, y);
      case Op.LogSumExp(int axis, _) -> SoftmaxKernels.logSumExp(axis, in.get(0), y);
      case Op.CrossEntropy loss -> SoftmaxKernels.crossEntropy(loss, in, out);
      case Op.CrossEntropyGrad(Op.CrossEntropy forward) ->
          SoftmaxKernels.crossEntropyGrad(forward, in, y);

      case Op.Attention attention -> AttentionKernels.attention(attention, in, out);
      case Op.AttentionGrad grad -> AttentionKernels.attentionGrad(grad, in, out);
      case Op.Rope(boolean inverse) -> AttentionKernels.rope(inverse, in, y);

      case Op.Embedding() -> MoveKernels.embedding(in.get(0), in.get(1), y);
      case Op.EmbeddingGrad _ -> MoveKernels.embeddingGrad(in.get(0), in.get(1), y);
      case Op.IndexSelect(int axis) -> MoveKernels.indexSelect(axis, in.get(0), in.get(1), y);
      case Op.IndexAdd(int axis) -> MoveKernels.indexAdd(axis, in, y);
      case Op.Gather(int axis) -> MoveKernels.gather(axis, in.get(0), in.get(1), y);
      case Op.ScatterAdd(int axis) -> MoveKernels.scatterAdd(axis, in, y);

      case Op.Interpolate(_, _, Resampling resampling) ->
          InterpolateKernels.interpolate(resampling, in.get(0), y);
      case Op.InterpolateGrad(_, _, Resampling resampling) ->
          InterpolateKernels.interpolateGrad(resampling, in.get(0), y);

      case Op.AdamW adamW -> ElementKernels.adamW(adamW, in, out);
    }
  }
}
