package dev.chrysalis.examples;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.nn.Activation;
import dev.chrysalis.nn.AdamW;
import dev.chrysalis.nn.Initializer;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.Losses;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A network with one hidden layer learns `y = sin(x)` from 64 points.
public final class GradientDescent {
  private static final int POINTS = 64;
  private static final int HIDDEN = 32;
  private static final int STEPS = 600;

  private GradientDescent() {}

  public static void main(String[] args) {
    float[] xs = new float[POINTS];
    float[] ys = new float[POINTS];
    for (int i = 0; i < POINTS; i++) {
      xs[i] = (float) (-Math.PI + 2 * Math.PI * i / (POINTS - 1));
      ys[i] = (float) Math.sin(xs[i]);
    }
    Tensor x = Tensor.of(xs, POINTS, 1);
    Tensor y = Tensor.of(ys, POINTS, 1);

    // Layers ask for weights by name. Here they get fresh ones; a checkpoint would do as well.
    Weights weights = Weights.fresh((name, shape) -> Initializer.normal(0.5), 7);
    Linear first = Linear.load(weights.at("first"), 1, HIDDEN);
    Linear second = Linear.load(weights.at("second"), HIDDEN, 1);

    Map<String, Tensor> parameters = weights.tensors();
    AdamW adam = new AdamW().group(parameters, AdamW.Settings.withDecay(0));
    for (int step = 1; step <= STEPS; step++) {
      int now = step;
      Scope.run( // frees the step's activations and gradients
          () -> {
            Differentiated result =
                Autograd.valueAndGradients(
                    List.copyOf(parameters.values()),
                    () -> Losses.meanSquaredError(predict(first, second, x), y));
            adam.step(named(parameters, result), 0.01);
            if (now == 1 || now % 100 == 0) {
              System.out.printf("step %3d  loss %.6f%n", now, result.value().item());
            }
          });
    }
    for (float at : new float[] {-2, -0.5f, 0, 1, 3}) {
      double found = predict(first, second, Tensor.of(new float[] {at}, 1, 1)).item();
      System.out.printf("sin(%5.2f) = %7.4f, learnt %7.4f%n", at, Math.sin(at), found);
    }
  }

  /// `(n, 1) → (n, 1)`
  private static Tensor predict(Linear first, Linear second, Tensor x) {
    return second.forward(Activation.SILU.forward(first.forward(x)));
  }

  /// Gradients come in the order of the parameters.
  static Map<String, Tensor> named(Map<String, Tensor> parameters, Differentiated result) {
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    for (String name : parameters.keySet()) {
      gradients.put(name, result.gradient(gradients.size()));
    }
    return gradients;
  }
}
