package dev.chrysalis.nn;

import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// An exponential moving average of parameters: `e ← e + (1 − decay)·(p − e)`, with `decay` at most
/// `(1 + s)/(10 + s)` in step `s`, so that the first values are soon forgotten.
public final class Ema {
  private final double decay;
  private final Map<String, Tensor> averages = new LinkedHashMap<>();

  /// Averages that start as copies of `parameters`.
  public Ema(Map<String, Tensor> parameters, double decay) {
    this.decay = decay;
    parameters.forEach((name, parameter) -> {
      Tensor average = Ops.zerosLike(parameter);
      Ops.copyInto(parameter, average);
      averages.put(name, average);
    });
  }

  /// Moves the averages towards `parameters`, which have the names they were made with.
  ///
  /// @param step steps taken so far
  /// @throws IllegalArgumentException if a parameter is missing
  public void update(Map<String, Tensor> parameters, int step) {
    if (!parameters.keySet().containsAll(averages.keySet())) {
      throw new IllegalArgumentException(
          "ema: got parameters %s, need %s".formatted(parameters.keySet(), averages.keySet()));
    }
    double keep = Math.min(decay, (1.0 + step) / (10.0 + step));
    Scope.run(() ->
        averages.forEach((name, average) -> {
          Tensor difference = parameters.get(name).sub(average);
          Ops.copyInto(average.add(difference.mul(1 - keep)), average);
        }));
  }

  /// The averages by name; live tensors.
  public Map<String, Tensor> averages() {
    return Collections.unmodifiableMap(averages);
  }
}
