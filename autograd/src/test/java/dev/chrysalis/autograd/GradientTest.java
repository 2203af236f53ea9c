package dev.chrysalis.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Definitions;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Reduction;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The gradient of every op, in f64 on the scalar backend.
class GradientTest {
  static List<OpCase> cases() {
    return OpCases.all();
  }

  private static void onScalar(Runnable body) {
    Backends.with(
        Backends.named("scalar"),
        () -> {
          Scope.run(body);
          return true;
        });
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientMatchesCentralDifferences(OpCase c) {
    onScalar(() -> GradCheck.f64().step(1e-5).tolerance(1e-7).check(c::apply, c.inputs(DType.F64)));
  }

  /// An input whose neighbours need no gradient gets the same one: what is saved suffices for each
  /// alone.
  @ParameterizedTest
  @MethodSource("cases")
  void eachInputAlone(OpCase c) {
    onScalar(() -> {
      List<Tensor> inputs = c.inputs(DType.F64);
      List<Tensor> parameters = inputs.stream().filter(x -> x.dtype().isFloat()).toList();
      Tensor dy = Ops.normal(DType.F64, 3, 0, c.apply(inputs).shape().toArray());
      Differentiated together =
          Autograd.vjp(parameters, _ -> List.of(c.apply(inputs)), List.of(dy));
      for (int i = 0; i < parameters.size(); i++) {
        Differentiated alone =
            Autograd.vjp(List.of(parameters.get(i)), _ -> List.of(c.apply(inputs)), List.of(dy));
        assertArrayEquals(
            together.gradient(i).toDoubles(), alone.gradient(0).toDoubles(), "input " + i);
      }
    });
  }

  /// The fused ops; their definitions are not made for empty tensors.
  static List<OpCase> fused() {
    return Backends.with(
        Backends.named("scalar"),
        () ->
            OpCases.all().stream()
                .filter(c -> c.inputs(DType.F64).stream().allMatch(x -> x.count() > 0))
                .filter(c -> Definitions.of(c.op(), c.inputs(DType.F64)).isPresent())
                .toList());
  }

  /// A fused gradient is that of the ops which define the op.
  @ParameterizedTest
  @MethodSource("fused")
  void gradientMatchesThatOfTheDefinition(OpCase c) {
    onScalar(() -> {
      List<Tensor> inputs = c.inputs(DType.F64);
      List<Tensor> parameters = inputs.stream().filter(x -> x.dtype().isFloat()).toList();
      List<Tensor> dy = List.of(Ops.normal(DType.F64, 3, 0, c.apply(inputs).shape().toArray()));
      Differentiated fused = Autograd.vjp(parameters, _ -> List.of(c.apply(inputs)), dy);
      Differentiated defined =
          Autograd.vjp(
              parameters,
              _ -> List.of(Definitions.of(c.op(), inputs).orElseThrow().getFirst()),
              dy);
      for (int i = 0; i < parameters.size(); i++) {
        double[] expected =
            defined
                .gradients()
                .get(i)
                .map(Tensor::toDoubles)
                .orElse(new double[Math.toIntExact(parameters.get(i).count())]);
        assertArrayEquals(expected, fused.gradient(i).toDoubles(), 1e-9, "input " + i);
      }
    });
  }

  @Test
  void everyOpHasACaseOrIsListed() {
    Set<Class<?>> answered =
        OpCases.all().stream().map(c -> c.op().getClass()).collect(Collectors.toSet());
    Set<Class<?>> both = new HashSet<>(answered);
    both.retainAll(OpCases.NOT_DIFFERENTIABLE);
    assertEquals(Set.of(), both);
    answered.addAll(OpCases.NOT_DIFFERENTIABLE);
    assertEquals(new HashSet<>(Arrays.asList(Op.class.getPermittedSubclasses())), answered);
  }

  private static double[] gradient(Tensor x, Supplier<Tensor> y) {
    return Autograd.valueAndGradients(List.of(x), () -> y.get().sum()).gradient(0).toDoubles();
  }

  @Test
  void equalOperandsShareTheGradient() {
    onScalar(() -> {
      Tensor a = Tensor.of(new double[] {1, 2, 3}, 3);
      Tensor b = Tensor.of(new double[] {1, 5, 0}, 3);
      Supplier<Tensor> max = () -> Ops.binary(BinaryFn.MAX, a, b);
      Supplier<Tensor> min = () -> Ops.binary(BinaryFn.MIN, a, b);
      assertArrayEquals(new double[] {0.5, 0, 1}, gradient(a, max));
      assertArrayEquals(new double[] {0.5, 1, 0}, gradient(b, max));
      assertArrayEquals(new double[] {0.5, 1, 0}, gradient(a, min));
      assertArrayEquals(new double[] {0.5, 0, 1}, gradient(b, min));
    });
  }

  @Test
  void equalMaximaShareTheGradient() {
    onScalar(() -> {
      Tensor x = Tensor.of(new double[] {4, 4, 1, 4, 0, 2, 1, 2}, 2, 4);
      assertArrayEquals(
          new double[] {1 / 3.0, 1 / 3.0, 0, 1 / 3.0, 0, 0.5, 0, 0.5},
          gradient(x, () -> Ops.max(x, false, 1)),
          1e-15);
    });
  }

  @Test
  void clampPassesTheGradientAtItsBorders() {
    onScalar(() -> {
      Tensor x = Tensor.of(new double[] {-2, -1, 0, 1, 2, Double.NaN}, 6);
      assertArrayEquals(new double[] {0, 1, 1, 1, 0, 0}, gradient(x, () -> x.clamp(-1, 1)));
    });
  }

  @Test
  void cornersOfReluAndAbsGiveZero() {
    onScalar(() -> {
      Tensor x = Tensor.of(new double[] {-1, 0, 1}, 3);
      assertArrayEquals(new double[] {0, 0, 1}, gradient(x, () -> x.unary(UnaryFn.RELU)));
      assertArrayEquals(new double[] {-1, 0, 1}, gradient(x, () -> x.unary(UnaryFn.ABS)));
      assertArrayEquals(new double[] {0, 0, 0}, gradient(x, () -> x.pow(0)));
    });
  }

  @Test
  void castsGiveTheGradientInTheDtypeOfTheirInput() {
    onScalar(() -> {
      Tensor x = Tensor.of(new float[] {1, 2, 3}, 3);
      Tensor w = Tensor.of(new double[] {0.5, 1.5, 2.5}, 3);
      Differentiated result =
          Autograd.valueAndGradients(List.of(x), () -> x.to(DType.F64).mul(w).sum());
      assertEquals(DType.F32, result.gradient(0).dtype());
      assertArrayEquals(new double[] {0.5, 1.5, 2.5}, result.gradient(0).toDoubles());
    });
  }

  /// Weights that are stored in 16 bits or in blocks pass on the gradient that they would pass on
  /// in F32.
  @Test
  void smallWeightsPassTheGradientOn() {
    onScalar(() -> {
      Tensor x = Ops.normal(DType.F32, 1, 0, 3, 32);
      Tensor bias = Ops.normal(DType.F32, 1, 1, 5);
      Tensor dy = Ops.normal(DType.F32, 1, 2, 3, 5);
      Tensor half = Ops.normal(DType.F32, 1, 3, 5, 32).to(DType.BF16);
      byte[] bytes = new byte[5 * 34];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (i % 34 < 2 ? 0x2c : 5 * i);
      }
      Tensor blocks = Tensor.of(DType.U8, bytes, 5, 34);
      Tensor wide = half.to(DType.F32);
      assertSameGradients(
          List.of(x, half, bias),
          () -> Ops.linear(x, half, bias).mul(dy).sum(),
          List.of(x, wide, bias),
          () -> Ops.linear(x, wide, bias).mul(dy).sum());
      Tensor spelledOut = Ops.dequantize(blocks, BlockFormat.Q8_0);
      assertSameGradients(
          List.of(x, bias),
          () -> Ops.linear(x, blocks, BlockFormat.Q8_0, bias).mul(dy).sum(),
          List.of(x, bias),
          () -> Ops.linear(x, spelledOut, bias).mul(dy).sum());
    });
  }

