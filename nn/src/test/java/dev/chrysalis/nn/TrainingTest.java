package dev.chrysalis.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// Layers, losses, gradients and optimiser together, on problems with a known end.
final class TrainingTest {
  /// Steps of AdamW with clipping and a schedule; the loss of the last step.
  private static double train(
      Map<String, Tensor> parameters, int steps, double rate, Supplier<Tensor> loss) {
    AdamW adam = new AdamW().group(parameters, AdamW.Settings.withDecay(0));
    Schedule schedule = Schedule.cosine(10, steps);
    List<String> names = List.copyOf(parameters.keySet());
    List<Tensor> tensors = List.copyOf(parameters.values());
    double[] last = new double[1];
    for (int i = 0; i < steps; i++) {
      int step = i;
      Scope.run(() -> {
        Differentiated result = Autograd.valueAndGradients(tensors, loss);
        List<Tensor> gradients = result.gradients().stream().map(g -> g.orElseThrow()).toList();
        List<Tensor> clipped = GradientClipping.toNorm(gradients, 10).gradients();
        Map<String, Tensor> named = new LinkedHashMap<>();
        for (int n = 0; n < names.size(); n++) {
          named.put(names.get(n), clipped.get(n));
        }
        adam.step(named, rate * schedule.factor(step));
        last[0] = result.values().getFirst().item();
      });
    }
    return last[0];
  }

  @Test
  void aLinearRegressionFindsItsCoefficients() {
    Tensor x = Ops.normal(DType.F32, 1, 1, 64, 3);
    Tensor truth = Tensor.of(new float[] {2, -1, 0.5f}, 1, 3);
    Tensor y = Ops.linear(x, truth, Tensor.of(new float[] {0.25f}, 1));
    Weights w = Weights.fresh((name, shape) -> Initializer.fanInUniform(), 5);
    Linear layer = Linear.load(w, 3, 1);
    double loss = train(w.tensors(), 400, 0.05, () -> Losses.meanSquaredError(layer.forward(x), y));
    assertTrue(loss < 1e-6, "loss " + loss);
    assertArrayEquals(truth.toFloats(), layer.weight().dense().toFloats(), 1e-3f);
    assertEquals(0.25, layer.bias().orElseThrow().item(), 1e-3);
  }

  @Test
  void aHiddenLayerLearnsExclusiveOr() {
    Tensor x = Tensor.of(new float[] {0, 0, 0, 1, 1, 0, 1, 1}, 4, 2);
    Tensor labels = Tensor.of(new int[] {0, 1, 1, 0}, 4);
    Weights w = Weights.fresh((name, shape) -> Initializer.fanInUniform(), 2);
    Linear hidden = Linear.load(w.at("hidden"), 2, 8);
    Linear out = Linear.load(w.at("out"), 8, 2);
    Layer network = input -> out.forward(Activation.SILU.forward(hidden.forward(input)));
    double loss =
        train(w.tensors(), 300, 0.05, () -> Ops.crossEntropy(network.forward(x), labels, -100));
    assertTrue(loss < 0.01, "loss " + loss);
    assertArrayEquals(
        labels.toLongs(), Ops.run(new Op.ArgMax(1, false), network.forward(x)).toLongs());
  }
}
