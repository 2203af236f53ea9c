package dev.chrysalis.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Ops with inputs that can go wrong: sizes around the lane count, 0 and 1, broadcast, strided, NaN and infinities, several
/// blocks and tasks.
public final class OpTable {
  /// An op and what to run it on.
  ///
  /// @param inputs made on the scalar backend
  /// @param tolerance see `BackendCases`
  /// @param anyFloat whether the row makes sense with its F32 inputs in another float dtype
  public record Row(
      String name, Op op, Supplier<List<Tensor>> inputs, double tolerance, boolean anyFloat) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final double EXACT = 0;
  private static final double ROUNDED = 2e-6;
  private static final double SUMMED = 1e-5;

  private final List<Row> rows = new ArrayList<>();

  private OpTable() {}

  /// All rows.
  public static Stream<Row> rows() {
    OpTable table = new OpTable();
    table.functions();
    table.pairs();
    table.gated();
    table.moves();
    table.reductions();
    table.orders();
    table.norms();
    table.softmaxes();
    table.losses();
    table.indices();
    table.products();
    table.convolutions();
    table.attention();
    table.pictures();
    table.numbers();
    return table.rows.stream();
  }

  private void add(String name, Op op, double tolerance, Supplier<List<Tensor>> inputs) {
    rows.add(new Row(name, op, inputs, tolerance, true));
  }

  private void addFixed(String name, Op op, double tolerance, Supplier<List<Tensor>> inputs) {
    rows.add(new Row(name, op, inputs, tolerance, false));
  }

  private static Tensor x(long stream, int... sizes) {
    return Ops.normal(DType.F32, 11, stream, sizes);
  }

  private static Tensor positive(long stream, int... sizes) {
    return x(stream, sizes).square().add(0.1);
  }

  /// `sizes` as a view that is contiguous along no axis.
  private static Tensor strided(long stream, int... sizes) {
    Integer[] reversed = new Integer[sizes.length];
    int[] stored = new int[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      reversed[i] = sizes.length - 1 - i;
      stored[i] = sizes[sizes.length - 1 - i];
    }
    stored[0] += 1;
    return Ops.slice(x(stream, stored), 0, 0, stored[0] - 1).permute(reversed);
  }

  private static Tensor integers(int bound, int... sizes) {
    int count = (int) Shape.of(sizes).count();
    return Tensor.of(IntStream.range(0, count).mapToLong(i -> (i * 7919L + 3) % bound).toArray(), sizes);
  }

  private static String name(Object op, Object... details) {
    return op + " " + Arrays.deepToString(details);
  }

  private static int[][] shapes(int[]... shapes) {
    return shapes;
  }

  private static int[] shape(int... sizes) {
    return sizes;
  }

  private void functions() {
    for (UnaryFn fn : UnaryFn.values()) {
      for (int[] s : shapes(shape(), shape(1), shape(0, 3), shape(15), shape(17), shape(5, 33))) {
        add(name(fn, s), new Op.Unary(fn), ROUNDED, () -> List.of(positive(1, s)));
        add(
            name(fn, "grad", s),
            new Op.UnaryGrad(fn),
            ROUNDED,
            () -> {
              Tensor x = positive(1, s);
              return List.of(x, x.unary(fn), x(2, s));
            });
      }
      add(name(fn, "strided"), new Op.Unary(fn), ROUNDED, () -> List.of(strided(1, 9, 30).square()));
      add(
          name(fn, "grad of both signs"),
          new Op.UnaryGrad(fn),
          1e-5,
          () -> {
            Tensor x = strided(1, 9, 300);
            return List.of(x, x.unary(fn), strided(2, 9, 300));
          });
    }
    for (double exponent : new double[] {2, 3, 0.5, -1.5, 0, 1}) {
      add(name("pow", exponent), new Op.Pow(exponent), ROUNDED, () -> List.of(positive(1, 300)));
    }
    add("affine", new Op.Affine(-1.7, 0.3), ROUNDED, () -> List.of(x(1, 7, 19)));
    add("affine, many", new Op.Affine(2, -1), ROUNDED, () -> List.of(x(1, 70_001)));
    addFixed("affine of integers", new Op.Affine(3, 1), EXACT, () -> List.of(integers(100, 33)));
    add("clamp", new Op.Clamp(-0.5, 1), ROUNDED, () -> List.of(strided(1, 7, 19)));
    addFixed("clamp of NaN", new Op.Clamp(-0.5, 1), EXACT, () -> List.of(special()));
  }

