package dev.chrysalis.autograd;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.DTypeException;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Holds gradients against central differences of values, in f64.
///
/// ```java
/// GradCheck.f64().step(1e-5).tolerance(1e-7).check(in -> in.get(0).matmul(in.get(1)), inputs);
/// ```
///
/// The output `y` becomes a number `f = Σ y ⊙ c` with fixed random `c`; each element of each input
/// of floats is moved by `±step`, and `(f(x + step) − f(x − step)) / (2·step)` compared with its
/// gradient. The function has to be smooth within a step of the inputs.
///
/// @param step how far an element is moved
/// @param tolerance of `max|gradient − difference|` over an input, relative to `max(1,
///   max|difference|)`
public record GradCheck(double step, double tolerance) {
  private static final long SEED = 20_240_601;

  /// Step 1e-5, tolerance 1e-7.
  public static GradCheck f64() {
    return new GradCheck(1e-5, 1e-7);
  }

  /// This check with another step.
  public GradCheck step(double other) {
    return new GradCheck(other, tolerance);
  }

  /// This check with another tolerance.
  public GradCheck tolerance(double other) {
    return new GradCheck(step, other);
  }

  /// Checks the gradients of `function` at `inputs` with respect to those of them that are F64.
  ///
  /// @throws AssertionError if a gradient is off, naming the input, the worst element, both numbers
  /// @throws DTypeException if an input or the output is of floats other than F64
  public void check(Function<List<Tensor>, Tensor> function, List<Tensor> inputs) {
    List<Integer> moved = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      if (inputs.get(i).dtype().isFloat()) {
        f64("input " + i, inputs.get(i));
        moved.add(i);
      }
    }
    Scope.run(() -> {
      Tensor y = f64("output", function.apply(inputs));
      Tensor weights = Ops.normal(DType.F64, SEED, 0, y.shape().toArray());
      List<Optional<Tensor>> gradients =
          Autograd.vjp(
                  moved.stream().map(inputs::get).toList(),
                  _ -> List.of(function.apply(inputs)),
                  List.of(weights))
              .gradients();
      for (int i = 0; i < moved.size(); i++) {
        compare(function, inputs, moved.get(i), weights.toDoubles(), gradients.get(i));
      }
    });
  }

  private static Tensor f64(String what, Tensor tensor) {
    if (tensor.dtype() != DType.F64) {
      throw new DTypeException(
          "gradient check: %s: need F64, got %s".formatted(what, tensor.type()));
    }
    return tensor;
  }

  private void compare(
      Function<List<Tensor>, Tensor> function,
      List<Tensor> inputs,
      int which,
      double[] weights,
      Optional<Tensor> gradient) {
    double[] x = inputs.get(which).toDoubles();
    double[] found = gradient.map(Tensor::toDoubles).orElseGet(() -> new double[x.length]);
    double[] expected = new double[x.length];
    double largest = 1;
    for (int i = 0; i < x.length; i++) {
      double up = valueAt(function, inputs, which, moved(x, i, step), weights);
      double down = valueAt(function, inputs, which, moved(x, i, -step), weights);
      expected[i] = (up - down) / (2 * step);
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    for (int i = 0; i < x.length; i++) {
      double error = Math.abs(found[i] - expected[i]) / largest;
      if (!(error <= tolerance)) {
        throw new AssertionError(
            ("gradient of input %d %s at element %d: got %s, central difference %s, "
                    + "relative error %.3g > %.3g")
                .formatted(
                    which, inputs.get(which).type(), i, found[i], expected[i], error, tolerance));
      }
    }
  }

  private static double[] moved(double[] x, int index, double by) {
    double[] copy = x.clone();
    copy[index] += by;
    return copy;
  }

  private static double valueAt(
      Function<List<Tensor>, Tensor> function,
      List<Tensor> inputs,
      int which,
      double[] values,
      double[] weights) {
    double[] y =
        Scope.compute(
            () -> {
              List<Tensor> changed = new ArrayList<>(inputs);
              changed.set(which, Tensor.of(values, inputs.get(which).shape().toArray()));
              return function.apply(changed).toDoubles();
            },
            _ -> List.of());
    double sum = 0;
    for (int i = 0; i < y.length; i++) {
      sum += y[i] * weights[i];
    }
    return sum;
  }
}
