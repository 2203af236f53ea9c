package dev.chrysalis.nn;

import dev.chrysalis.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Optimisers that step together.
final class JoinedOptimizers implements Optimizer {
  private final List<Optimizer> parts;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private int step;

  JoinedOptimizers(List<Optimizer> parts) {
    this.parts = parts;
    for (Optimizer part : parts) {
      OptimizerState.checkNew("optimiser", parameters, part.parameters());
      parameters.putAll(part.parameters());
    }
  }

  @Override
  public Map<String, Tensor> parameters() {
    return new LinkedHashMap<>(parameters);
  }

  @Override
  public int step() {
    return step;
  }

  @Override
  public void step(Map<String, Tensor> gradients, double learningRate) {
    OptimizerState.checkKnown("optimiser", parameters, gradients);
    step++;
    for (Optimizer part : parts) {
      Map<String, Tensor> own = new LinkedHashMap<>(gradients);
      own.keySet().retainAll(part.parameters().keySet());
      part.step(own, learningRate);
    }
  }

  @Override
  public Map<String, Tensor> state() {
    return union(Optimizer::state);
  }

  @Override
  public void restore(Map<String, Tensor> state, int stepsTaken) {
    OptimizerState.copy(state, state());
    parts.forEach(part -> part.restore(state, stepsTaken));
    step = stepsTaken;
  }

  private Map<String, Tensor> union(Function<Optimizer, Map<String, Tensor>> of) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    parts.forEach(part -> all.putAll(of.apply(part)));
    return all;
  }
}