  private static Tensor special() {
    float inf = Float.POSITIVE_INFINITY;
    float[] values = {Float.NaN, inf, -inf, 0, -0.0f, 1, -1, Float.NaN, 3, inf, -inf, 2, 5, 5, 1, 0, 7};
    return Tensor.of(values, values.length);
  }

  private void pairs() {
    int[][][] shapes = {
      {{17}, {17}}, {{}, {}}, {{4, 33}, {33}}, {{4, 33}, {4, 1}}, {{3, 1, 5}, {1, 7, 1}},
      {{5, 300}, {300}}, {{5, 300}, {5, 1}}, {{300}, {5, 300}}, {{2, 40, 300}, {40, 1}},
      {{0, 3}, {3}}, {{70_001}, {1}}, {{}, {40}}, {{2, 6, 20, 20}, {1, 6, 1, 1}}
    };
    for (int[][] s : shapes) {
      for (BinaryFn fn : BinaryFn.values()) {
        add(name(fn, (Object[]) s), new Op.Binary(fn), ROUNDED, () -> List.of(x(1, s[0]), positive(2, s[1])));
      }
      for (Comparison relation : Comparison.values()) {
        add(
            name(relation, (Object[]) s),
            new Op.Compare(relation),
            EXACT,
            () -> List.of(x(1, s[0]).unary(UnaryFn.ROUND), x(2, s[1]).unary(UnaryFn.ROUND)));
      }
    }
    for (BinaryFn fn : BinaryFn.values()) {
      add(name(fn, "strided"), new Op.Binary(fn), ROUNDED, () -> List.of(strided(1, 6, 300), positive(2, 6, 300)));
      addFixed(name(fn, "special"), new Op.Binary(fn), EXACT, () -> List.of(special().reshape(17, 1), special()));
      addFixed(
          name(fn, "integers"),
          new Op.Binary(fn),
          EXACT,
          () -> List.of(integers(90, 5, 7), Ops.affine(integers(9, 7), 1, 1)));
    }
    for (Comparison relation : Comparison.values()) {
      addFixed(name(relation, "special"), new Op.Compare(relation), EXACT, () -> List.of(special().reshape(17, 1), special()));
      addFixed(name(relation, "integers"), new Op.Compare(relation), EXACT, () -> List.of(integers(5, 40), integers(3, 40)));
    }
    add("where", new Op.Where(), EXACT, () -> List.of(condition(6, 1, 300), x(1, 5, 300), x(2)));
    add("where, one condition a row", new Op.Where(), EXACT, () -> List.of(condition(6, 1), x(1, 6, 31), strided(2, 6, 31)));
    addFixed("where of integers", new Op.Where(), EXACT, () -> List.of(condition(40), integers(9, 40), integers(7, 40)));
  }

  private static Tensor condition(int... sizes) {
    return Ops.run(new Op.Compare(Comparison.GT), x(9, sizes), Tensor.scalar(DType.F32, 0));
  }

  private void gated() {
    for (int[] s : shapes(shape(1), shape(3, 17), shape(4, 300))) {
      add(name("swiglu", s), new Op.SwiGlu(), ROUNDED, () -> List.of(x(1, s), x(2, s)));
      add(name("swiglu grad", s), new Op.SwiGluGrad(), 5e-6, () -> List.of(x(1, s), x(2, s), x(3, s)));
      int[] wide = s.clone();
      wide[s.length - 1] *= 2;
      add(name("geglu", s), new Op.GeGlu(), ROUNDED, () -> List.of(x(1, wide)));
      add(name("geglu grad", s), new Op.GeGluGrad(), 5e-6, () -> List.of(x(1, wide), x(2, s)));
    }
    add(
        "adamw",
        new Op.AdamW(0.01, 0.9, 0.95, 1e-8, 0.1, 3),
        5e-6,
        () -> List.of(x(1, 45, 7), x(2, 45, 7), x(3, 45, 7), positive(4, 45, 7)));
  }

