package dev.chrysalis.autograd;

import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The gradients of the backward pass that are known and not yet used, by the number of their
/// tensor. Owns them.
final class GradientTable implements AutoCloseable {
  private final Map<Integer, Tensor> gradients = new HashMap<>();

  Optional<Tensor> get(int id) {
    return Optional.ofNullable(gradients.get(id));
  }

  /// Adds to a gradient; the first is kept as it is.
  void add(int id, Tensor gradient) {
    Optional<Tensor> before = get(id);
    Tensor sum = before.map(sofar -> sofar.add(gradient)).orElse(gradient);
    sum.storage().retain();
    gradients.put(id, sum);
    before.ifPresent(sofar -> sofar.storage().release());
  }

  void drop(int id) {
    Optional.ofNullable(gradients.remove(id)).ifPresent(gone -> gone.storage().release());
  }

  /// The gradients of these numbers, given to the innermost scope.
  List<Optional<Tensor>> handOut(List<Integer> ids) {
    List<Optional<Tensor>> handed = ids.stream().map(this::get).toList();
    for (int id : new HashSet<>(ids)) {
      Optional.ofNullable(gradients.remove(id)).ifPresent(tensor -> Scope.own(tensor.storage()));
    }
    return handed;
  }

  @Override
  public void close() {
    gradients.values().forEach(gradient -> gradient.storage().release());
    gradients.clear();
  }
}
