package dev.chrysalis.tensor;

import static dev.chrysalis.tensor.TypeChecks.condition;
import static dev.chrysalis.tensor.TypeChecks.floats;
import static dev.chrysalis.tensor.TypeChecks.inputs;
import static dev.chrysalis.tensor.TypeChecks.rank;
import static dev.chrysalis.tensor.TypeChecks.reduced;
import static dev.chrysalis.tensor.TypeChecks.require;
import static dev.chrysalis.tensor.TypeChecks.same;
import static dev.chrysalis.tensor.TypeChecks.sameDType;

import java.util.List;

/// From the types of the inputs to the types of the outputs, one rule for each op. The only place
/// where user mistakes in shapes and dtypes are found.
public final class ShapeRules {
  private ShapeRules() {}

  /// Types of the outputs of `op`.
  ///
  /// @throws ShapeException if shapes do not fit
  /// @throws DTypeException if dtypes do not
  public static List<TensorType> infer(Op op, List<TensorType> in) {
    return switch (op) {
      case Op.Fill(TensorType type, _) -> none("fill", in, type);
      case Op.Range(DType dtype, int count, _, _) ->
          none("range", in, new TensorType(dtype, Shape.of(count)));
      case Op.Random(TensorType type, _, _, _) -> {
        floats("random", type);
        yield none("random", in, type);
      }
      case Op.Unary(UnaryFn fn) -> List.of(floats(fn.name(), inputs(fn.name(), in, 1)));
      case Op.UnaryGrad(UnaryFn fn) -> List.of(sameFloats(fn.name(), inputs(fn.name(), in, 3)));
      case Op.Pow _ -> List.of(floats("pow", inputs("pow", in, 1)));
      case Op.Affine _ -> List.of(inputs("affine", in, 1).getFirst());
      case Op.Clamp _ -> List.of(inputs("clamp", in, 1).getFirst());
      case Op.Binary(BinaryFn fn) -> List.of(broadcast(fn.name(), inputs(fn.name(), in, 2)));
      case Op.Compare(Comparison relation) ->
          List.of(
              new TensorType(
                  DType.BOOL, broadcast(relation.name(), inputs(relation.name(), in, 2)).shape()));
      case Op.Where() -> List.of(where(inputs("where", in, 3)));
      case Op.Cast(DType dtype) ->
          List.of(new TensorType(dtype, inputs("cast", in, 1).getFirst().shape()));
      case Op.Dequantize(BlockFormat format) ->
          List.of(dequantized(format, inputs("dequantize", in, 1).getFirst()));
      case Op.SwiGlu() -> List.of(sameFloats("swiglu", inputs("swiglu", in, 2)));
      case Op.SwiGluGrad() -> {
        TensorType type = sameFloats("swiglu grad", inputs("swiglu grad", in, 3));
        yield List.of(type, type);
      }
      case Op.GeGlu() -> List.of(halved("geglu", inputs("geglu", in, 1).getFirst()));
      case Op.GeGluGrad() -> {
        TensorType x = inputs("geglu grad", in, 2).getFirst();
        same("geglu grad", List.of(halved("geglu grad", x), in.get(1)));
        yield List.of(x);
      }
      case Op.Tril _ -> List.of(rank("tril", inputs("tril", in, 1).getFirst(), 2, 8));
      case Op.Reshape(Shape shape) -> {
        TensorType x = inputs("reshape", in, 1).getFirst();
        require(x.shape().count() == shape.count(), "reshape: got %s, need %s", x.shape(), shape);
        yield List.of(new TensorType(x.dtype(), shape));
      }
      case Op.Permute(List<Integer> axes) ->
          List.of(MovementRules.permute(inputs("permute", in, 1).getFirst(), axes));
      case Op.Expand(Shape shape) -> {
        TensorType x = inputs("expand", in, 1).getFirst();
        require(
            Shape.broadcast("expand", x.shape(), shape).equals(shape),
            "expand: %s does not repeat to %s",
            x.shape(),
            shape);
        yield List.of(new TensorType(x.dtype(), shape));
      }
      case Op.Slice slice -> List.of(MovementRules.slice(inputs("slice", in, 1).getFirst(), slice));
      case Op.Copy() -> List.of(inputs("copy", in, 1).getFirst());
      case Op.SliceGrad grad ->
          List.of(MovementRules.sliceGrad(inputs("slice grad", in, 1).getFirst(), grad));
      case Op.Cat(int axis) -> List.of(MovementRules.cat(in, axis));
      case Op.Pad pad -> List.of(MovementRules.pad(inputs("pad", in, 1).getFirst(), pad));
      case Op.Sum(List<Integer> axes, boolean keep) ->
          List.of(reduced("sum", summed("sum", inputs("sum", in, 1)), axes, keep, true));
      case Op.Max(List<Integer> axes, boolean keep) ->
          List.of(reduced("max", inputs("max", in, 1).getFirst(), axes, keep, false));
      case Op.ArgMax(int axis, boolean keep) -> {
        TensorType y =
            reduced("argmax", inputs("argmax", in, 1).getFirst(), List.of(axis), keep, false);
        yield List.of(new TensorType(DType.I64, y.shape()));
      }
      case Op.TopK(int axis, int k) -> {
        TensorType x = inputs("topk", in, 1).getFirst();
        x.shape().axis("topk", axis);
        require(
            k >= 0 && k <= x.shape().size(axis), "topk: k %d of axis %d of %s", k, axis, x.shape());
        yield valuesAndIndices(new TensorType(x.dtype(), x.shape().with(axis, k)));
      }
      case Op.Sort(int axis, _) -> {
        TensorType x = inputs("sort", in, 1).getFirst();
        x.shape().axis("sort", axis);
        yield valuesAndIndices(x);
      }
      case Op.CumSum(int axis, _) -> {
        TensorType x = summed("cumsum", inputs("cumsum", in, 1));
        x.shape().axis("cumsum", axis);
        yield List.of(x);
      }
      case Op.MatMul(boolean ta, boolean tb) ->
          List.of(ProductRules.matmul(inputs("matmul", in, 2), ta, tb));
      case Op.Linear() -> List.of(ProductRules.linear(in));
      case Op.BlockLinear(BlockFormat format) -> List.of(ProductRules.blockLinear(in, format));
      case Op.Conv2d(Conv2dSpec spec) -> List.of(ProductRules.conv2d(in, spec));
      case Op.Conv2dInputGrad grad -> List.of(ProductRules.conv2dInputGrad(in, grad));
      case Op.Conv2dWeightGrad grad -> List.of(ProductRules.conv2dWeightGrad(in, grad));
      case Op.ConvTranspose2d conv -> List.of(ProductRules.convTranspose2d(in, conv));
      case Op.AvgPool2d pool ->
          List.of(ProductRules.avgPool2d("avg_pool2d", inputs("avg_pool2d", in, 1), pool));
      case Op.AvgPool2dGrad grad -> List.of(ProductRules.avgPool2dGrad(in, grad));
      case Op.MaxPool2d p ->
          valuesAndIndices(
              ProductRules.pooled(
                  "max_pool2d",
                  in,
                  p.kernelH(),
                  p.kernelW(),
                  p.strideH(),
                  p.strideW(),
                  p.padH(),
                  p.padW()));
      case Op.MaxPool2dGrad(int h, int w) -> List.of(ProductRules.maxPool2dGrad(in, h, w));
      case Op.LayerNorm _ -> LayerRules.layerNorm(inputs("layer_norm", in, 3));
      case Op.LayerNormGrad() -> LayerRules.layerNormGrad(inputs("layer_norm grad", in, 5));
      case Op.RmsNorm _ -> LayerRules.rmsNorm(inputs("rms_norm", in, 2));
      case Op.RmsNormGrad() -> LayerRules.rmsNormGrad(inputs("rms_norm grad", in, 4));
      case Op.GroupNorm(int groups, _, _) ->
          LayerRules.groupNorm("group_norm", inputs("group_norm", in, 3), groups);
      case Op.GroupNormGrad(int groups, _) ->
          LayerRules.groupNormGrad(inputs("group_norm grad", in, 6), groups);
      case Op.L2Normalize(int axis, _) ->
          List.of(alongAxis("l2_normalize", inputs("l2_normalize", in, 1), axis));
      case Op.L2NormalizeGrad(int axis, _) ->
          List.of(alongAxis("l2_normalize grad", inputs("l2_normalize grad", in, 2), axis));
      case Op.Softmax(int axis) -> List.of(alongAxis("softmax", inputs("softmax", in, 1), axis));
      case Op.SoftmaxGrad(int axis) ->
          List.of(alongAxis("softmax grad", inputs("softmax grad", in, 2), axis));
      case Op.LogSoftmax(int axis) ->
          List.of(alongAxis("log_softmax", inputs("log_softmax", in, 1), axis));
      case Op.LogSoftmaxGrad(int axis) ->
          List.of(alongAxis("log_softmax grad", inputs("log_softmax grad", in, 2), axis));
      case Op.LogSumExp(int axis, boolean keep) ->
          List.of(
              reduced(
                  "logsumexp",
                  floats("logsumexp", inputs("logsumexp", in, 1)),
                  List.of(axis),
                  keep,
                  true));
      case Op.CrossEntropy _ -> LayerRules.crossEntropy(inputs("cross_entropy", in, 2));
      case Op.CrossEntropyGrad _ ->
          List.of(LayerRules.crossEntropyGrad(inputs("cross_entropy grad", in, 4)));
      case Op.Attention _ -> ProductRules.attention(in);
      case Op.AttentionGrad grad -> ProductRules.attentionGrad(in, grad);
      case Op.Rope _ -> List.of(LayerRules.rope(inputs("rope", in, 3)));
      case Op.Embedding() -> List.of(LayerRules.embedding(inputs("embedding", in, 2)));
      case Op.EmbeddingGrad(int rows) ->
          List.of(LayerRules.embeddingGrad(inputs("embedding grad", in, 2), rows));
      case Op.IndexSelect(int axis) ->
          List.of(MovementRules.indexSelect(inputs("index_select", in, 2), axis));
      case Op.IndexAdd(int axis) ->
          List.of(MovementRules.indexAdd(inputs("index_add", in, 3), axis));
      case Op.Gather(int axis) -> List.of(MovementRules.gather(inputs("gather", in, 2), axis));
      case Op.ScatterAdd(int axis) ->
          List.of(MovementRules.scatterAdd(inputs("scatter_add", in, 3), axis));
      case Op.Interpolate resized -> List.of(interpolate(inputs("interpolate", in, 1), resized));
      case Op.InterpolateGrad(int h, int w, Resampling resampling) -> {
        TensorType dy = inputs("interpolate grad", in, 1).getFirst();
        interpolate(in, new Op.Interpolate(h, w, resampling));
        yield List.of(ProductRules.plane("interpolate grad", dy, h, w));
      }
      case Op.AdamW _ -> {
        TensorType type = same("adamw", inputs("adamw", in, 4));
        yield List.of(type, type, type);
      }
    };
  }