  private void moves() {
    for (int diagonal : new int[] {-3, -1, 0, 2, 9}) {
      add(name("tril", diagonal), new Op.Tril(diagonal), EXACT, () -> List.of(strided(1, 2, 5, 7)));
    }
    addFixed("tril of integers", new Op.Tril(0), EXACT, () -> List.of(integers(50, 6, 6)));
    add("copy", new Op.Copy(), EXACT, () -> List.of(strided(1, 65, 33)));
    add("copy heads", new Op.Copy(), EXACT, () -> List.of(x(1, 2, 9, 3, 16).swap(1, 2)));
    add("copy empty", new Op.Copy(), EXACT, () -> List.of(x(1, 0, 4).swap(0, 1)));
    add(
        "slice grad",
        new Op.SliceGrad(Shape.of(9, 20), List.of(1, 3), List.of(2, 5)),
        EXACT,
        () -> List.of(x(1, 4, 3)));
    add(
        "slice grad of rows",
        new Op.SliceGrad(Shape.of(9, 20), List.of(2, 0), List.of(1, 1)),
        EXACT,
        () -> List.of(strided(1, 4, 20)));
    for (int axis = 0; axis < 3; axis++) {
      int[] other = {3, 4, 17};
      other[axis] = 2;
      add(name("cat", axis), new Op.Cat(axis), EXACT, () -> List.of(x(1, 3, 4, 17), x(2, other), strided(3, other)));
    }
    addFixed("cat of integers", new Op.Cat(0), EXACT, () -> List.of(integers(9, 5), integers(7, 0), integers(3, 8)));
    add("pad", new Op.Pad(List.of(1, 0, 2), List.of(0, 0, 3), -1.5), EXACT, () -> List.of(strided(1, 2, 3, 5)));
  }

  private void reductions() {
    List<List<Integer>> subsets = new ArrayList<>();
    for (int bits = 0; bits < 16; bits++) {
      int chosen = bits;
      subsets.add(IntStream.range(0, 4).filter(axis -> (chosen >> axis & 1) == 1).boxed().toList());
    }
    for (List<Integer> axes : subsets) {
      add(name("sum", axes), new Op.Sum(axes, true), SUMMED, () -> List.of(x(1, 3, 4, 1, 19)));
      add(name("sum strided", axes), new Op.Sum(axes, false), SUMMED, () -> List.of(strided(1, 3, 4, 5, 6)));
      add(name("max", axes), new Op.Max(axes, false), EXACT, () -> List.of(x(1, 3, 4, 5, 6)));
    }
    int[][] shapes = {{3, 70_000}, {5000, 33}, {3, 600, 40}, {2, 3, 6000}, {1}, {40_000, 3}, {0, 5}};
    for (int[] s : shapes) {
      for (int axis = 0; axis < s.length; axis++) {
        List<Integer> axes = List.of(axis);
        add(name("sum", s, axis), new Op.Sum(axes, false), SUMMED, () -> List.of(x(1, s)));
        if (s[axis] > 0) {
          add(name("max", s, axis), new Op.Max(axes, true), EXACT, () -> List.of(x(1, s)));
        }
      }
    }
    addFixed("max of NaN", new Op.Max(List.of(0), false), EXACT, () -> List.of(special()));
    addFixed("max of columns", new Op.Max(List.of(0), false), EXACT, () -> List.of(special().reshape(17, 1).expand(17, 20)));
    addFixed("sum of infinities", new Op.Sum(List.of(0), false), EXACT, () -> List.of(special()));
    addFixed("sum of integers", new Op.Sum(List.of(1), false), EXACT, () -> List.of(integers(99, 4, 30)));
  }

