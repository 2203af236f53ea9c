package dev.chrysalis.tensor.cases;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import dev.chrysalis.tensor.scalar.ScalarBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What every backend is held to: that it computes what the scalar backend computes.
public final class BackendCases {
  /// What `y` may differ from `expected` by: `tolerance·(|expected| + scale)`, `scale` the largest
  /// finite `|expected|`.
  private static final double HALF_TOLERANCE = 1 / 128.0;

  private static final double WIDE_TOLERANCE = 1e-9;

  /// Of a backend that rounds operands to 16 bits: of two operands, and of what lies between them.
  private static final double ROUNDED_TOLERANCE = 1 / 64.0;

  private static final Backend SCALAR = new ScalarBackend();

  private BackendCases() {}

  /// One thing that a backend is held to.
  ///
  /// @param check runs it on a backend and says what is wrong, if anything
  public record Case(String name, Function<Backend, Optional<String>> check) {
    @Override
    public String toString() {
      return name;
    }
  }

  /// What this backend is held to: everything, or, if it rounds operands, the table of ops in F32
  /// with what rounding may change.
  public static Stream<Case> of(Backend backend) {
    return backend.roundsOperands() ? rounded() : all();
  }

  private static Stream<Case> rounded() {
    return OpTable.rows()
        .map(row ->
            new Case(
                row.name(),
                b -> agrees(row, DType.F32, Math.max(row.tolerance(), ROUNDED_TOLERANCE), b)));
  }

  /// Everything.
  public static Stream<Case> all() {
    List<Case> cases = new ArrayList<>();
    OpTable.rows().forEach(row -> cases.add(new Case(row.name(), b -> agrees(row, DType.F32, b))));
    for (DType dtype : List.of(DType.F16, DType.BF16, DType.F64)) {
      OpTable.rows()
          .filter(OpTable.Row::anyFloat)
          .forEach(
              row -> cases.add(new Case(row.name() + " " + dtype, b -> agrees(row, dtype, b))));
    }
    for (UnaryFn fn : UnaryFn.values()) {
      cases.add(new Case(fn + " everywhere", b -> accurate(fn, b)));
    }
    for (DType dtype : DType.values()) {
      cases.add(new Case("casts from " + dtype, b -> casts(dtype, b)));
      cases.add(new Case("copies of " + dtype, b -> copies(dtype, b)));
    }
    for (int axis = 0; axis < 3; axis++) {
      int counted = axis;
      cases.add(
          new Case("axis %d from the end".formatted(3 - axis), b -> negativeAxis(counted, b)));
    }
    cases.add(new Case("copy into a view", BackendCases::copiesIntoViews));
    return cases.stream();
  }

  private static List<Tensor> run(Backend backend, Op op, List<Tensor> inputs) {
    return Backends.with(backend, () -> Ops.runAll(op, inputs));
  }

  private static <T> T onScalar(Supplier<T> body) {
    return Backends.with(SCALAR, body);
  }

  /// The first problem of several.
  private static Optional<String> first(Stream<Optional<String>> found) {
    return found.flatMap(Optional::stream).findFirst();
  }

  /// @param dtype what the F32 inputs of the row become
  private static Optional<String> agrees(OpTable.Row row, DType dtype, Backend backend) {
    double tolerance =
        switch (dtype) {
          case F64 -> WIDE_TOLERANCE;
          case F16, BF16 -> HALF_TOLERANCE;
          default -> row.tolerance();
        };
    return agrees(row, dtype, tolerance, backend);
  }

  private static Optional<String> agrees(
      OpTable.Row row, DType dtype, double tolerance, Backend backend) {
    List<Tensor> inputs =
        onScalar(() ->
            row.inputs().get().stream()
                .map(x -> x.dtype() == DType.F32 ? x.to(dtype) : x)
                .toList());
    return difference(run(SCALAR, row.op(), inputs), run(backend, row.op(), inputs), tolerance);
  }

