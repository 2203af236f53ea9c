package dev.chrysalis.nn;

import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.Arrays;

/// Activation functions by the names that configs give them.
public enum Activation implements Layer {
  /// `max(x, 0)`
  RELU("relu", UnaryFn.RELU),
  /// `x·σ(x)`
  SILU("silu", UnaryFn.SILU),
  /// `x·Φ(x)`, exact.
  GELU("gelu", UnaryFn.GELU),
  /// GELU by `tanh`; see `UnaryFn`.
  GELU_TANH("gelu_pytorch_tanh", UnaryFn.GELU_TANH),
  /// `x·σ(1.702·x)`
  QUICK_GELU("quick_gelu", UnaryFn.QUICK_GELU);

  private final String configName;
  private final UnaryFn fn;

  Activation(String configName, UnaryFn fn) {
    this.configName = configName;
    this.fn = fn;
  }

  /// The activation that a config calls `name`.
  ///
  /// @throws IllegalArgumentException if there is none
  public static Activation named(String name) {
    for (Activation activation : values()) {
      if (activation.configName.equals(name)) {
        return activation;
      }
    }
    throw new IllegalArgumentException(
        "hidden_act: got '%s', need one of %s"
            .formatted(name, Arrays.stream(values()).map(each -> each.configName).toList()));
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.unary(fn);
  }
}
