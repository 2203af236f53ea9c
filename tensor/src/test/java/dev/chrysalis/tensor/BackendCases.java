package dev.chrysalis.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.chrysalis.tensor.scalar.ScalarBackend;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What every backend is held to: the rows of `OpTable` give what the scalar backend gives.
public abstract class BackendCases {
  /// What `y` may differ from `expected` by: `tolerance·(|expected| + scale)`, `scale` the largest
  /// finite `|expected|`.
  private static final double HALF_TOLERANCE = 1 / 128.0;

  protected static final Backend SCALAR = new ScalarBackend();

  /// The backend that is tested.
  protected abstract Backend backend();

  static Stream<OpTable.Row> rows() {
    return OpTable.rows();
  }

  /// Runs a row's op on a backend.
  protected static List<Tensor> run(Backend backend, Op op, List<Tensor> inputs) {
    return Backends.with(backend, () -> Ops.runAll(op, inputs));
  }

  private static <T> T onScalar(Supplier<T> body) {
    return Backends.with(SCALAR, body);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void agreesWithTheScalarBackend(OpTable.Row row) {
    List<Tensor> inputs = onScalar(row.inputs());
    assertAllClose(
        row.name(),
        run(SCALAR, row.op(), inputs),
        run(backend(), row.op(), inputs),
        row.tolerance());
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F16", "BF16", "F64"})
  void agreesInOtherFloats(DType dtype) {
    OpTable.rows()
        .filter(OpTable.Row::anyFloat)
        .forEach(row -> {
          List<Tensor> inputs =
              onScalar(() ->
                  row.inputs().get().stream()
                      .map(x -> x.dtype() == DType.F32 ? x.to(dtype) : x)
                      .toList());
          String name = row.name() + " " + dtype;
          double tolerance = dtype == DType.F64 ? 1e-9 : HALF_TOLERANCE;
          assertAllClose(
              name, run(SCALAR, row.op(), inputs), run(backend(), row.op(), inputs), tolerance);
        });
  }

  /// Every element by itself, small results too: `|y − expected| ≤ 4e-6·|expected| + 1e-9`.
  @ParameterizedTest
  @EnumSource(UnaryFn.class)
  void functionsAreAccurateEverywhere(UnaryFn fn) {
    float[] special = {
      Float.NaN,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      0,
      -0.0f,
      Float.MIN_VALUE,
      -Float.MIN_VALUE,
      Float.MIN_NORMAL,
      Float.MAX_VALUE,
      -Float.MAX_VALUE,
      0.5f,
      1.5f,
      -2.5f,
      8388609,
      -103.5f,
      88.7f
    };
    float[] values = new float[4001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i < special.length ? special[i] : (i - 2000) * 0.0067f;
    }
    Tensor x = onScalar(() -> Tensor.of(values, values.length));
    double[] expected = run(SCALAR, new Op.Unary(fn), List.of(x)).getFirst().toDoubles();
    double[] found = run(backend(), new Op.Unary(fn), List.of(x)).getFirst().toDoubles();
    for (int i = 0; i < values.length; i++) {
      float value = values[i];
      double margin = 4e-6 * Math.abs(expected[i]) + 1e-9;
      assertClose(() -> fn + "(" + value + ")", expected[i], found[i], margin);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void castsFromEveryDTypeToEveryOther(DType from) {
    double[] values = new double[300];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i - 130) * 0.37 * Math.pow(1.02, i);
    }
    List<Double> special =
        List.of(Double.NaN, 1.0 / 0, -1.0 / 0, -0.0, 1e-6, 65519.9, 65520.0, 3e38, 256.5);
    boolean isFloat = from.isFloat();
    for (int i = 0; isFloat && i < special.size(); i++) {
      values[i * 17] = special.get(i);
    }
    Tensor x = onScalar(() -> Tensor.of(values, values.length).to(from));
    for (DType to : DType.values()) {
      Tensor expected = run(SCALAR, new Op.Cast(to), List.of(x)).getFirst();
      Tensor found = run(backend(), new Op.Cast(to), List.of(x)).getFirst();
      assertAllClose(from + " to " + to, List.of(expected), List.of(found), 0);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void copiesEveryDTypeBetweenStrides(DType dtype) {
    Tensor x =
        onScalar(
            () -> Ops.affine(Ops.range(2 * 37 * 3 * 40), 1, -4000).to(dtype).reshape(2, 37, 3, 40));
    List<Tensor> views =
        onScalar(() ->
            List.of(
                x.permute(3, 2, 1, 0),
                x.permute(0, 2, 1, 3),
                x.swap(2, 3),
                x.swap(0, 3),
                x.slice(3, 5, 22).swap(1, 2),
                x.slice(1, 3, 4).expand(2, 9, 3, 40),
                x.select(0, 1).slice(0, 2, 30)));
    for (Tensor view : views) {
      Tensor expected = run(SCALAR, new Op.Copy(), List.of(view)).getFirst();
      Tensor found = run(backend(), new Op.Copy(), List.of(view)).getFirst();
      assertAllClose("copy " + view.shape(), List.of(expected), List.of(found), 0);
    }
  }

  /// Ops of one or several axes, on axes of different sizes.
  private static List<Op> onAxes(int axis, int other) {
    return List.of(
        new Op.Sum(List.of(axis), false),
        new Op.Sum(List.of(axis, other), true),
        new Op.Max(List.of(other, axis), false),
        new Op.ArgMax(axis, false),
        new Op.LogSumExp(axis, false),
        new Op.Softmax(axis),
        new Op.LogSoftmax(axis),
        new Op.L2Normalize(axis, 0),
        new Op.CumSum(axis, false),
        new Op.Sort(axis, true),
        new Op.TopK(axis, 2),
        new Op.Cat(axis));
  }

  @Test
  void negativeAxesCountFromTheEnd() {
    List<Tensor> x = onScalar(() -> List.of(Ops.normal(DType.F32, 1, 1, 2, 3, 5)));
    for (int axis = 0; axis < 3; axis++) {
      List<Op> positive = onAxes(axis, (axis + 1) % 3);
      List<Op> negative = onAxes(axis - 3, (axis + 1) % 3 - 3);
      for (int i = 0; i < positive.size(); i++) {
        List<Tensor> expected = run(SCALAR, positive.get(i), x);
        String name = negative.get(i).toString();
        assertAllClose(name, expected, run(SCALAR, negative.get(i), x), 0);
        assertAllClose(name, expected, run(backend(), negative.get(i), x), OpTable.SUMMED);
      }
    }
  }

  @Test
  void copiesIntoViews() {
    Tensor target = onScalar(() -> Tensor.zeros(DType.F32, 6, 50, 7));
    Tensor source = onScalar(() -> Ops.normal(DType.F32, 1, 1, 7, 20, 3));
    Tensor view = onScalar(() -> target.permute(2, 1, 0).slice(1, 10, 30).slice(2, 2, 5));
    Backends.with(
        backend(),
        () -> {
          Ops.copyInto(source, view);
          return view;
        });
    double sum = IntStream.range(0, (int) source.count()).mapToDouble(source::getDouble).sum();
    double all = IntStream.range(0, (int) target.count()).mapToDouble(target::getDouble).sum();
    assertEquals(sum, all, 1e-9);
    assertAllClose("copy into", List.of(source), List.of(view), 0);
  }

  /// Every output within its tolerance of the expected one; NaN and infinities at the same places.
  protected static void assertAllClose(
      String name, List<Tensor> expected, List<Tensor> found, double tolerance) {
    assertEquals(expected.size(), found.size(), name);
    for (int k = 0; k < expected.size(); k++) {
      assertEquals(expected.get(k).type(), found.get(k).type(), name);
      double[] e = expected.get(k).toDoubles();
      double[] y = found.get(k).toDoubles();
      double scale = 0;
      for (double value : e) {
        scale = Double.isFinite(value) ? Math.max(scale, Math.abs(value)) : scale;
      }
      double perOutput = expected.get(k).dtype().isFloat() ? tolerance : 0;
      String output = "%s: output %d %s at ".formatted(name, k, found.get(k).shape());
      for (int i = 0; i < e.length; i++) {
        int at = i;
        assertClose(() -> output + at, e[i], y[i], perOutput * (Math.abs(e[i]) + scale));
      }
    }
  }

  private static void assertClose(
      Supplier<String> where, double expected, double found, double margin) {
    boolean same = Double.compare(expected, found) == 0 || expected == found;
    if (!same && !(Math.abs(expected - found) <= margin)) {
      assertEquals(expected, found, margin, where);
    }
  }
}