  private void orders() {
    for (int axis = 0; axis < 2; axis++) {
      int along = axis;
      add(name("argmax", axis), new Op.ArgMax(axis, false), EXACT, () -> List.of(x(1, 37, 41)));
      add(name("argmax of equals", axis), new Op.ArgMax(axis, true), EXACT, () -> List.of(x(1, 37, 41).unary(UnaryFn.ROUND)));
      add(name("topk", axis), new Op.TopK(axis, 5), EXACT, () -> List.of(x(1, 37, 41).unary(UnaryFn.ROUND)));
      add(name("sort", axis), new Op.Sort(axis, along == 1), EXACT, () -> List.of(strided(1, 37, 21)));
      add(name("cumsum", axis), new Op.CumSum(axis, along == 1), SUMMED, () -> List.of(x(1, 37, 41)));
    }
    addFixed("argmax of NaN", new Op.ArgMax(0, false), EXACT, () -> List.of(special()));
    addFixed("argmax of -inf", new Op.ArgMax(0, false), EXACT, () -> List.of(Ops.fill(DType.F32, Double.NEGATIVE_INFINITY, 9)));
    addFixed("sort with NaN", new Op.Sort(0, true), EXACT, () -> List.of(special()));
  }

  private void norms() {
    for (int[] s : shapes(shape(1, 1), shape(3, 5), shape(2, 7, 17), shape(90, 384), shape(0, 4))) {
      int[] d = {s[s.length - 1]};
      int[] lead = Arrays.copyOf(s, s.length - 1);
      add(name("layer norm", s), new Op.LayerNorm(1e-5), SUMMED, () -> List.of(x(1, s), x(2, d), x(3, d)));
      add(
          name("layer norm grad", s),
          new Op.LayerNormGrad(),
          SUMMED,
          () -> List.of(x(1, s), x(2, d), x(3, lead).mul(0.1), positive(4, lead), x(5, s)));
      add(name("rms norm", s), new Op.RmsNorm(1e-5), SUMMED, () -> List.of(x(1, s), x(2, d)));
      add(
          name("rms norm grad", s),
          new Op.RmsNormGrad(),
          SUMMED,
          () -> List.of(x(1, s), x(2, d), positive(4, lead), x(5, s)));
    }
    add("layer norm, strided", new Op.LayerNorm(1e-5), SUMMED, () -> List.of(strided(1, 9, 33), x(2, 33), x(3, 33)));
    add("layer norm, heads", new Op.LayerNorm(1e-5), SUMMED, () -> List.of(x(1, 2, 5, 3, 20).swap(1, 2), x(2, 20), x(3, 20)));
    int[][] pictures = {{2, 6, 3, 3}, {1, 4, 17}, {2, 8, 20, 20}, {3, 4}, {1, 8, 1, 1}};
    for (int[] s : pictures) {
      for (boolean silu : new boolean[] {false, true}) {
        int[] c = {s[1]};
        int[] stats = {s[0], 2};
        add(
            name("group norm", s, silu),
            new Op.GroupNorm(2, 1e-5, silu),
            SUMMED,
            () -> List.of(x(1, s), x(2, c), x(3, c)));
        add(
            name("group norm grad", s, silu),
            new Op.GroupNormGrad(2, silu),
            SUMMED,
            () -> List.of(x(1, s), x(2, c), x(3, c), x(4, stats).mul(0.1), positive(5, stats), x(6, s)));
      }
    }
  }

  private void softmaxes() {
    int[][] shapes = {{1}, {3, 17}, {40, 5, 33}, {2, 5000}};
    for (int[] s : shapes) {
      for (int axis = 0; axis < s.length; axis++) {
        int a = axis;
        add(name("softmax", s, axis), new Op.Softmax(a), ROUNDED, () -> List.of(x(1, s).mul(3)));
        add(name("softmax grad", s, axis), new Op.SoftmaxGrad(a), SUMMED, () -> List.of(x(1, s).softmax(a), x(2, s)));
        add(name("log softmax", s, axis), new Op.LogSoftmax(a), ROUNDED, () -> List.of(x(1, s).mul(3)));
        add(
            name("log softmax grad", s, axis),
            new Op.LogSoftmaxGrad(a),
            SUMMED,
            () -> List.of(Ops.run(new Op.LogSoftmax(a), x(1, s)), x(2, s)));
        add(name("logsumexp", s, axis), new Op.LogSumExp(a, axis == 0), ROUNDED, () -> List.of(x(1, s).mul(3)));
        add(name("l2 normalize", s, axis), new Op.L2Normalize(a, 1e-12), ROUNDED, () -> List.of(x(1, s)));
        if (s[axis] > 1) add(name("l2 normalize grad", s, axis), new Op.L2NormalizeGrad(a, 1e-12), SUMMED, () -> List.of(positive(1, s), x(2, s)));
      }
    }
    add("l2 normalize small", new Op.L2Normalize(1, 5), ROUNDED, () -> List.of(x(1, 6, 20)));
    add("l2 normalize small grad", new Op.L2NormalizeGrad(1, 5), SUMMED, () -> List.of(x(1, 6, 20), x(2, 6, 20)));
    addFixed("softmax with -inf", new Op.Softmax(1), ROUNDED, () -> List.of(special().clamp(Double.NEGATIVE_INFINITY, 5).slice(0, 1, 7).reshape(2, 3)));
    addFixed("logsumexp of infinities", new Op.LogSumExp(1, false), EXACT, () -> List.of(special().reshape(17, 1)));
    addFixed("softmax of large", new Op.Softmax(0), ROUNDED, () -> List.of(x(1, 40).add(1e4)));
  }

