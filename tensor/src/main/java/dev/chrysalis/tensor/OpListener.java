package dev.chrysalis.tensor;

import java.util.List;
import java.util.function.Supplier;

/// Hears of every op that runs in its scope, after it ran: how autograd records without tensors
/// knowing of it.
@FunctionalInterface
public interface OpListener {
  /// The listener of the running scope, if any.
  ScopedValue<OpListener> CURRENT = ScopedValue.newInstance();

  /// A listener that hears nothing, to stop an outer one from hearing.
  OpListener NONE = (op, inputs, outputs) -> {};

  /// `op` has made `outputs` from `inputs`.
  void executed(Op op, List<Tensor> inputs, List<Tensor> outputs);

  /// Runs `body` with this listener in place of any outer one.
  default <T> T listen(Supplier<T> body) {
    return ScopedValue.where(CURRENT, this).call(body::get);
  }
}
