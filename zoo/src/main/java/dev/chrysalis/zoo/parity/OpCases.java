package dev.chrysalis.zoo.parity;

import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Reduction;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// The cases of the `ops` fixture as calls of `Ops`: what each name with its attributes means here.
///
/// Every case is made of ops alone, so the same call serves forward values and, recorded,
/// gradients. Cases of optimisers and schedules are not ops and are not known here.
public final class OpCases {
  private final JsonNode attributes;
  private final Map<String, Tensor> inputs;

  private OpCases(JsonNode attributes, Map<String, Tensor> inputs) {
    this.attributes = attributes;
    this.inputs = inputs;
  }

  /// Runs one case.
  ///
  /// @param op the case's `op`
  /// @param attributes its `attrs`
  /// @param inputs its tensors by their short names
  /// @return the outputs in the order of the case's `outputs`; empty if the op is not known
  public static Optional<List<Tensor>> run(
      String op, JsonNode attributes, Map<String, Tensor> inputs) {
    OpCases c = new OpCases(attributes, inputs);
    return switch (op) {
      case "add" -> one(c.input("a").add(c.input("b")));
      case "sub" -> one(c.input("a").sub(c.input("b")));
      case "mul" -> one(c.input("a").mul(c.input("b")));
      case "div" -> one(c.input("a").div(c.input("b")));
      case "maximum_minimum" ->
          Optional.of(
              List.of(
                  Ops.binary(BinaryFn.MAX, c.input("a"), c.input("b")),
                  Ops.binary(BinaryFn.MIN, c.input("a"), c.input("b"))));
      case "exp",
          "log",
          "sqrt",
          "rsqrt",
          "abs",
          "neg",
          "sin",
          "cos",
          "tanh",
          "sigmoid",
          "relu",
          "silu",
          "softplus",
          "erf",
          "reciprocal",
          "quick_gelu" ->
          one(c.x().unary(UnaryFn.valueOf(op.toUpperCase(Locale.ROOT))));
      case "logsigmoid" -> one(c.x().unary(UnaryFn.LOG_SIGMOID));
      case "gelu" ->
          one(c.x().unary(c.text("approximate").equals("tanh") ? UnaryFn.GELU_TANH : UnaryFn.GELU));
      case "pow" -> one(c.power());
      case "clamp" -> one(c.x().clamp(c.real("min"), c.real("max")));
      case "geglu" -> one(Ops.run(new Op.GeGlu(), c.x()));
      case "swiglu" -> one(Ops.run(new Op.SwiGlu(), c.input("gate"), c.input("up")));
      case "where" -> one(Ops.where(c.input("cond"), c.input("a"), c.input("b")));
      case "masked_fill" -> one(Ops.maskedFill(c.x(), c.input("mask"), c.real("value")));
      case "cast" -> one(c.x().to(DType.valueOf(c.text("to").toUpperCase(Locale.ROOT))));

      case "matmul" -> one(c.matmul());
      case "linear" -> one(Ops.run(new Op.Linear(), c.withBias()));
      case "conv2d" -> one(c.conv2d());
      case "conv_transpose2d" -> one(c.convTranspose2d());
      case "avg_pool2d" -> one(c.avgPool2d());
      case "max_pool2d" -> one(c.maxPool2d());

      case "layer_norm" -> one(Ops.layerNorm(c.x(), c.input("w"), c.input("bias"), c.real("eps")));
      case "rms_norm" -> one(Ops.rmsNorm(c.x(), c.input("w"), c.real("eps")));
      case "group_norm" -> one(c.groupNorm(false));
      case "group_norm_silu" -> one(c.groupNorm(true));
      case "l2_normalize" -> one(Ops.l2Normalize(c.x(), c.integer("dim"), c.real("eps")));
      case "softmax" -> one(c.x().softmax(c.axis()));
      case "log_softmax" -> one(Ops.run(new Op.LogSoftmax(c.axis()), c.x()));
      case "logsumexp" -> one(Ops.run(new Op.LogSumExp(c.axis(), c.keepDims()), c.x()));

      case "cross_entropy" -> one(c.crossEntropy());
      case "mse_loss" -> one(c.x().sub(c.input("y_true")).square().mean());
      case "bce_with_logits" ->
          one(c.x().unary(UnaryFn.SOFTPLUS).sub(c.x().mul(c.input("y_true"))).mean());
      case "cosine_similarity" -> one(c.cosineSimilarity());

      case "embedding" -> one(Ops.embedding(c.input("table"), c.input("ids")));
      case "gather" -> one(Ops.run(new Op.Gather(c.axis()), c.x(), c.input("index")));
      case "scatter_add" ->
          one(Ops.run(new Op.ScatterAdd(c.axis()), c.x(), c.input("index"), c.input("src")));
      case "index_select" -> one(Ops.run(new Op.IndexSelect(c.axis()), c.x(), c.input("index")));
      case "index_add" ->
          one(Ops.run(new Op.IndexAdd(c.axis()), c.x(), c.input("index"), c.input("src")));

      case "slice" -> one(c.slice());
      case "cat" -> one(Ops.cat(c.integer("dim"), c.parts("a", "b", "c")));
      case "stack" -> one(Ops.stack(c.integer("dim"), c.parts("a", "b", "c")));
      case "split" -> Optional.of(Ops.split(c.x(), c.integer("dim"), c.integers("sizes")));
      case "permute_reshape" ->
          one(c.x().permute(boxed(c.integers("permute"))).reshape(c.integers("shape")));
      case "expand" -> one(c.x().expand(c.integers("shape")));
      case "pad" -> one(c.pad());
      case "tril" -> one(Ops.run(new Op.Tril(c.integer("diagonal")), c.x()));

      case "sum" -> one(Ops.sum(c.x(), c.keepDims(), c.axes()));
      case "mean" -> one(c.mean(c.x(), c.keepDims(), 0));
      case "var" -> one(c.variance());
      case "max" -> Optional.of(c.maxAlongAxis());
      case "amax" -> one(Ops.max(c.x(), c.keepDims(), c.axes()));
      case "argmax" -> one(Ops.argMax(c.x(), c.integer("dim")));
      case "topk" -> Optional.of(Ops.runAll(new Op.TopK(c.axis(), c.integer("k")), List.of(c.x())));
      case "cumsum" -> one(Ops.run(new Op.CumSum(c.axis(), false), c.x()));

      case "interpolate" -> one(c.interpolate());
      case "sdpa" -> one(c.attention());
      case "rope" -> Optional.of(c.rope());
      case "timestep_embedding" -> one(c.timestepEmbedding());
      default -> Optional.empty();
    };
  }

