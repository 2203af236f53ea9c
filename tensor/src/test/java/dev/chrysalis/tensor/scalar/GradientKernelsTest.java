package dev.chrysalis.tensor.scalar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Reduction;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every `…Grad` kernel against central differences of its forward kernel, in f64.
class GradientKernelsTest {
  private static final double STEP = 1e-5;
  private static final double TOLERANCE = 1e-7;
  private static final ScalarBackend SCALAR = new ScalarBackend();

  /// Gradients of the first inputs, from all inputs, all outputs and `dy`.
  @FunctionalInterface
  private interface Backward {
    List<Tensor> apply(List<Tensor> in, List<Tensor> out, Tensor dy);
  }

  /// @param gradients which inputs the gradients belong to
  record Case(
      String name,
      Op op,
      Supplier<List<Tensor>> inputs,
      List<Integer> gradients,
      Backward backward) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Tensor x(long stream, int... sizes) {
    return Ops.normal(DType.F64, 11, stream, sizes);
  }

  private static Backward run(Op op, String order) {
    return (in, out, dy) -> Ops.runAll(op, ordered(order, in, out, dy));
  }

  /// Tensors by letters: digits name inputs, `a`, `b`, `c` outputs, `d` is `dy`.
  private static List<Tensor> ordered(String order, List<Tensor> in, List<Tensor> out, Tensor dy) {
    return order
        .chars()
        .mapToObj(c -> c == 'd' ? dy : c >= 'a' ? out.get(c - 'a') : in.get(c - '0'))
        .toList();
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    elements(cases);
    pictures(cases);
    norms(cases);
    losses(cases);
    attention(cases);
    return cases.stream();
  }

  private static void elements(List<Case> cases) {
    for (UnaryFn fn : UnaryFn.values()) {
      Backward backward = run(new Op.UnaryGrad(fn), "0ad");
      cases.add(
          new Case(
              fn.name(),
              new Op.Unary(fn),
              () -> List.of(awayFromCorners(fn)),
              List.of(0),
              backward));
    }
    cases.add(
        new Case(
            "swiglu",
            new Op.SwiGlu(),
            () -> List.of(x(1, 2, 3), x(2, 2, 3)),
            List.of(0, 1),
            run(new Op.SwiGluGrad(), "01d")));
    cases.add(
        new Case(
            "geglu",
            new Op.GeGlu(),
            () -> List.of(x(1, 2, 6)),
            List.of(0),
            run(new Op.GeGluGrad(), "0d")));
    Op.Slice slice = new Op.Slice(List.of(1, 0), List.of(4, 5), List.of(2, 1));
    cases.add(
        new Case(
            "slice",
            slice,
            () -> List.of(x(1, 4, 6)),
            List.of(0),
            run(new Op.SliceGrad(Shape.of(4, 6), slice.starts(), slice.steps()), "d")));
    cases.add(
        new Case(
            "embedding",
            new Op.Embedding(),
            () -> List.of(x(1, 5, 3), Tensor.of(new long[] {4, 1, 4, 4}, 2, 2)),
            List.of(0),
            run(new Op.EmbeddingGrad(5), "1d")));
  }

  /// Positive numbers where the function needs them, and none near a whole or half number.
  private static Tensor awayFromCorners(UnaryFn fn) {
    double sign = fn == UnaryFn.LOG || fn == UnaryFn.SQRT || fn == UnaryFn.RSQRT ? 1 : -1;
    return Tensor.of(new double[] {0.3, 1.7 * sign, 0.8, 2.2, 0.15 * sign, 3.3 * sign}, 2, 3);
  }