  private void losses() {
    for (double smoothing : new double[] {0, 0.1}) {
      for (Reduction reduction : Reduction.values()) {
        for (int[] s : shapes(shape(5, 7), shape(60, 1000), shape(3, 128_256), shape(1, 1))) {
          Op.CrossEntropy loss = new Op.CrossEntropy(0, reduction, smoothing);
          add(name(loss, s), loss, SUMMED, () -> List.of(x(1, s).mul(4), integers(s[1], s[0])));
          add(
              name("grad", loss, s),
              new Op.CrossEntropyGrad(loss),
              SUMMED,
              () -> {
                Tensor logits = x(1, s).mul(4);
                Tensor lse = Ops.run(new Op.LogSumExp(1, false), logits);
                return List.of(logits, integers(s[1], s[0]).to(DType.I32), lse, x(5));
              });
        }
      }
    }
    addFixed(
        "cross entropy over nothing",
        new Op.CrossEntropy(-100, Reduction.MEAN, 0),
        SUMMED,
        () -> List.of(x(1, 3, 9), Ops.fill(DType.I64, -100, 3)));
  }

  private void indices() {
    add("embedding", new Op.Embedding(), EXACT, () -> List.of(x(1, 9, 33), integers(9, 4, 5)));
    addFixed("embedding of integers", new Op.Embedding(), EXACT, () -> List.of(integers(50, 9, 3), integers(9, 11).to(DType.I32)));
    add("embedding grad", new Op.EmbeddingGrad(9), SUMMED, () -> List.of(integers(7, 40), x(1, 40, 150)));
    for (int axis = 0; axis < 3; axis++) {
      int[] s = {4, 5, 19};
      add(name("index select", axis), new Op.IndexSelect(axis), EXACT, () -> List.of(strided(1, s), integers(4, 6)));
      int[] source = s.clone();
      source[axis] = 6;
      add(name("index add", axis), new Op.IndexAdd(axis), SUMMED, () -> List.of(x(1, s), integers(4, 6), x(2, source)));
      add(name("gather", axis), new Op.Gather(axis), EXACT, () -> List.of(x(1, s), integers(4, source)));
      add(name("scatter add", axis), new Op.ScatterAdd(axis), SUMMED, () -> List.of(x(1, s), integers(4, source), x(2, source)));
    }
  }

