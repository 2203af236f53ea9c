package dev.chrysalis.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Runs ops: checks, allocates, computes, tells the listener. Below it, one short method for each
/// op that has more to say than its record.
public final class Ops {
  private Ops() {}

  /// Runs an op with one output, or returns the first of several.
  public static Tensor run(Op op, Tensor... inputs) {
    return runAll(op, List.of(inputs)).getFirst();
  }

  /// Runs an op.
  ///
  /// @throws ShapeException if the shapes of the inputs do not fit
  /// @throws DTypeException if their dtypes do not
  public static List<Tensor> runAll(Op op, List<Tensor> inputs) {
    List<Tensor> outputs = execute(op, inputs);
    if (OpListener.CURRENT.isBound()) {
      OpListener.CURRENT.get().executed(op, inputs, outputs);
    }
    return outputs;
  }

  private static List<Tensor> execute(Op op, List<Tensor> inputs) {
    List<TensorType> types = ShapeRules.infer(op, types(inputs));
    if (Views.isView(op)) {
      return List.of(Views.of(op, inputs.getFirst(), types.getFirst()));
    }
    Tensor[] made = new Tensor[types.size()];
    for (int i = 0; i < made.length; i++) {
      made[i] = Tensor.allocate(types.get(i));
    }
    List<Tensor> outputs = List.of(made);
    Backends.current().execute(op, inputs, outputs);
    return outputs;
  }

  /// In a loop, here and elsewhere on the way of every op: a stream costs a small op more than its
  /// work.
  private static List<TensorType> types(List<Tensor> tensors) {
    TensorType[] types = new TensorType[tensors.size()];
    for (int i = 0; i < types.length; i++) {
      types[i] = tensors.get(i).type();
    }
    return Arrays.asList(types);
  }

  /// Writes over tensors, without telling the listener: `AdamW` writes parameter and moments,
  /// `Copy` writes `inputs[0]` into `targets[0]`, which may be a view, any other op into row-major
  /// tensors. Other tensors on the same storage see the change. Targets do not overlap, neither
  /// each other nor the inputs, save those of `AdamW`, which are its inputs.
  public static void update(Op op, List<Tensor> inputs, List<Tensor> targets) {
    List<TensorType> types = ShapeRules.infer(op, types(inputs));
    List<TensorType> found = types(targets);
    if (!types.equals(found)) {
      throw new ShapeException("update: %s writes %s, got %s".formatted(op, types, found));
    }
    Backends.current().execute(op, inputs, targets);
  }

  /// Writes the values of `source` into `target`; see `update`.
  public static void copyInto(Tensor source, Tensor target) {
    update(new Op.Copy(), List.of(source), List.of(target));
  }

  // ---- values from nothing ----

  /// A tensor of `value` everywhere.
  public static Tensor fill(DType dtype, double value, int... sizes) {
    return run(new Op.Fill(new TensorType(dtype, Shape.of(sizes)), value));
  }

  /// Ones of the type of `x`.
  public static Tensor onesLike(Tensor x) {
    return run(new Op.Fill(x.type(), 1));
  }

  /// Zeros of the type of `x`.
  public static Tensor zerosLike(Tensor x) {
    return run(new Op.Fill(x.type(), 0));
  }

  /// `0, 1, …, count − 1` as I64.
  public static Tensor range(int count) {
    return run(new Op.Range(DType.I64, count, 0, 1));
  }

  /// Samples of `N(0, 1)`, each a pure function of seed, stream and position; see `Op.Random`.
  public static Tensor normal(DType dtype, long seed, long stream, int... sizes) {
    TensorType type = new TensorType(dtype, Shape.of(sizes));
    return run(new Op.Random(type, Op.Random.Distribution.NORMAL, seed, stream));
  }

  /// Samples of `U[0, 1)`, each a pure function of seed, stream and position; see `Op.Random`.
  public static Tensor uniform(DType dtype, long seed, long stream, int... sizes) {
    TensorType type = new TensorType(dtype, Shape.of(sizes));
    return run(new Op.Random(type, Op.Random.Distribution.UNIFORM, seed, stream));
  }

  // ---- element by element ----

