package dev.chrysalis.tensor;

import static dev.chrysalis.tensor.TypeChecks.condition;
import static dev.chrysalis.tensor.TypeChecks.floats;
import static dev.chrysalis.tensor.TypeChecks.inputs;
import static dev.chrysalis.tensor.TypeChecks.integers;
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
      case Op.UnaryGrad(UnaryFn fn) -> List.of(same(fn.name(), inputs(fn.name(), in, 3)));
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
      case Op.SwiGlu() -> List.of(same("swiglu", inputs("swiglu", in, 2)));
      case Op.SwiGluGrad() -> {
        TensorType type = same("swiglu grad", inputs("swiglu grad", in, 3));
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
      case Op.SliceGrad(Shape shape, _, _) ->
          List.of(new TensorType(inputs("slice grad", in, 1).getFirst().dtype(), shape));
      case Op.Cat(int axis) -> List.of(MovementRules.cat(in, axis));
      case Op.Pad pad -> List.of(MovementRules.pad(inputs("pad", in, 1).getFirst(), pad));
      case Op.Sum(List<Integer> axes, boolean keep) ->
          List.of(reduced("sum", inputs("sum", in, 1).getFirst(), axes, keep, true));
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
        TensorType x = inputs("cumsum", in, 1).getFirst();
        x.shape().axis("cumsum", axis);
        yield List.of(x);
      }
      case Op.MatMul(boolean ta, boolean tb) ->
          List.of(ProductRules.matmul(inputs("matmul", in, 2), ta, tb));
      case Op.Linear() -> List.of(ProductRules.linear(in));
      case Op.Conv2d(Conv2dSpec spec) -> List.of(ProductRules.conv2d(in, spec));
      case Op.Conv2dInputGrad grad -> List.of(ProductRules.conv2dInputGrad(in, grad));
      case Op.Conv2dWeightGrad grad -> List.of(ProductRules.conv2dWeightGrad(in, grad));
      case Op.ConvTranspose2d conv -> List.of(ProductRules.convTranspose2d(in, conv));
      case Op.AvgPool2d pool ->
          List.of(
              ProductRules.pooled(
                  "avg_pool2d",
                  in,
                  pool.kernelH(),
                  pool.kernelW(),
                  pool.strideH(),
                  pool.strideW(),
                  0,
                  0));
      case Op.AvgPool2dGrad(_, int h, int w) ->
          List.of(ProductRules.plane("avg_pool2d grad", in.getFirst(), h, w));
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
      case Op.MaxPool2dGrad(int h, int w) ->
          List.of(ProductRules.plane("max_pool2d grad", in.getFirst(), h, w));
      case Op.LayerNorm _ -> {
        TensorType x = affineNorm("layer_norm", inputs("layer_norm", in, 3), -1);
        TensorType rows = new TensorType(x.dtype(), x.shape().without(-1));
        yield List.of(x, rows, rows);
      }
      case Op.LayerNormGrad() -> {
        inputs("layer_norm grad", in, 5);
        same("layer_norm grad", List.of(in.get(0), in.get(4)));
        yield List.of(in.get(0), in.get(1), in.get(1));
      }
      case Op.RmsNorm _ -> {
        TensorType x = affineNorm("rms_norm", inputs("rms_norm", in, 2), -1);
        yield List.of(x, new TensorType(x.dtype(), x.shape().without(-1)));
      }
      case Op.RmsNormGrad() -> {
        inputs("rms_norm grad", in, 4);
        same("rms_norm grad", List.of(in.get(0), in.get(3)));
        yield List.of(in.get(0), in.get(1));
      }
      case Op.GroupNorm(int groups, _, _) -> groupNorm(inputs("group_norm", in, 3), groups);
      case Op.GroupNormGrad _ -> {
        inputs("group_norm grad", in, 6);
        same("group_norm grad", List.of(in.get(0), in.get(5)));
        yield List.of(in.get(0), in.get(1), in.get(2));
      }
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
      case Op.CrossEntropy _ -> {
        TensorType logits = crossEntropy(inputs("cross_entropy", in, 2));
        yield List.of(
            new TensorType(logits.dtype(), Shape.of()),
            new TensorType(logits.dtype(), logits.shape().range(0, 1)));
      }
      case Op.CrossEntropyGrad _ -> List.of(crossEntropy(inputs("cross_entropy grad", in, 4)));
      case Op.Attention _ -> ProductRules.attention(in);
      case Op.AttentionGrad grad -> ProductRules.attentionGrad(in, grad);
      case Op.Rope _ -> List.of(rope(inputs("rope", in, 3)));
      case Op.Embedding() -> {
        inputs("embedding", in, 2);
        TensorType table = rank("embedding table", in.get(0), 2, 2);
        integers("embedding ids", in.get(1));
        yield List.of(
            new TensorType(table.dtype(), in.get(1).shape().concat(table.shape().range(1, 2))));
      }
      case Op.EmbeddingGrad(int rows) -> {
        inputs("embedding grad", in, 2);
        integers("embedding ids", in.get(0));
        TensorType dy = in.get(1);
        yield List.of(new TensorType(dy.dtype(), Shape.of(rows, dy.shape().size(-1))));
      }
      case Op.IndexSelect(int axis) -> {
        inputs("index_select", in, 2);
        integers("index_select index", rank("index_select index", in.get(1), 1, 1));
        in.get(0).shape().axis("index_select", axis);
        TensorType x = in.get(0);
        yield List.of(new TensorType(x.dtype(), x.shape().with(axis, in.get(1).shape().size(0))));
      }
      case Op.IndexAdd(int axis) -> {
        inputs("index_add", in, 3);
        integers("index_add index", rank("index_add index", in.get(1), 1, 1));
        in.get(0).shape().axis("index_add", axis);
        Shape need = in.get(0).shape().with(axis, in.get(1).shape().size(0));
        require(
            need.equals(in.get(2).shape()),
            "index_add: source: got %s, need %s",
            in.get(2).shape(),
            need);
        sameDType("index_add", in.get(0), in.get(2));
        yield List.of(in.get(0));
      }
      case Op.Gather(int axis) -> {
        inputs("gather", in, 2);
        integers("gather index", in.get(1));
        TypeChecks.sameBut("gather", in.get(0).shape(), in.get(1).shape(), axis);
        yield List.of(new TensorType(in.get(0).dtype(), in.get(1).shape()));
      }
      case Op.ScatterAdd(int axis) -> {
        inputs("scatter_add", in, 3);
        integers("scatter_add index", in.get(1));
        TypeChecks.sameBut("scatter_add", in.get(0).shape(), in.get(1).shape(), axis);
        require(
            in.get(1).shape().equals(in.get(2).shape()),
            "scatter_add: index %s and source %s differ",
            in.get(1).shape(),
            in.get(2).shape());
        sameDType("scatter_add", in.get(0), in.get(2));
        yield List.of(in.get(0));
      }
      case Op.Interpolate(int h, int w, Resampling resampling) -> {
        inputs("interpolate", in, 1);
        require(
            in.getFirst().shape().count() > 0 && h > 0 && w > 0,
            "interpolate: need pixels, got %s to %d x %d",
            in.getFirst().shape(),
            h,
            w);
        require(
            !resampling.antialias() || !resampling.alignCorners(),
            "interpolate: antialias and alignCorners exclude each other");
        yield List.of(ProductRules.plane("interpolate", floats("interpolate", in), h, w));
      }
      case Op.InterpolateGrad(int h, int w, _) ->
          List.of(
              ProductRules.plane(
                  "interpolate grad",
                  floats("interpolate grad", inputs("interpolate grad", in, 1)),
                  h,
                  w));
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

  private static TensorType halved(String op, TensorType x) {
    floats(op, rank(op, x, 1, 8));
    int size = x.shape().size(-1);
    require(size % 2 == 0, "%s: last axis must be even, got %s", op, x.shape());
    return new TensorType(x.dtype(), x.shape().with(-1, size / 2));
  }

  private static TensorType affineNorm(String op, List<TensorType> in, int axis) {
    TensorType x = floats(op, rank(op, in.getFirst(), 1, 8));
    Shape need = Shape.of(x.shape().size(axis));
    for (TensorType weight : in.subList(1, in.size())) {
      sameDType(op, x, weight);
      require(
          weight.shape().equals(need), "%s: weights: got %s, need %s", op, weight.shape(), need);
    }
    return x;
  }

  private static List<TensorType> groupNorm(List<TensorType> in, int groups) {
    TensorType x =
        affineNorm(
            "group_norm", List.of(rank("group_norm", in.get(0), 2, 8), in.get(1), in.get(2)), 1);
    require(
        groups > 0 && x.shape().size(1) % groups == 0,
        "group_norm: %d groups do not divide the channels of %s",
        groups,
        x.shape());
    TensorType stats = new TensorType(x.dtype(), Shape.of(x.shape().size(0), groups));
    return List.of(x, stats, stats);
  }

  private static TensorType alongAxis(String op, List<TensorType> in, int axis) {
    TensorType x = floats(op, List.of(same(op, in)));
    x.shape().axis(op, axis);
    return x;
  }

  private static TensorType crossEntropy(List<TensorType> in) {
    TensorType logits = floats("cross_entropy", rank("cross_entropy logits", in.get(0), 2, 2));
    integers("cross_entropy target", in.get(1));
    require(
        in.get(1).shape().equals(logits.shape().range(0, 1)),
        "cross_entropy: logits %s need targets (%d), got %s",
        logits.shape(),
        logits.shape().size(0),
        in.get(1).shape());
    return logits;
  }

  private static TensorType rope(List<TensorType> in) {
    TensorType x = floats("rope", rank("rope", in.getFirst(), 2, 8));
    int d = x.shape().size(-1);
    Shape need = Shape.of(x.shape().size(-2), d / 2);
    require(d % 2 == 0, "rope: last axis must be even, got %s", x.shape());
    for (TensorType table : in.subList(1, 3)) {
      sameDType("rope", x, table);
      require(table.shape().equals(need), "rope: table: got %s, need %s", table.shape(), need);
    }
    return x;
  }
}