  private static void pictures(List<Case> cases) {
    Conv2dSpec[] specs = {
      Conv2dSpec.of(1, 1), new Conv2dSpec(2, 1, 0, 2, 1, 0, 1, 2, 2), Conv2dSpec.of(3, 0)
    };
    for (Conv2dSpec spec : specs) {
      Supplier<List<Tensor>> in =
          () -> List.of(x(1, 2, 4, 7, 6), x(2, 6, 4 / spec.groups(), 3, 2), x(3, 6));
      cases.add(
          new Case(
              "conv2d " + spec,
              new Op.Conv2d(spec),
              in,
              List.of(0, 1),
              (all, out, dy) ->
                  List.of(
                      Ops.run(new Op.Conv2dInputGrad(spec, 7, 6), dy, all.get(1)),
                      Ops.run(new Op.Conv2dWeightGrad(spec, 3, 2), all.get(0), dy))));
    }
    Conv2dSpec spec = new Conv2dSpec(2, 2, 1, 0, 0, 1, 1, 2, 2);
    cases.add(
        new Case(
            "conv_transpose2d",
            new Op.ConvTranspose2d(spec, 1, 0),
            () -> List.of(x(1, 2, 4, 3, 4), x(2, 4, 3, 3, 2)),
            List.of(0, 1),
            (in, out, dy) ->
                List.of(
                    Ops.run(new Op.Conv2d(spec), dy, in.get(1)),
                    Ops.run(new Op.Conv2dWeightGrad(spec, 3, 2), dy, in.get(0)))));
    Op.AvgPool2d pool = new Op.AvgPool2d(3, 2, 2, 1);
    cases.add(
        new Case(
            "avg_pool2d",
            pool,
            () -> List.of(x(1, 1, 2, 6, 5)),
            List.of(0),
            run(new Op.AvgPool2dGrad(pool, 6, 5), "d")));
    cases.add(
        new Case(
            "max_pool2d",
            new Op.MaxPool2d(3, 2, 2, 1, 1, 0),
            () -> List.of(x(1, 2, 2, 6, 5)),
            List.of(0),
            run(new Op.MaxPool2dGrad(6, 5), "db")));
    for (Resampling.Mode mode : Resampling.Mode.values()) {
      resampling(cases, new Resampling(mode, false, false));
      resampling(cases, new Resampling(mode, true, false));
      resampling(cases, new Resampling(mode, false, true));
    }
  }

  private static void resampling(List<Case> cases, Resampling resampling) {
    for (int size : new int[] {1, 3, 9}) {
      cases.add(
          new Case(
              "interpolate to %d, %s".formatted(size, resampling),
              new Op.Interpolate(size, 10 - size, resampling),
              () -> List.of(x(1, 1, 2, 5, 4)),
              List.of(0),
              run(new Op.InterpolateGrad(5, 4, resampling), "d")));
    }
  }

  private static void norms(List<Case> cases) {
    cases.add(
        new Case(
            "layer_norm",
            new Op.LayerNorm(1e-3),
            () -> List.of(x(1, 2, 3, 5), x(2, 5), x(3, 5)),
            List.of(0, 1, 2),
            run(new Op.LayerNormGrad(), "01bcd")));
    cases.add(
        new Case(
            "rms_norm",
            new Op.RmsNorm(1e-3),
            () -> List.of(x(1, 2, 3, 5), x(2, 5)),
            List.of(0, 1),
            run(new Op.RmsNormGrad(), "01bd")));
    for (boolean silu : new boolean[] {false, true}) {
      cases.add(
          new Case(
              "group_norm silu " + silu,
              new Op.GroupNorm(2, 1e-3, silu),
              () -> List.of(x(1, 2, 4, 3), x(2, 4), x(3, 4)),
              List.of(0, 1, 2),
              run(new Op.GroupNormGrad(2, silu), "012bcd")));
    }
    for (double eps : new double[] {1e-12, 100}) {
      cases.add(
          new Case(
              "l2_normalize eps " + eps,
              new Op.L2Normalize(1, eps),
              () -> List.of(x(1, 2, 4, 3)),
              List.of(0),
              run(new Op.L2NormalizeGrad(1, eps), "0d")));
    }
  }