  /// `fn(a, b)`, element by element; shapes broadcast, dtypes are equal.
  public static Tensor binary(BinaryFn fn, Tensor a, Tensor b) {
    return run(new Op.Binary(fn), a, b);
  }

  /// `scale·x + shift`
  public static Tensor affine(Tensor x, double scale, double shift) {
    return run(new Op.Affine(scale, shift), x);
  }

  /// BOOL: where `a` stands in `relation` to `b`; shapes broadcast, dtypes are equal.
  public static Tensor compare(Comparison relation, Tensor a, Tensor b) {
    return run(new Op.Compare(relation), a, b);
  }

  /// `condition ? a : b`, element by element; the condition is BOOL or U8; shapes broadcast.
  public static Tensor where(Tensor condition, Tensor a, Tensor b) {
    return run(new Op.Where(), condition, a, b);
  }

  /// `x` with `value` where `mask` is not 0.
  public static Tensor maskedFill(Tensor x, Tensor mask, double value) {
    return where(mask, Tensor.scalar(x.dtype(), value), x);
  }

  // ---- views and moving ----

  /// The same elements in another shape; one size may be −1 and is worked out. A view where strides
  /// allow.
  public static Tensor reshape(Tensor x, int... sizes) {
    int[] copy = sizes.clone();
    int unknown = -1;
    long known = 1;
    for (int i = 0; i < copy.length; i++) {
      if (copy[i] == -1 && unknown < 0) {
        unknown = i;
      } else {
        known *= copy[i];
      }
    }
    if (unknown >= 0) {
      long rest = known <= 0 || x.count() % known != 0 ? Long.MAX_VALUE : x.count() / known;
      TypeChecks.require(
          rest <= Integer.MAX_VALUE,
          "reshape: %s does not fit %s",
          x.shape(),
          Arrays.toString(sizes));
      copy[unknown] = (int) rest;
    }
    return run(new Op.Reshape(Shape.of(copy)), x);
  }

  /// A view with two axes exchanged.
  public static Tensor swap(Tensor x, int first, int second) {
    Integer[] axes = new Integer[x.rank()];
    Arrays.setAll(axes, axis -> axis);
    int a = x.shape().axis("swap", first);
    int b = x.shape().axis("swap", second);
    axes[a] = b;
    axes[b] = a;
    return x.permute(axes);
  }

  /// A view of the indices `start … stop−1` of `axis`.
  public static Tensor slice(Tensor x, int axis, int start, int stop) {
    int at = x.shape().axis("slice", axis);
    Integer[] starts = new Integer[x.rank()];
    Integer[] stops = new Integer[x.rank()];
    Integer[] steps = new Integer[x.rank()];
    for (int i = 0; i < x.rank(); i++) {
      starts[i] = i == at ? start : 0;
      stops[i] = i == at ? stop : x.size(i);
      steps[i] = 1;
    }
    return run(new Op.Slice(List.of(starts), List.of(stops), List.of(steps)), x);
  }

  /// A view of one index of `axis`, which goes; a negative index counts from the end.
  public static Tensor select(Tensor x, int axis, int index) {
    int at = x.shape().axis("select", axis);
    int from = index < 0 ? index + x.size(at) : index;
    TypeChecks.require(
        from >= 0 && from < x.size(at),
        "select: index %d is outside of axis %d of %s",
        index,
        axis,
        x.shape());
    return slice(x, at, from, from + 1).squeeze(at);
  }

  /// Tensors that differ at most in `axis`, joined along it; a single one is returned as it is.
  public static Tensor cat(int axis, List<Tensor> parts) {
    if (parts.isEmpty()) {
      throw new ShapeException("cat: need at least one tensor");
    }
    int at = parts.getFirst().shape().axis("cat", axis);
    return parts.size() == 1 ? parts.getFirst() : runAll(new Op.Cat(at), parts).getFirst();
  }

  /// Tensors of one shape, joined along a new axis.
  public static Tensor stack(int axis, List<Tensor> parts) {
    return cat(axis, parts.stream().map(part -> part.unsqueeze(axis)).toList());
  }

