package dev.chrysalis.nn;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// AdamW on named parameters, which it writes over. Loshchilov & Hutter 2019, arXiv:1711.05101.
public final class AdamW implements Optimizer {
  /// Numbers shared by the parameters of a group.
  ///
  /// @param learningRateScale factor on the step's learning rate
  public record Settings(
      double beta1, double beta2, double eps, double weightDecay, double learningRateScale) {
    /// `β = (0.9, 0.999)`, `eps = 1e-8`.
    public static Settings withDecay(double weightDecay) {
      return new Settings(0.9, 0.999, 1e-8, weightDecay, 1);
    }
  }

  private record Slot(Tensor parameter, Tensor m, Tensor v, Settings settings) {}

  private final Map<String, Slot> slots = new LinkedHashMap<>();
  private int step;

  /// An optimiser without parameters, before its first step.
  public AdamW() {}

  /// Adds parameters under shared settings, before the first step or a `restore`.
  ///
  /// @throws IllegalArgumentException if a name is taken already
  public AdamW group(Map<String, Tensor> parameters, Settings settings) {
    OptimizerState.checkNew("adamw", slots, parameters);
    parameters.forEach((name, parameter) ->
        slots.put(
            name,
            new Slot(parameter, Ops.zerosLike(parameter), Ops.zerosLike(parameter), settings)));
    return this;
  }

  @Override
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    slots.forEach((name, slot) -> parameters.put(name, slot.parameter()));
    return parameters;
  }

  @Override
  public int step() {
    return step;
  }

  @Override
  public void step(Map<String, Tensor> gradients, double learningRate) {
    OptimizerState.checkKnown("adamw", slots, gradients);
    step++;
    gradients.forEach((name, gradient) -> update(slots.get(name), gradient, learningRate));
  }

  private void update(Slot slot, Tensor gradient, double learningRate) {
    Settings s = slot.settings();
    Op.AdamW op =
        new Op.AdamW(
            learningRate * s.learningRateScale(),
            s.beta1(),
            s.beta2(),
            s.eps(),
            s.weightDecay(),
            step);
    Ops.update(
        op,
        List.of(slot.parameter(), gradient, slot.m(), slot.v()),
        List.of(slot.parameter(), slot.m(), slot.v()));
  }

  /// Moments, as `NAME.m` and `NAME.v`.
  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    slots.forEach((name, slot) -> {
      state.put(name + ".m", slot.m());
      state.put(name + ".v", slot.v());
    });
    return state;
  }

  @Override
  public void restore(Map<String, Tensor> state, int stepsTaken) {
    OptimizerState.copy(state, state());
    step = stepsTaken;
  }
}