  private static void assertSameGradients(
      List<Tensor> parameters,
      Supplier<Tensor> loss,
      List<Tensor> wideParameters,
      Supplier<Tensor> wideLoss) {
    Differentiated found = Autograd.valueAndGradients(parameters, loss);
    Differentiated expected = Autograd.valueAndGradients(wideParameters, wideLoss);
    assertEquals(expected.value().item(), found.value().item(), 1e-4);
    for (int i = 0; i < parameters.size(); i++) {
      DType dtype = parameters.get(i).dtype();
      assertEquals(parameters.get(i).type(), found.gradient(i).type());
      assertArrayEquals(
          expected.gradient(i).to(dtype).toDoubles(), found.gradient(i).toDoubles(), 1e-4);
    }
  }

  @Test
  void integersCarryNoGradient() {
    onScalar(() -> {
      Tensor x = Tensor.of(new double[] {1, 5, 3}, 1, 3);
      Tensor w = Tensor.of(new double[] {2, 3, 4}, 3, 1);
      Differentiated result =
          Autograd.valueAndGradients(List.of(x, w), () -> Ops.embedding(w, Ops.argMax(x, 1)).sum());
      assertTrue(result.gradients().get(0).isEmpty());
      assertArrayEquals(new double[] {0, 1, 0}, result.gradient(1).toDoubles());
    });
  }

  @Test
  void statisticsRefuseAGradient() {
    onScalar(() -> {
      Tensor x = Ops.normal(DType.F64, 1, 0, 3, 4);
      Tensor w = Ops.fill(DType.F64, 1, 4);
      GradientException norm =
          assertThrows(
              GradientException.class,
              () -> gradient(x, () -> Ops.runAll(new Op.RmsNorm(1e-5), List.of(x, w)).get(1)));
      assertTrue(norm.getMessage().contains("RmsNorm"), norm.getMessage());
      Op loss = new Op.CrossEntropy(-1, Reduction.MEAN, 0);
      Tensor target = Tensor.of(new long[] {0, 1, 2}, 3);
      assertThrows(
          GradientException.class,
          () -> gradient(x, () -> Ops.runAll(loss, List.of(x, target)).get(1)));
    });
  }

  @Test
  void gradientsOfGradientsNameTheOp() {
    onScalar(() -> {
      Tensor y = Ops.normal(DType.F64, 1, 0, 3, 4);
      Op op = new Op.SoftmaxGrad(1);
      GradientException e =
          assertThrows(GradientException.class, () -> gradient(y, () -> Ops.run(op, y, y)));
      assertTrue(e.getMessage().contains("SoftmaxGrad"), e.getMessage());
      double[] ones = new double[12];
      Arrays.fill(ones, 1);
      assertArrayEquals(ones, gradient(y, () -> unused(op, y)));
    });
  }

  /// An op without a gradient does no harm off the way to the loss.
  private static Tensor unused(Op op, Tensor y) {
    Ops.run(op, y, y);
    return y.sum();
  }
}
