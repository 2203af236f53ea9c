package dev.chrysalis.models.diffusion;

import dev.chrysalis.nn.Trace;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// Scopes around parts of a forward pass, so that the large pictures inside a block are gone when
/// the block ends.
final class Memory {
  private Memory() {}

  /// Runs `body` and frees all but its result; keeps everything while a trace listens, since that
  /// holds values from inside.
  static Tensor scoped(Supplier<Tensor> body) {
    return scoped(body, List::of);
  }

  /// `steps`, one after the other, from `x` on. What one takes is freed when it is done, but for
  /// `x`.
  static Tensor chain(Tensor x, List<UnaryOperator<Tensor>> steps) {
    if (steps.isEmpty()) {
      return x;
    }
    UnaryOperator<Tensor> last = steps.getLast();
    List<UnaryOperator<Tensor>> before = steps.subList(0, steps.size() - 1);
    return scoped(() -> last.apply(chain(x, before)));
  }

  /// As `scoped`, for a result that `keep` finds the tensors of.
  static <T> T scoped(Supplier<T> body, Function<T, List<Tensor>> keep) {
    return Trace.isOn() ? body.get() : Scope.compute(body, keep);
  }
}
