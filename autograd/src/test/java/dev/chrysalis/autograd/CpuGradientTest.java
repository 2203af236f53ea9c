package dev.chrysalis.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The gradient of every op in f32 on the CPU backend against f64 on the scalar one.
class CpuGradientTest {
  private static final double TOLERANCE = 1e-4;

  static List<OpCase> cases() {
    return OpCases.all();
  }

  private static List<Optional<double[]>> gradients(String name, DType floats, OpCase c) {
    Backend backend = Backends.named(name);
    return Backends.with(
        backend,
        () ->
            Scope.compute(
                () -> {
                  Op op = c.op() instanceof Op.Cast ? new Op.Cast(floats) : c.op();
                  List<Tensor> inputs = c.inputs(floats);
                  List<Tensor> parameters =
                      inputs.stream().filter(x -> x.dtype().isFloat()).toList();
                  int[] shape = Ops.runAll(op, inputs).getFirst().shape().toArray();
                  Tensor dy = Arg.floats(shape).make(floats, 99);
                  return Autograd.vjp(
                          parameters, _ -> List.of(Ops.runAll(op, inputs).getFirst()), List.of(dy))
                      .gradients()
                      .stream()
                      .map(gradient -> gradient.map(Tensor::toDoubles))
                      .toList();
                },
                _ -> List.of()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void floatsOnTheCpuMatchDoublesOnTheScalarBackend(OpCase c) {
    List<Optional<double[]>> expected = gradients("scalar", DType.F64, c);
    List<Optional<double[]>> found = gradients("cpu", DType.F32, c);
    assertEquals(expected.size(), found.size());
    double largest =
        expected.stream()
            .flatMap(Optional::stream)
            .mapToDouble(CpuGradientTest::norm)
            .max()
            .orElse(0);
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).isPresent(), found.get(i).isPresent(), "input " + i);
      if (expected.get(i).isPresent()) {
        double[] e = expected.get(i).get();
        double[] f = found.get(i).get();
        double[] difference = new double[e.length];
        for (int j = 0; j < e.length; j++) {
          difference[j] = f[j] - e[j];
        }
        double error = norm(difference);
        // a gradient that is zero in theory is a difference of terms as large as the other
        // gradients
        assertTrue(
            error <= TOLERANCE * norm(e) + 1e-6 * (1 + largest),
            "input %d: error %.3g of norm %.3g".formatted(i, error, norm(e)));
      }
    }
  }

  private static double norm(double[] values) {
    double norm = 0;
    for (double value : values) {
      norm = Math.hypot(norm, value);
    }
    return norm;
  }
}
