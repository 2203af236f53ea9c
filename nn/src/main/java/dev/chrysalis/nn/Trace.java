package dev.chrysalis.nn;

import dev.chrysalis.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Keeps values from inside a forward pass under names, for whoever wants to compare layer by
/// layer. Costs nothing when nobody listens.
public final class Trace {
  private static final ScopedValue<Trace> CURRENT = ScopedValue.newInstance();

  private final Map<String, Tensor> values = new LinkedHashMap<>();

  /// An empty trace.
  public Trace() {}

  /// Runs `body`; what it records is found here afterwards.
  public <T> T during(Supplier<T> body) {
    return ScopedValue.where(CURRENT, this).call(body::get);
  }

  /// Stores `value` under `name` if a trace listens, and returns it.
  public static Tensor record(String name, Tensor value) {
    if (CURRENT.isBound()) {
      CURRENT.get().values.put(name, value);
    }
    return value;
  }

  /// Whether anybody listens; saves making names.
  public static boolean isOn() {
    return CURRENT.isBound();
  }

  /// All recorded values, in order.
  public Map<String, Tensor> values() {
    return Collections.unmodifiableMap(values);
  }
}