  private static void losses(List<Case> cases) {
    cases.add(
        new Case(
            "softmax",
            new Op.Softmax(1),
            () -> List.of(x(1, 2, 4, 3)),
            List.of(0),
            run(new Op.SoftmaxGrad(1), "ad")));
    cases.add(
        new Case(
            "log_softmax",
            new Op.LogSoftmax(0),
            () -> List.of(x(1, 4, 3)),
            List.of(0),
            run(new Op.LogSoftmaxGrad(0), "ad")));
    for (Reduction reduction : Reduction.values()) {
      for (double smoothing : new double[] {0, 0.2}) {
        Op.CrossEntropy loss = new Op.CrossEntropy(1, reduction, smoothing);
        cases.add(
            new Case(
                loss.toString(),
                loss,
                () -> List.of(x(1, 4, 5), Tensor.of(new int[] {3, 1, 0, 4}, 4)),
                List.of(0),
                run(new Op.CrossEntropyGrad(loss), "01bd")));
      }
    }
  }

  private static void attention(List<Case> cases) {
    Supplier<List<Tensor>> qkv =
        () -> List.of(x(1, 2, 4, 3, 2), x(2, 2, 2, 5, 2), x(3, 2, 2, 5, 3));
    for (boolean causal : new boolean[] {false, true}) {
      cases.add(
          new Case(
              "attention causal " + causal,
              new Op.Attention(causal, 0.6),
              qkv,
              List.of(0, 1, 2),
              run(new Op.AttentionGrad(causal, 0.6, false, false), "012abd")));
      int[][] shapes = {{2, 4, 3, 5}, {4, 1, 5}, {3, 1}, {1, 1, 1, 1}};
      for (int[] shape : shapes) {
        cases.add(
            new Case(
                "attention causal %s, mask %s".formatted(causal, Shape.of(shape)),
                new Op.Attention(causal, 0.6),
                () -> Stream.concat(qkv.get().stream(), Stream.of(x(4, shape))).toList(),
                List.of(0, 1, 2, 3),
                run(new Op.AttentionGrad(causal, 0.6, true, true), "0123abd")));
      }
    }
    byte[] mask = {0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1};
    cases.add(
        new Case(
            "attention, first query sees nothing",
            new Op.Attention(false, 0.6),
            () ->
                Stream.concat(qkv.get().stream(), Stream.of(Tensor.of(DType.BOOL, mask, 3, 5)))
                    .toList(),
            List.of(0, 1, 2),
            run(new Op.AttentionGrad(false, 0.6, true, false), "0123abd")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void gradientMatchesCentralDifferences(Case c) {
    Backends.with(
        SCALAR,
        () -> {
          List<Tensor> in = c.inputs().get();
          List<Tensor> out = Ops.runAll(c.op(), in);
          Tensor dy = x(99, out.getFirst().shape().toArray());
          List<Tensor> gradients = c.backward().apply(in, out, dy);
          assertEquals(c.gradients().size(), gradients.size());
          for (int i = 0; i < gradients.size(); i++) {
            check(c, in, c.gradients().get(i), dy, gradients.get(i));
          }
          return gradients;
        });
  }

  private static void check(Case c, List<Tensor> in, int which, Tensor dy, Tensor gradient) {
    Tensor x = in.get(which);
    assertEquals(x.type(), gradient.type());
    for (int i = 0; i < x.count(); i++) {
      double difference =
          loss(c.op(), in, which, i, STEP, dy) - loss(c.op(), in, which, i, -STEP, dy);
      double found = gradient.getDouble(i);
      assertEquals(
          difference / (2 * STEP),
          found,
          TOLERANCE * Math.max(1, Math.abs(found)),
          "input %d, element %d".formatted(which, i));
    }
  }

  /// `Σ y ⊙ dy` with one element of one input moved.
  private static double loss(
      Op op, List<Tensor> in, int which, int element, double step, Tensor dy) {
    double[] values = in.get(which).toDoubles();
    values[element] += step;
    List<Tensor> moved = new ArrayList<>(in);
    moved.set(which, Tensor.of(values, in.get(which).shape().toArray()));
    double[] y = Ops.run(op, moved.toArray(Tensor[]::new)).toDoubles();
    double sum = 0;
    for (int i = 0; i < y.length; i++) {
      sum += y[i] * dy.getDouble(i);
    }
    return sum;
  }
}
