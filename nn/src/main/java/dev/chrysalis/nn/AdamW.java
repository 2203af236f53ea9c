package dev.chrysalis.nn;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// AdamW on named parameters, which it writes over. Loshchilov & Hutter 2019, arXiv:1711.05101.
///
/// Parameters without a gradient in a step are left alone, as are their moments.
public final class AdamW {
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
    parameters
        .keySet()
        .forEach(name -> check(!slots.containsKey(name), "parameter '%s' twice", name));
    parameters.forEach((name, parameter) ->
        slots.put(
            name,
            new Slot(parameter, Ops.zerosLike(parameter), Ops.zerosLike(parameter), settings)));
    return this;
  }

  /// Parameters by name, in the order in which they were added.
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    slots.forEach((name, slot) -> parameters.put(name, slot.parameter()));
    return parameters;
  }

  /// Steps taken.
  public int step() {
    return step;
  }

  /// One step.
  ///
  /// @param gradients by parameter name
  /// @throws IllegalArgumentException if there is no parameter of a gradient's name
  public void step(Map<String, Tensor> gradients, double learningRate) {
    gradients
        .keySet()
        .forEach(name -> check(slots.containsKey(name), "gradient of unknown '%s'", name));
    step++;
    gradients.forEach((name, gradient) -> update(slots.get(name), gradient, learningRate));
  }

  private static void check(boolean ok, String problem, String name) {
    if (!ok) {
      throw new IllegalArgumentException("adamw: " + problem.formatted(name));
    }
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

  /// Moments, as `NAME.m` and `NAME.v`, to be saved; the tensors live on.
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    slots.forEach((name, slot) -> {
      state.put(name + ".m", slot.m());
      state.put(name + ".v", slot.v());
    });
    return state;
  }

  /// Goes on from a saved state.
  ///
  /// @throws CheckpointException that lists all moments that are missing or misshapen; nothing is
  ///   changed then
  public void restore(Map<String, Tensor> state, int stepsTaken) {
    Map<String, Tensor> moments = state();
    List<String> problems = new ArrayList<>();
    moments.forEach((name, moment) -> {
      if (!state.containsKey(name)) {
        problems.add("missing " + name);
      } else if (!state.get(name).type().equals(moment.type())) {
        problems.add(
            "%s is %s, expected %s".formatted(name, state.get(name).type(), moment.type()));
      }
    });
    if (!problems.isEmpty()) {
      throw new CheckpointException("optimiser state: " + String.join("; ", problems));
    }
    moments.forEach((name, moment) -> Ops.copyInto(state.get(name), moment));
    step = stepsTaken;
  }
}
