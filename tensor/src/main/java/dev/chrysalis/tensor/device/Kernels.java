package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Comparison;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.Collections;
import java.util.List;

/// The launches of every op: for any dtype in the first group, for one that the device computes in
/// in the others.
final class Kernels {
  private Kernels() {}

  static void run(Work work, Op op, List<Tensor> in, List<Tensor> out) {
    Tensor y = out.getFirst();
    switch (op) {
      case Op.Copy() -> work.move(in.getFirst(), y);
      case Op.Cast _ -> {
        if (in.getFirst().dtype() == y.dtype()) {
          work.move(in.getFirst(), y);
        } else {
          work.cast(in.getFirst(), y);
        }
      }
      case Op.Fill(_, double value) -> ElementKernels.fill(work, value, y);
      case Op.Tril(int diagonal) -> MoveKernels.tril(work, diagonal, in.getFirst(), y);
      case Op.SliceGrad(_, List<Integer> starts, List<Integer> steps) -> {
        ElementKernels.fill(work, 0, y);
        MoveKernels.place(work, in.getFirst(), starts, steps, y);
      }
      case Op.Cat(int axis) -> MoveKernels.cat(work, axis, in, y);
      case Op.Pad(List<Integer> before, _, double value) -> {
        ElementKernels.fill(work, value, y);
        MoveKernels.place(work, in.getFirst(), before, Collections.nCopies(y.rank(), 1), y);
      }
      case Op.Where() -> ElementKernels.where(work, in, y);
      case Op.Embedding() -> MoveKernels.take(work, "embedding", 0, in.get(0), in.get(1), y);
      case Op.IndexSelect(int axis) ->
          MoveKernels.take(work, "index_select", axis, in.get(0), in.get(1), y);
      case Op.Gather(int axis) -> MoveKernels.gather(work, axis, in.get(0), in.get(1), y);

      case Op.Range range -> ElementKernels.range(work, range, y);
      case Op.Random random -> ElementKernels.random(work, random, y);

      case Op.Unary(UnaryFn fn) -> ElementKernels.unary(work, fn, in.getFirst(), y);
      case Op.UnaryGrad(UnaryFn fn) -> ElementKernels.unaryGrad(work, fn, in, y);
      case Op.Pow(double exponent) -> ElementKernels.power(work, exponent, in.getFirst(), y);
      case Op.Affine(double scale, double shift) ->
          ElementKernels.affine(work, scale, shift, in.getFirst(), y);
      case Op.Clamp(double min, double max) ->
          ElementKernels.clamp(work, min, max, in.getFirst(), y);
      case Op.Binary(BinaryFn fn) ->
          ElementKernels.binary(work, fn.ordinal(), in.get(0), in.get(1), y);
      case Op.Compare(Comparison relation) ->
          ElementKernels.compare(work, relation.ordinal(), in.get(0), in.get(1), y);
      case Op.SwiGlu() -> ElementKernels.swiGlu(work, in, y);
      case Op.SwiGluGrad() -> ElementKernels.swiGluGrad(work, in, out);
      case Op.GeGlu() -> ElementKernels.geGlu(work, in.getFirst(), y);
      case Op.GeGluGrad() -> ElementKernels.geGluGrad(work, in, y);
      case Op.AdamW adamW -> ElementKernels.adamW(work, adamW, in, out);

      case Op.Sum(List<Integer> axes, _) ->
          ReduceKernels.reduce(work, false, axes, in.getFirst(), y);
      case Op.Max(List<Integer> axes, _) ->
          ReduceKernels.reduce(work, true, axes, in.getFirst(), y);
      case Op.ArgMax(int axis, _) -> ReduceKernels.argMax(work, axis, in.getFirst(), y);
      case Op.TopK(int axis, int k) -> ReduceKernels.order(work, axis, k, true, in.getFirst(), out);
      case Op.Sort(int axis, boolean descending) ->
          ReduceKernels.order(work, axis, in.getFirst().size(axis), descending, in.getFirst(), out);
      case Op.CumSum(int axis, boolean reverse) ->
          ReduceKernels.cumSum(work, axis, reverse, in.getFirst(), y);
      case Op.IndexAdd(int axis) -> MoveKernels.add(work, "index_add", false, axis, in, y);
      case Op.ScatterAdd(int axis) -> MoveKernels.add(work, "scatter_add", true, axis, in, y);
      case Op.EmbeddingGrad _ -> MoveKernels.embeddingGrad(work, in.get(0), in.get(1), y);

      case Op.MatMul matMul -> ProductKernels.matMul(work, matMul, in, y);
      case Op.Linear() -> ProductKernels.linear(work, in, y);
      case Op.Dequantize(BlockFormat format) ->
          ProductKernels.dequantize(work, format, in.getFirst(), y);
      case Op.BlockLinear(BlockFormat format) -> ProductKernels.blockLinear(work, format, in, y);

      case Op.Conv2d(Conv2dSpec spec) -> PictureKernels.conv2d(work, spec, in, y);
      case Op.Conv2dInputGrad(Conv2dSpec spec, _, _) ->
          PictureKernels.conv2dInputGrad(work, spec, in, y);
      case Op.Conv2dWeightGrad(Conv2dSpec spec, _, _) ->
          PictureKernels.conv2dWeightGrad(work, spec, in, y);
      case Op.ConvTranspose2d(Conv2dSpec spec, _, _) ->
          PictureKernels.conv2dInputGrad(work, spec, in, y);
      case Op.AvgPool2d pool -> PictureKernels.avgPool(work, pool, in.getFirst(), y);
      case Op.AvgPool2dGrad(Op.AvgPool2d forward, _, _) ->
          PictureKernels.avgPoolGrad(work, forward, in.getFirst(), y);
      case Op.MaxPool2d pool -> PictureKernels.maxPool(work, pool, in.getFirst(), out);
      case Op.MaxPool2dGrad _ -> PictureKernels.maxPoolGrad(work, in.get(0), in.get(1), y);
      case Op.Interpolate(_, _, Resampling resampling) ->
          PictureKernels.interpolate(work, resampling, in.getFirst(), y);
      case Op.InterpolateGrad(_, _, Resampling resampling) ->
          PictureKernels.interpolateGrad(work, resampling, in.getFirst(), y);

      case Op.LayerNorm(double eps) -> RowKernels.norm(work, "layer_norm", eps, in, out);
      case Op.LayerNormGrad() -> RowKernels.layerNormGrad(work, in, out);
      case Op.RmsNorm(double eps) -> RowKernels.norm(work, "rms_norm", eps, in, out);
      case Op.RmsNormGrad() -> RowKernels.rmsNormGrad(work, in, out);
      case Op.GroupNorm norm -> RowKernels.groupNorm(work, norm, in, out);
      case Op.GroupNormGrad norm -> RowKernels.groupNormGrad(work, norm, in, out);
      case Op.L2Normalize(int axis, double eps) ->
          RowKernels.l2Normalize(work, axis, eps, in.getFirst(), y);
      case Op.L2NormalizeGrad(int axis, double eps) ->
          RowKernels.l2NormalizeGrad(work, axis, eps, in, y);

      case Op.Softmax(int axis) -> RowKernels.along(work, "softmax", axis, in.getFirst(), y);
      case Op.SoftmaxGrad(int axis) -> RowKernels.alongGrad(work, "softmax_grad", axis, in, y);
      case Op.LogSoftmax(int axis) -> RowKernels.along(work, "log_softmax", axis, in.getFirst(), y);
      case Op.LogSoftmaxGrad(int axis) ->
          RowKernels.alongGrad(work, "log_softmax_grad", axis, in, y);
      case Op.LogSumExp(int axis, _) ->
          RowKernels.along(work, "log_sum_exp", axis, in.getFirst(), y);
      case Op.CrossEntropy loss -> RowKernels.crossEntropy(work, loss, in, out);
      case Op.CrossEntropyGrad(Op.CrossEntropy forward) ->
          RowKernels.crossEntropyGrad(work, forward, in, y);

      case Op.Attention attention -> AttentionKernels.attention(work, attention, in, out);
      case Op.AttentionGrad grad -> AttentionKernels.attentionGrad(work, grad, in, out);
      case Op.Rope(boolean inverse) -> AttentionKernels.rope(work, inverse, in, y);

      case Op.Reshape _, Op.Permute _, Op.Expand _, Op.Slice _ ->
          throw new AssertionError("a view has no kernel: " + op);
    }
  }
}