  /// Consecutive parts of `axis`, of these sizes.
  public static List<Tensor> split(Tensor x, int axis, int... sizes) {
    int[] starts = new int[sizes.length + 1];
    for (int i = 0; i < sizes.length; i++) {
      starts[i + 1] = starts[i] + sizes[i];
    }
    if (starts[sizes.length] != x.size(x.shape().axis("split", axis))) {
      throw new ShapeException(
          "split: sizes %s do not fill axis %d of %s"
              .formatted(Arrays.toString(sizes), axis, x.shape()));
    }
    return IntStream.range(0, sizes.length)
        .mapToObj(i -> slice(x, axis, starts[i], starts[i + 1]))
        .toList();
  }

  /// `x` with `value` before and after the elements of one axis.
  public static Tensor pad(Tensor x, int axis, int before, int after, double value) {
    int at = x.shape().axis("pad", axis);
    List<Integer> front =
        IntStream.range(0, x.rank()).map(i -> i == at ? before : 0).boxed().toList();
    List<Integer> back =
        IntStream.range(0, x.rank()).map(i -> i == at ? after : 0).boxed().toList();
    return run(new Op.Pad(front, back, value), x);
  }

  // ---- reductions ----

  static int[] allAxes(Tensor x) {
    return IntStream.range(0, x.rank()).toArray();
  }

  /// `Σ x` over `axes`, which stay with size 1 or go.
  public static Tensor sum(Tensor x, boolean keepDims, int... axes) {
    return run(new Op.Sum(resolved("sum", x, axes), keepDims), x);
  }

  /// Mean over `axes`, which stay with size 1 or go; for floats.
  public static Tensor mean(Tensor x, boolean keepDims, int... axes) {
    TypeChecks.floats("mean", x.type());
    long count = Arrays.stream(axes).mapToLong(x::size).reduce(1, (a, b) -> a * b);
    return sum(x, keepDims, axes).mul(1.0 / count);
  }

  /// `max x` over `axes`, which stay with size 1 or go.
  public static Tensor max(Tensor x, boolean keepDims, int... axes) {
    return run(new Op.Max(resolved("max", x, axes), keepDims), x);
  }

  private static List<Integer> resolved(String op, Tensor x, int... axes) {
    return Arrays.stream(axes).map(axis -> x.shape().axis(op, axis)).sorted().boxed().toList();
  }

  /// Rows stored in blocks, spelled out in F32: `(…, bytes) → (…, k)`.
  public static Tensor dequantize(Tensor blocks, BlockFormat format) {
    return run(new Op.Dequantize(format), blocks);
  }

  /// I64 index of the first maximum along `axis`, which goes.
  public static Tensor argMax(Tensor x, int axis) {
    return run(new Op.ArgMax(x.shape().axis("argmax", axis), false), x);
  }

  /// The `k` largest along `axis`, from the largest down, then their I64 indices.
  public static List<Tensor> topK(Tensor x, int axis, int k) {
    return runAll(new Op.TopK(x.shape().axis("topk", axis), k), List.of(x));
  }

  /// The elements along `axis` in rising or falling order, then their I64 indices; stable.
  public static List<Tensor> sort(Tensor x, int axis, boolean descending) {
    return runAll(new Op.Sort(x.shape().axis("sort", axis), descending), List.of(x));
  }

  /// `y_i = Σ_{j ≤ i} x_j` along `axis`.
  public static Tensor cumSum(Tensor x, int axis) {
    return run(new Op.CumSum(x.shape().axis("cumsum", axis), false), x);
  }

  /// `log Σ exp(x)` along `axis`, which stays with size 1 or goes.
  public static Tensor logSumExp(Tensor x, int axis, boolean keepDims) {
    return run(new Op.LogSumExp(x.shape().axis("logsumexp", axis), keepDims), x);
  }

  /// `x − log Σ exp(x)` along `axis`.
  public static Tensor logSoftmax(Tensor x, int axis) {
    return run(new Op.LogSoftmax(x.shape().axis("log_softmax", axis)), x);
  }

  /// `x` summed over the axes along which `shape` was broadcast, the adjoint of broadcasting.
  public static Tensor sumTo(Tensor x, Shape shape) {
    if (x.shape().equals(shape)) {
      return x;
    }
    TypeChecks.require(
        Shape.broadcast("sum_to", x.shape(), shape).equals(x.shape()),
        "sum_to: %s does not repeat to %s",
        shape,
        x.shape());
    int extra = x.rank() - shape.rank();
    int[] axes =
        IntStream.range(0, x.rank())
            .filter(i -> i < extra || (shape.size(i - extra) == 1 && x.size(i) != 1))
            .toArray();
    Tensor summed = axes.length == 0 ? x : sum(x, true, axes);
    return summed.reshape(shape.toArray());
  }

