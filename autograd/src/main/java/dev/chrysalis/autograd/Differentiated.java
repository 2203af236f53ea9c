package dev.chrysalis.autograd;

import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// What a function returned, and its gradients.
///
/// @param values the outputs of the function
/// @param gradients one for each parameter, in the order in which those were given; empty where no
///   differentiable way leads from the parameter to the outputs. Each is row-major, in memory of
///   its own, of its parameter's type.
public record Differentiated(List<Tensor> values, List<Optional<Tensor>> gradients) {
  public Differentiated {
    values = List.copyOf(values);
    gradients = List.copyOf(gradients);
  }

  /// The first output: the loss.
  public Tensor value() {
    return values.getFirst();
  }

  /// The gradient of parameter `index`.
  ///
  /// @throws GradientException if it has none
  public Tensor gradient(int index) {
    return gradients
        .get(index)
        .orElseThrow(() ->
            new GradientException(
                "gradient: parameter %d has none: the outputs do not depend on it"
                    .formatted(index)));
  }
}