  private void products() {
    int[][] sizes = {{1, 1, 1}, {3, 5, 7}, {17, 33, 9}, {1, 300, 40}, {64, 70, 130}, {130, 257, 65}, {4, 0, 3}};
    for (int[] s : sizes) {
      for (int flags = 0; flags < 4; flags++) {
        boolean ta = (flags & 1) == 1;
        boolean tb = (flags & 2) == 2;
        int[] a = ta ? shape(2, s[1], s[0]) : shape(2, s[0], s[1]);
        int[] b = tb ? shape(s[2], s[1]) : shape(s[1], s[2]);
        add(name("matmul", s, ta, tb), new Op.MatMul(ta, tb), SUMMED, () -> List.of(x(1, a), x(2, b)));
      }
      add(
          name("linear", s),
          new Op.Linear(),
          SUMMED,
          () -> List.of(x(1, 2, s[0], s[1]), x(2, s[2], s[1]), x(3, s[2])));
    }
    add("matmul, broadcast", new Op.MatMul(false, false), SUMMED, () -> List.of(x(1, 3, 1, 6, 8), x(2, 4, 8, 10)));
    add("matmul, strided", new Op.MatMul(false, false), SUMMED, () -> List.of(strided(1, 3, 6, 8), strided(2, 3, 8, 10)));
    add("matmul, heads", new Op.MatMul(false, true), SUMMED, () -> List.of(x(1, 2, 9, 3, 16).swap(1, 2), x(2, 2, 11, 3, 16).swap(1, 2)));
    add("linear, vector", new Op.Linear(), SUMMED, () -> List.of(strided(1, 40), strided(2, 7, 40)));
    for (boolean inverse : new boolean[] {false, true}) {
      for (int[] s : shapes(shape(2, 3, 5, 8), shape(1, 2, 7, 64), shape(3, 2))) {
        int[] table = {s[s.length - 2], s[s.length - 1] / 2};
        add(name("rope", s, inverse), new Op.Rope(inverse), ROUNDED, () -> List.of(x(1, s), x(2, table), x(3, table)));
      }
      add(
          name("rope, heads", inverse),
          new Op.Rope(inverse),
          ROUNDED,
          () -> List.of(x(1, 2, 5, 3, 40).swap(1, 2), x(2, 5, 20), x(3, 5, 20)));
    }
  }

  private void convolutions() {
    record Conv(int in, int out, int height, int width, int kernel, Conv2dSpec spec) {}
    Conv[] convs = {
      new Conv(3, 4, 7, 9, 3, Conv2dSpec.of(1, 1)),
      new Conv(5, 6, 8, 8, 1, Conv2dSpec.of(1, 0)),
      new Conv(3, 20, 16, 16, 4, Conv2dSpec.of(4, 0)),
      new Conv(4, 8, 9, 11, 3, Conv2dSpec.of(2, 1)),
      new Conv(4, 6, 9, 9, 3, Conv2dSpec.of(1, 1).withGroups(2)),
      new Conv(6, 6, 9, 9, 3, Conv2dSpec.of(1, 1).withGroups(6)),
      new Conv(2, 3, 9, 8, 3, new Conv2dSpec(2, 1, 0, 0, 1, 1, 1, 2, 1)),
      new Conv(40, 33, 12, 20, 3, Conv2dSpec.of(1, 1)),
    };
    for (Conv c : convs) {
      Conv2dSpec spec = c.spec();
      int[] x = {2, c.in(), c.height(), c.width()};
      int[] w = {c.out(), c.in() / spec.groups(), c.kernel(), c.kernel()};
      int[] y = {2, c.out(), spec.outHeight(c.height(), c.kernel()), spec.outWidth(c.width(), c.kernel())};
      add(name("conv2d", c), new Op.Conv2d(spec), SUMMED, () -> List.of(x(1, x), x(2, w), x(3, c.out())));
      add(
          name("conv2d input grad", c),
          new Op.Conv2dInputGrad(spec, c.height(), c.width()),
          SUMMED,
          () -> List.of(x(1, y), x(2, w)));
      add(
          name("conv2d weight grad", c),
          new Op.Conv2dWeightGrad(spec, c.kernel(), c.kernel()),
          SUMMED,
          () -> List.of(x(1, x), x(2, y)));
      add(
          name("conv transpose2d", c),
          new Op.ConvTranspose2d(spec, 0, 0),
          SUMMED,
          () -> List.of(x(1, y), x(2, w), x(3, c.in())));
    }
    Op.AvgPool2d mean = new Op.AvgPool2d(2, 3, 2, 1);
    add("avg pool", mean, SUMMED, () -> List.of(x(1, 2, 3, 8, 9)));
    add("avg pool grad", new Op.AvgPool2dGrad(mean, 8, 9), SUMMED, () -> List.of(x(1, 2, 3, 4, 7)));
    add("max pool", new Op.MaxPool2d(3, 3, 2, 2, 1, 1), EXACT, () -> List.of(x(1, 2, 3, 8, 9)));
    add("max pool grad", new Op.MaxPool2dGrad(4, 5), SUMMED, () -> List.of(x(1, 2, 3, 2, 2), integers(20, 2, 3, 2, 2)));
  }