  // ---- products ----

  /// Matrix product; a vector on the left is a row, on the right a column, and that axis goes.
  public static Tensor matmul(Tensor a, Tensor b) {
    if (a.rank() == 1) {
      return matmul(a.unsqueeze(0), b).squeeze(b.rank() == 1 ? 0 : -2);
    }
    if (b.rank() == 1) {
      return run(new Op.MatMul(false, false), a, b.unsqueeze(1)).squeeze(-1);
    }
    return run(new Op.MatMul(false, false), a, b);
  }

  /// `x·wᵀ`
  public static Tensor linear(Tensor x, Tensor weight) {
    return run(new Op.Linear(), x, weight);
  }

  /// `x·wᵀ + bias`
  public static Tensor linear(Tensor x, Tensor weight, Tensor bias) {
    return run(new Op.Linear(), x, weight, bias);
  }

  /// `x·wᵀ`, with the rows of `w` stored in blocks.
  public static Tensor linear(Tensor x, Tensor blocks, BlockFormat format) {
    return run(new Op.BlockLinear(format), x, blocks);
  }

  /// `x·wᵀ + bias`, with the rows of `w` stored in blocks.
  public static Tensor linear(Tensor x, Tensor blocks, BlockFormat format, Tensor bias) {
    return run(new Op.BlockLinear(format), x, blocks, bias);
  }

  /// `x (B, C, H, W), weight (O, C/groups, kh, kw), bias (O) → (B, O, H', W')`, cross-correlation.
  public static Tensor conv2d(Tensor x, Tensor weight, Tensor bias, Conv2dSpec spec) {
    return run(new Op.Conv2d(spec), x, weight, bias);
  }

  /// `softmax(q·kᵀ / √d)·v`; see `Op.Attention`.
  public static Tensor attention(Tensor q, Tensor k, Tensor v, boolean causal) {
    return run(new Op.Attention(causal, 1 / Math.sqrt(q.size(-1))), q, k, v);
  }

  // ---- losses and norms ----

  /// Mean over the targets that are not `ignoreIndex`.
  public static Tensor crossEntropy(Tensor logits, Tensor targets, int ignoreIndex) {
    return run(new Op.CrossEntropy(ignoreIndex, Reduction.MEAN, 0), logits, targets);
  }

  /// `(x − mean) / √(var + eps) · weight + bias` over the last axis; `(…, D) → (…, D)`.
  public static Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, double eps) {
    return run(new Op.LayerNorm(eps), x, weight, bias);
  }

  /// `x / √(mean(x²) + eps) · weight` over the last axis; `(…, D) → (…, D)`.
  public static Tensor rmsNorm(Tensor x, Tensor weight, double eps) {
    return run(new Op.RmsNorm(eps), x, weight);
  }

  /// `x / max(‖x‖₂, eps)` along `axis`.
  public static Tensor l2Normalize(Tensor x, int axis, double eps) {
    return run(new Op.L2Normalize(x.shape().axis("l2_normalize", axis), eps), x);
  }

  /// Rows of a table; `table (V, D), ids (…) → (…, D)`.
  public static Tensor embedding(Tensor table, Tensor ids) {
    return run(new Op.Embedding(), table, ids);
  }

  /// The named indices of `axis`, in order; `index (n)`.
  public static Tensor indexSelect(Tensor x, int axis, Tensor index) {
    return run(new Op.IndexSelect(x.shape().axis("index_select", axis)), x, index);
  }

  /// `y[…, i, …] = x[…, index[…, i, …], …]` along `axis`; `y` has the shape of `index`.
  public static Tensor gather(Tensor x, int axis, Tensor index) {
    return run(new Op.Gather(x.shape().axis("gather", axis)), x, index);
  }

  /// `x (B, C, H, W) → (B, C, height, width)`
  public static Tensor interpolate(Tensor x, int height, int width, Resampling resampling) {
    return run(new Op.Interpolate(height, width, resampling), x);
  }
}