  private static List<TensorType> none(String op, List<TensorType> in, TensorType out) {
    inputs(op, in, 0);
    return List.of(out);
  }

  private static List<TensorType> valuesAndIndices(TensorType values) {
    return List.of(values, new TensorType(DType.I64, values.shape()));
  }

  private static TensorType broadcast(String op, List<TensorType> in) {
    sameDType(op, in.get(0), in.get(1));
    return new TensorType(
        in.get(0).dtype(), Shape.broadcast(op, in.get(0).shape(), in.get(1).shape()));
  }

  private static TensorType where(List<TensorType> in) {
    condition("where", in.get(0));
    TensorType values = broadcast("where", in.subList(1, 3));
    return new TensorType(
        values.dtype(), Shape.broadcast("where", in.get(0).shape(), values.shape()));
  }

  private static TensorType sameFloats(String op, List<TensorType> in) {
    return floats(op, same(op, in));
  }

  /// What can be added up in its own dtype; one byte would overflow at once.
  private static TensorType summed(String op, List<TensorType> in) {
    TensorType x = in.getFirst();
    if (x.dtype().sizeBytes() == 1) {
      throw new DTypeException(
          "%s: need floats, I64 or I32, got %s: convert it first".formatted(op, x));
    }
    return x;
  }

  private static TensorType halved(String op, TensorType x) {
    floats(op, rank(op, x, 1, 8));
    int size = x.shape().size(-1);
    require(size % 2 == 0, "%s: last axis must be even, got %s", op, x.shape());
    return new TensorType(x.dtype(), x.shape().with(-1, size / 2));
  }

  private static TensorType alongAxis(String op, List<TensorType> in, int axis) {
    TensorType x = sameFloats(op, in);
    x.shape().axis(op, axis);
    return x;
  }

  private static TensorType interpolate(List<TensorType> in, Op.Interpolate op) {
    TensorType x = in.getFirst();
    require(
        x.shape().count() > 0 && op.height() > 0 && op.width() > 0,
        "interpolate: need pixels, got %s to %d x %d",
        x.shape(),
        op.height(),
        op.width());
    require(
        !op.resampling().antialias() || !op.resampling().alignCorners(),
        "interpolate: antialias and alignCorners exclude each other");
    return ProductRules.plane("interpolate", floats("interpolate", in), op.height(), op.width());
  }

  private static TensorType dequantized(BlockFormat format, TensorType x) {
    require(
        x.dtype() == DType.U8 && x.shape().rank() > 0,
        "dequantize: need blocks (…, bytes) of U8, got %s",
        x);
    int last = x.shape().rank() - 1;
    return new TensorType(
        DType.F32, x.shape().with(last, format.rowElements(x.shape().size(last))));
  }
}