  private static Optional<List<Tensor>> one(Tensor y) {
    return Optional.of(List.of(y));
  }

  // ---- inputs and attributes ----

  private Tensor input(String name) {
    return Optional.ofNullable(inputs.get(name))
        .orElseThrow(() ->
            new IllegalArgumentException(
                "case: input '%s' is missing: got %s".formatted(name, inputs.keySet())));
  }

  private Tensor x() {
    return input("x");
  }

  /// The inputs among `names` that are there.
  private List<Tensor> parts(String... names) {
    return List.of(names).stream().filter(inputs::containsKey).map(inputs::get).toList();
  }

  private Tensor[] withBias() {
    return parts("x", "w", "bias").toArray(Tensor[]::new);
  }

  private JsonNode attribute(String name) {
    JsonNode value = attributes.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "case: attribute '%s' is missing: got %s".formatted(name, attributes));
    }
    return value;
  }

  private double real(String name) {
    return attribute(name).doubleValue();
  }

  private int integer(String name) {
    return attribute(name).intValue();
  }

  private String text(String name) {
    return attribute(name).stringValue();
  }

  private boolean flag(String name) {
    return attributes.has(name) && attributes.get(name).booleanValue();
  }

  private boolean keepDims() {
    return flag("keepdim");
  }

  private int[] integers(String name) {
    return IntStream.range(0, attribute(name).size())
        .map(i -> attribute(name).get(i).intValue())
        .toArray();
  }

  private static Integer[] boxed(int[] values) {
    return IntStream.of(values).boxed().toArray(Integer[]::new);
  }

  /// The attribute `dim` as an axis of `x`.
  private int axis() {
    return x().shape().axis(integer("dim"));
  }

  /// The attribute `dims` as axes of `x`; all of them if it is null.
  private int[] axes() {
    return attribute("dims").isNull()
        ? IntStream.range(0, x().rank()).toArray()
        : IntStream.of(integers("dims")).map(x().shape()::axis).toArray();
  }

  // ---- element by element ----

  private Tensor power() {
    double exponent = real("exponent");
    return exponent == 2 ? x().square() : x().pow(exponent);
  }

  // ---- products ----

  private Tensor matmul() {
    boolean transposeA = flag("transpose_a");
    boolean transposeB = flag("transpose_b");
    return transposeA || transposeB
        ? Ops.run(new Op.MatMul(transposeA, transposeB), input("a"), input("b"))
        : Ops.matmul(input("a"), input("b"));
  }

  private Tensor conv2d() {
    int[] pad = integers("padding");
    int[] extra = {0, 0, 0, 0}; // left, right, top, bottom
    if (attributes.has("pre_pad_left_right_top_bottom")) {
      extra = integers("pre_pad_left_right_top_bottom");
    }
    Conv2dSpec spec =
        spec(pad[0] + extra[2], pad[1] + extra[0], pad[0] + extra[3], pad[1] + extra[1]);
    return Ops.run(new Op.Conv2d(spec), withBias());
  }

  private Tensor convTranspose2d() {
    int[] pad = integers("padding");
    int[] outputPad = integers("output_padding");
    Conv2dSpec spec = spec(pad[0], pad[1], pad[0], pad[1]);
    return Ops.run(new Op.ConvTranspose2d(spec, outputPad[0], outputPad[1]), withBias());
  }

  private Conv2dSpec spec(int top, int left, int bottom, int right) {
    int[] stride = integers("stride");
    int[] dilation = integers("dilation");
    return new Conv2dSpec(
        stride[0],
        stride[1],
        top,
        left,
        bottom,
        right,
        dilation[0],
        dilation[1],
        integer("groups"));
  }

  private Tensor avgPool2d() {
    int[] kernel = integers("kernel");
    int[] stride = integers("stride");
    return Ops.run(new Op.AvgPool2d(kernel[0], kernel[1], stride[0], stride[1]), x());
  }

  private Tensor maxPool2d() {
    int[] kernel = integers("kernel");
    int[] stride = integers("stride");
    int[] pad = integers("padding");
    return Ops.run(
        new Op.MaxPool2d(kernel[0], kernel[1], stride[0], stride[1], pad[0], pad[1]), x());
  }

  // ---- norms and losses ----

  private Tensor groupNorm(boolean silu) {
    return Ops.run(
        new Op.GroupNorm(integer("groups"), real("eps"), silu), x(), input("w"), input("bias"));
  }

  private Tensor crossEntropy() {
    Reduction reduction = Reduction.valueOf(text("reduction").toUpperCase(Locale.ROOT));
    double smoothing = attributes.has("label_smoothing") ? real("label_smoothing") : 0;
    Op op = new Op.CrossEntropy(integer("ignore_index"), reduction, smoothing);
    return Ops.run(op, input("logits"), input("target"));
  }

  private Tensor cosineSimilarity() {
    Tensor a = Ops.l2Normalize(input("a"), integer("dim"), real("eps"));
    Tensor b = Ops.l2Normalize(input("b"), integer("dim"), real("eps"));
    return a.mul(b).sum(integer("dim"), false);
  }

  // ---- views and moving ----

  private Tensor slice() {
    List<Integer> starts = new ArrayList<>();
    List<Integer> stops = new ArrayList<>();
    List<Integer> steps = new ArrayList<>();
    for (JsonNode range : attribute("ranges")) {
      starts.add(range.get(0).intValue());
      stops.add(range.get(1).intValue());
      steps.add(range.get(2).intValue());
    }
    return Ops.run(new Op.Slice(starts, stops, steps), x());
  }

  private Tensor pad() {
    int[] pairs = integers("last_dims_first");
    Tensor padded = x();
    for (int i = 0; i < pairs.length; i += 2) {
      padded = Ops.pad(padded, -1 - i / 2, pairs[i], pairs[i + 1], real("value"));
    }
    return padded;
  }

  // ---- reductions ----

  /// `Σ x / (n − correction)`, `n` the number of elements summed.
  private Tensor mean(Tensor x, boolean keepDims, int correction) {
    Tensor sum = Ops.sum(x, keepDims, axes());
    long n = IntStream.of(axes()).mapToLong(x::size).reduce(1, (a, b) -> a * b);
    return sum.mul(1.0 / (n - correction));
  }

  private Tensor variance() {
    Tensor centered = x().sub(mean(x(), true, 0));
    return mean(centered.square(), keepDims(), integer("correction"));
  }

  /// Values and indices; the gradient of the value goes to the first maximum alone.
  private List<Tensor> maxAlongAxis() {
    Tensor index = Ops.run(new Op.ArgMax(axis(), true), x());
    Tensor values = Ops.run(new Op.Gather(axis()), x(), index);
    return List.of(values.squeeze(axis()), index.squeeze(axis()));
  }

  // ---- pictures, attention, positions ----

  private Tensor interpolate() {
    int[] size = integers("size");
    Resampling.Mode mode =
        Resampling.Mode.valueOf(text("mode").toUpperCase(Locale.ROOT).replace('-', '_'));
    Resampling resampling = new Resampling(mode, flag("align_corners"), flag("antialias"));
    return Ops.interpolate(x(), size[0], size[1], resampling);
  }

  private Tensor attention() {
    boolean given = attributes.has("scale") && attribute("scale").isNumber();
    double scale = given ? real("scale") : 1 / Math.sqrt(input("q").size(-1));
    Tensor[] in = parts("q", "k", "v", "attn_mask").toArray(Tensor[]::new);
    return Ops.run(new Op.Attention(flag("causal"), scale), in);
  }

  /// Angles `pos·theta^(−2i/d)`, worked out in f64.
  private List<Tensor> rope() {
    int half = integer("head_dim") / 2;
    Tensor exponents = Ops.run(new Op.Range(DType.F64, half, 0, 1));
    Tensor frequencies = exponents.mul(-Math.log(real("theta")) / half).exp();
    Tensor angles = input("pos").to(DType.F64).unsqueeze(1).mul(frequencies);
    Tensor cos = angles.unary(UnaryFn.COS).to(input("q").dtype());
    Tensor sin = angles.unary(UnaryFn.SIN).to(input("q").dtype());
    return parts("q", "k").stream().map(x -> Ops.run(new Op.Rope(false), x, cos, sin)).toList();
  }

  /// `[cos(t·f_i), sin(t·f_i)]` in this order if flipped, `f_i = max_period^(−i/(dim/2 − shift))`.
  private Tensor timestepEmbedding() {
    int half = integer("dim") / 2;
    double rate = -Math.log(real("max_period")) / (half - real("freq_shift"));
    Tensor frequencies = Ops.run(new Op.Range(DType.F64, half, 0, 1)).mul(rate).exp();
    Tensor angles = input("t").to(DType.F64).unsqueeze(1).mul(frequencies);
    Tensor cos = angles.unary(UnaryFn.COS);
    Tensor sin = angles.unary(UnaryFn.SIN);
    List<Tensor> halves = flag("flip_sin_to_cos") ? List.of(cos, sin) : List.of(sin, cos);
    return Ops.cat(1, halves).to(DType.F32);
  }
}
