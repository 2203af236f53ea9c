package dev.chrysalis.nn;

import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;

/// Activation functions by the names that configs give them.
public enum Activation implements Layer {
  RELU("relu", UnaryFn.RELU),
  SILU("silu", UnaryFn.SILU),
  GELU("gelu", UnaryFn.GELU),
  GELU_TANH("gelu_pytorch_tanh", UnaryFn.GELU_TANH),
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
    throw new IllegalArgumentException("hidden_act: got '%s', which is not known".formatted(name));
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.unary(fn);
  }
}
