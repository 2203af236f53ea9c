package dev.chrysalis.nn;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Checks and copies that optimisers share.
final class OptimizerState {
  private OptimizerState() {}

  /// Refuses gradients of parameters that are not there.
  static void checkKnown(String optimizer, Map<String, ?> parameters, Map<String, ?> gradients) {
    gradients
        .keySet()
        .forEach(name ->
            check(parameters.containsKey(name), optimizer, "gradient of unknown '%s'", name));
  }

  /// Refuses a parameter that is there already.
  static void checkNew(String optimizer, Map<String, ?> parameters, Map<String, ?> added) {
    added
        .keySet()
        .forEach(
            name -> check(!parameters.containsKey(name), optimizer, "parameter '%s' twice", name));
  }

  static void check(boolean ok, String optimizer, String problem, Object... arguments) {
    if (!ok) {
      throw new IllegalArgumentException(optimizer + ": " + problem.formatted(arguments));
    }
  }

  /// Copies `saved` into the tensors of `state`, all or none.
  ///
  /// @throws CheckpointException that lists all that are missing or misshapen
  static void copy(Map<String, Tensor> saved, Map<String, Tensor> state) {
    List<String> problems = new ArrayList<>();
    state.forEach((name, tensor) -> {
      if (!saved.containsKey(name)) {
        problems.add("missing " + name);
      } else if (!saved.get(name).type().equals(tensor.type())) {
        problems.add(
            "%s is %s, expected %s".formatted(name, saved.get(name).type(), tensor.type()));
      }
    });
    if (!problems.isEmpty()) {
      throw new CheckpointException("optimiser state: " + String.join("; ", problems));
    }
    state.forEach((name, tensor) -> Ops.copyInto(saved.get(name), tensor));
  }
}
