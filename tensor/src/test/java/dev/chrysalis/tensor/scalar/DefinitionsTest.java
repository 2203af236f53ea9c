package dev.chrysalis.tensor.scalar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Definitions;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Reduction;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every fused op against the composition that defines it, in f64.
class DefinitionsTest {
  private static final double TOLERANCE = 1e-12;
  private static final ScalarBackend SCALAR = new ScalarBackend();

  /// A fused op and what to run it on.
  record Case(String name, Op op, Supplier<List<Tensor>> inputs) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Tensor x(long stream, int... sizes) {
    return Ops.normal(DType.F64, 7, stream, sizes);
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    elements(cases);
    norms(cases);
    losses(cases);
    attention(cases);
    return cases.stream();
  }

  private static void elements(List<Case> cases) {
    for (UnaryFn fn :
        List.of(
            UnaryFn.NEG,
            UnaryFn.SQUARE,
            UnaryFn.RECIPROCAL,
            UnaryFn.SIGMOID,
            UnaryFn.LOG_SIGMOID,
            UnaryFn.SOFTPLUS,
            UnaryFn.RELU,
            UnaryFn.SILU,
            UnaryFn.GELU,
            UnaryFn.GELU_TANH,
            UnaryFn.QUICK_GELU)) {
      cases.add(new Case(fn.name(), new Op.Unary(fn), () -> List.of(x(1, 3, 17))));
    }
    cases.add(new Case("RSQRT", new Op.Unary(UnaryFn.RSQRT), () -> List.of(x(1, 9).square())));
    cases.add(new Case("affine", new Op.Affine(1.5, -0.2), () -> List.of(x(1, 9))));
    cases.add(new Case("clamp", new Op.Clamp(-0.5, 0.7), () -> List.of(x(1, 19))));
    cases.add(new Case("swiglu", new Op.SwiGlu(), () -> List.of(x(1, 2, 5), x(2, 2, 5))));
    cases.add(new Case("geglu", new Op.GeGlu(), () -> List.of(x(1, 2, 3, 10))));
    cases.add(new Case("tril", new Op.Tril(1), () -> List.of(x(1, 2, 4, 5))));
    cases.add(new Case("tril below", new Op.Tril(-2), () -> List.of(x(1, 5, 4))));
    cases.add(new Case("topk", new Op.TopK(1, 3), () -> List.of(x(1, 2, 7, 3))));
    cases.add(
        new Case("linear", new Op.Linear(), () -> List.of(x(1, 2, 3, 4), x(2, 5, 4), x(3, 5))));
    cases.add(new Case("linear row", new Op.Linear(), () -> List.of(x(1, 4), x(2, 5, 4))));
    cases.add(
        new Case("avg_pool2d", new Op.AvgPool2d(3, 2, 2, 1), () -> List.of(x(1, 2, 3, 8, 5))));
    cases.add(
        new Case(
            "embedding",
            new Op.Embedding(),
            () -> List.of(x(1, 6, 4), Tensor.of(new long[] {5, 0, 5, 2, 1, 3}, 2, 3))));
    cases.add(
        new Case(
            "rope", new Op.Rope(false), () -> List.of(x(1, 2, 3, 5, 8), x(2, 5, 4), x(3, 5, 4))));
    cases.add(
        new Case(
            "rope back", new Op.Rope(true), () -> List.of(x(1, 5, 8), x(2, 5, 4), x(3, 5, 4))));
  }

  private static void norms(List<Case> cases) {
    cases.add(
        new Case(
            "layer_norm", new Op.LayerNorm(1e-5), () -> List.of(x(1, 2, 3, 8), x(2, 8), x(3, 8))));
    cases.add(new Case("rms_norm", new Op.RmsNorm(1e-6), () -> List.of(x(1, 2, 3, 8), x(2, 8))));
    for (boolean silu : new boolean[] {false, true}) {
      cases.add(
          new Case(
              "group_norm silu " + silu,
              new Op.GroupNorm(3, 1e-5, silu),
              () -> List.of(x(1, 2, 6, 4, 5), x(2, 6), x(3, 6))));
    }
    cases.add(new Case("l2 last", new Op.L2Normalize(2, 1e-12), () -> List.of(x(1, 2, 3, 8))));
    cases.add(new Case("l2 below eps", new Op.L2Normalize(1, 9), () -> List.of(x(1, 2, 3, 8))));
  }