  private void attention() {
    int[][] sizes = {{1, 1, 1, 1, 1, 4}, {2, 4, 2, 5, 7, 8}, {1, 2, 2, 33, 33, 16}, {1, 3, 1, 1, 70, 20}, {1, 2, 1, 70, 130, 64}};
    for (int[] s : sizes) {
      for (boolean causal : new boolean[] {false, true}) {
        if (causal && s[3] > s[4]) {
          continue;
        }
        Supplier<List<Tensor>> qkv =
            () -> List.of(x(1, s[0], s[1], s[3], s[5]), x(2, s[0], s[2], s[4], s[5]), x(3, s[0], s[2], s[4], s[5]));
        Op.Attention attention = new Op.Attention(causal, 1 / Math.sqrt(s[5]));
        add(name("attention", s, causal), attention, SUMMED, qkv);
        add(
            name("attention, masked", s, causal),
            attention,
            SUMMED,
            () -> with(qkv.get(), condition(s[0], 1, 1, s[4])));
        add(
            name("attention, biased", s, causal),
            attention,
            SUMMED,
            () -> with(qkv.get(), x(4, s[1], s[3], s[4])));
        Op.AttentionGrad grad = new Op.AttentionGrad(causal, attention.scale(), false, false);
        addFixed(
            name("attention grad", s, causal),
            grad,
            2e-5,
            () -> {
              List<Tensor> in = qkv.get();
              List<Tensor> out = Ops.runAll(attention, in);
              return with(in, out.get(0), out.get(1), x(5, s[0], s[1], s[3], s[5]));
            });
        addFixed(
            name("attention grad, biased", s, causal),
            new Op.AttentionGrad(causal, attention.scale(), true, true),
            2e-5,
            () -> {
              List<Tensor> in = with(qkv.get(), x(4, s[1], s[3], s[4]));
              List<Tensor> out = Ops.runAll(attention, in);
              return with(in, out.get(0), out.get(1), x(5, s[0], s[1], s[3], s[5]));
            });
      }
    }
  }

  private static List<Tensor> with(List<Tensor> first, Tensor... more) {
    List<Tensor> all = new ArrayList<>(first);
    all.addAll(List.of(more));
    return all;
  }

  private void pictures() {
    int[][] sizes = {{3, 4, 6, 8}, {5, 7, 8, 3}, {27, 27, 8, 8}, {9, 9, 9, 9}, {4, 5, 1, 1}, {1, 1, 3, 4}};
    for (int[] s : sizes) {
      for (Resampling.Mode mode : Resampling.Mode.values()) {
        for (int variant = 0; variant < 3; variant++) {
          Resampling resampling = new Resampling(mode, variant == 1, variant == 2);
          add(
              name(resampling, s),
              new Op.Interpolate(s[2], s[3], resampling),
              SUMMED,
              () -> List.of(x(1, 2, 3, s[0], s[1])));
          add(
              name("grad", resampling, s),
              new Op.InterpolateGrad(s[0], s[1], resampling),
              SUMMED,
              () -> List.of(x(1, 2, 3, s[2], s[3])));
        }
      }
    }
  }

  private void numbers() {
    for (DType dtype : DType.values()) {
      TensorType type = new TensorType(dtype, Shape.of(3, 67));
      addFixed(name("fill", dtype), new Op.Fill(type, 1), EXACT, List::of);
      addFixed(name("zeros", dtype), new Op.Fill(type, 0), EXACT, List::of);
      if (dtype.isFloat()) {
        for (Op.Random.Distribution distribution : Op.Random.Distribution.values()) {
          addFixed(name(distribution, dtype), new Op.Random(type, distribution, 5, -2), 1e-3, List::of);
        }
      }
    }
    for (Op.Random.Distribution distribution : Op.Random.Distribution.values()) {
      TensorType type = new TensorType(DType.F32, Shape.of(10_001));
      addFixed(name(distribution, type), new Op.Random(type, distribution, 5, 1L << 40), EXACT, List::of);
    }
    addFixed("range", new Op.Range(DType.F32, 33, 2, -0.25), EXACT, List::of);
    addFixed("range of integers", new Op.Range(DType.I64, 33, 2, 3), EXACT, List::of);
  }
}