  /// Every element by itself, small results too: `|y − expected| ≤ 4e-6·|expected| + 1e-9`.
  private static Optional<String> accurate(UnaryFn fn, Backend backend) {
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
    double[] found = run(backend, new Op.Unary(fn), List.of(x)).getFirst().toDoubles();
    return first(
        IntStream.range(0, values.length)
            .mapToObj(i ->
                difference(expected[i], found[i], 4e-6 * Math.abs(expected[i]) + 1e-9)
                    .map(problem -> "%s(%s): %s".formatted(fn, values[i], problem))));
  }

  private static Optional<String> casts(DType from, Backend backend) {
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
    return first(
        Stream.of(DType.values())
            .map(to ->
                difference(
                        run(SCALAR, new Op.Cast(to), List.of(x)),
                        run(backend, new Op.Cast(to), List.of(x)),
                        0)
                    .map(problem -> "to %s: %s".formatted(to, problem))));
  }

  private static Optional<String> copies(DType dtype, Backend backend) {
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
    return first(
        views.stream()
            .map(view ->
                difference(
                    run(SCALAR, new Op.Copy(), List.of(view)),
                    run(backend, new Op.Copy(), List.of(view)),
                    0)));
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

  private static Optional<String> negativeAxis(int axis, Backend backend) {
    List<Tensor> x = onScalar(() -> List.of(Ops.normal(DType.F32, 1, 1, 2, 3, 5)));
    List<Op> positive = onAxes(axis, (axis + 1) % 3);
    List<Op> negative = onAxes(axis - 3, (axis + 1) % 3 - 3);
    return first(
        IntStream.range(0, positive.size())
            .mapToObj(i -> {
              List<Tensor> expected = run(SCALAR, positive.get(i), x);
              Op op = negative.get(i);
              return difference(expected, run(SCALAR, op, x), 0)
                  .or(() -> difference(expected, run(backend, op, x), OpTable.SUMMED))
                  .map(problem -> op + ": " + problem);
            }));
  }

  private static Optional<String> copiesIntoViews(Backend backend) {
    Tensor target = onScalar(() -> Tensor.zeros(DType.F32, 6, 50, 7));
    Tensor source = onScalar(() -> Ops.normal(DType.F32, 1, 1, 7, 20, 3));
    Tensor view = onScalar(() -> target.permute(2, 1, 0).slice(1, 10, 30).slice(2, 2, 5));
    Backends.with(
        backend,
        () -> {
          Ops.copyInto(source, view);
          return view;
        });
    double sum = IntStream.range(0, (int) source.count()).mapToDouble(source::getDouble).sum();
    double all = IntStream.range(0, (int) target.count()).mapToDouble(target::getDouble).sum();
    return difference(List.of(source), List.of(view), 0)
        .or(() -> difference(sum, all, 1e-9).map(problem -> "beside the view: " + problem));
  }

  /// What is wrong with results: every output within its tolerance of the expected one; NaN and
  /// infinities at the same places.
  static Optional<String> difference(List<Tensor> expected, List<Tensor> found, double tolerance) {
    if (expected.size() != found.size()) {
      return Optional.of("%d outputs, need %d".formatted(found.size(), expected.size()));
    }
    for (int k = 0; k < expected.size(); k++) {
      if (!expected.get(k).type().equals(found.get(k).type())) {
        return Optional.of(
            "output %d: got %s, need %s".formatted(k, found.get(k).type(), expected.get(k).type()));
      }
      double[] e = expected.get(k).toDoubles();
      double[] y = found.get(k).toDoubles();
      double scale = 0;
      for (double value : e) {
        scale = Double.isFinite(value) ? Math.max(scale, Math.abs(value)) : scale;
      }
      double perOutput = expected.get(k).dtype().isFloat() ? tolerance : 0;
      for (int i = 0; i < e.length; i++) {
        Optional<String> problem = difference(e[i], y[i], perOutput * (Math.abs(e[i]) + scale));
        if (problem.isPresent()) {
          return Optional.of(
              "output %d %s at %d: %s".formatted(k, found.get(k).shape(), i, problem.get()));
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> difference(double expected, double found, double margin) {
    boolean same = Double.compare(expected, found) == 0 || expected == found;
    return same || Math.abs(expected - found) <= margin
        ? Optional.empty()
        : Optional.of("got %s, need %s within %s".formatted(found, expected, margin));
  }
}