  private static void losses(List<Case> cases) {
    for (int axis = 0; axis < 3; axis++) {
      Op[] ops = {
        new Op.Softmax(axis),
        new Op.LogSoftmax(axis),
        new Op.LogSumExp(axis, false),
        new Op.LogSumExp(axis, true)
      };
      for (Op op : ops) {
        cases.add(new Case(op.toString(), op, () -> List.of(x(1, 4, 5, 3).mul(50))));
      }
    }
    cases.add(
        new Case(
            "logsumexp of nothing",
            new Op.LogSumExp(1, false),
            () -> List.of(Tensor.of(new double[] {1, inf(), inf(), inf()}, 2, 2))));
    long[] some = {3, -100, 0, 10, -100};
    long[] none = {-100, -100, -100, -100, -100};
    for (Reduction reduction : Reduction.values()) {
      for (double smoothing : new double[] {0, 0.1}) {
        Op op = new Op.CrossEntropy(-100, reduction, smoothing);
        cases.add(new Case(op.toString(), op, () -> List.of(x(1, 5, 11), Tensor.of(some, 5))));
        cases.add(new Case(op + " ignored", op, () -> List.of(x(1, 5, 11), Tensor.of(none, 5))));
      }
    }
  }

  private static double inf() {
    return Double.NEGATIVE_INFINITY;
  }

  private static void attention(List<Case> cases) {
    Supplier<List<Tensor>> plain =
        () -> List.of(x(1, 2, 4, 3, 6), x(2, 2, 2, 5, 6), x(3, 2, 2, 5, 7));
    cases.add(new Case("attention", new Op.Attention(false, 0.4), plain));
    cases.add(new Case("attention causal", new Op.Attention(true, 0.4), plain));
    cases.add(
        new Case(
            "attention added mask",
            new Op.Attention(false, 0.4),
            () -> with(plain, x(4, 4, 1, 5))));
    cases.add(
        new Case(
            "attention mask, first query sees nothing",
            new Op.Attention(false, 0.4),
            () ->
                with(
                    plain,
                    Tensor.of(
                        DType.U8,
                        new byte[] {0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1},
                        3,
                        5))));
    cases.add(
        new Case(
            "attention causal, more queries than keys",
            new Op.Attention(true, 1),
            () -> List.of(x(1, 1, 1, 4, 2), x(2, 1, 1, 2, 2), x(3, 1, 1, 2, 2))));
  }

  private static List<Tensor> with(Supplier<List<Tensor>> inputs, Tensor mask) {
    List<Tensor> all = new ArrayList<>(inputs.get());
    all.add(mask);
    return all;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void kernelComputesWhatTheDefinitionSays(Case c) {
    Backends.with(
        SCALAR,
        () -> {
          List<Tensor> inputs = c.inputs().get();
          List<Tensor> kernel = Ops.runAll(c.op(), inputs);
          List<Tensor> definition = Definitions.of(c.op(), inputs).orElseThrow();
          assertEquals(kernel.size(), definition.size());
          for (int i = 0; i < kernel.size(); i++) {
            assertClose(definition.get(i), kernel.get(i));
          }
          return kernel;
        });
  }

  private static void assertClose(Tensor expected, Tensor found) {
    assertEquals(expected.type(), found.type());
    double[] e = expected.toDoubles();
    double[] y = found.toDoubles();
    for (int i = 0; i < e.length; i++) {
      assertTrue(
          e[i] == y[i] || Math.abs(e[i] - y[i]) <= TOLERANCE * Math.max(1, Math.abs(e[i])),
          "element %d: definition %s, kernel %s".formatted(i, e[i], y[i]));
    }
  }

  @Test
  void primitiveOpsHaveNoDefinition() {
    Backends.with(
        SCALAR,
        () -> {
          Tensor x = x(1, 3, 3);
          assertTrue(Definitions.of(new Op.Copy(), List.of(x)).isEmpty());
          assertTrue(Definitions.of(new Op.Unary(UnaryFn.EXP), List.of(x)).isEmpty());
          assertTrue(Definitions.of(new Op.SoftmaxGrad(0), List.of(x, x)).isEmpty());
          return x;
        });
  }
}
