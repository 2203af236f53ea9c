package dev.chrysalis.autograd;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One op of the forward pass, seen again in the backward pass.
///
/// @param in the inputs; only those that `Saved` names may be read, of the others the type is known
/// @param out the outputs, likewise
/// @param needed which inputs want a gradient
/// @param dy the gradient of the first output; no op has a gradient through another one
record Step(Op op, List<Tensor> in, List<Tensor> out, List<Boolean> needed, Tensor dy) {

  /// A gradient that is computed only if it is needed.
  @FunctionalInterface
  interface Partial {
    Tensor compute();
  }

  /// The rule of an input of integers, which nobody asks.
  static final Partial NONE =
      () -> {
        throw new IllegalStateException("integers have no gradient");
      };

  Tensor input(int index) {
    return in.get(index);
  }

  Shape shape(int input) {
    return in.get(input).shape();
  }

  /// The first output.
  Tensor y() {
    return out.getFirst();
  }

  boolean needs(int input) {
    return needed.get(input);
  }

  /// Gradients of the first inputs, one rule each; the inputs after them have none.
  List<Optional<Tensor>> each(Partial... rules) {
    List<Optional<Tensor>> gradients = new ArrayList<>();
    for (int i = 0; i < in.size(); i++) {
      gradients.add(
          i < rules.length && needs(i) ? Optional.of(rules[i].compute()) : Optional.empty());
    }
    return gradients;
  }

  /// Gradients of the first inputs, computed together.
  List<Optional<Tensor>> all(List<Tensor> computed) {
    List<Optional<Tensor>> gradients = new ArrayList<>();
    for (int i = 0; i < in.size(); i++) {
      gradients.add(
          i < computed.size() && needs(i) ? Optional.of(computed.get(i)) : Optional.empty());
    }
    return gradients;
  }
}
