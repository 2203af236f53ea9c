package dev.chrysalis.models.diffusion;

import dev.chrysalis.tensor.Tensor;

/// What the network's output means, `x = α·x0 + σ·ε` with `α² + σ² = 1`.
public enum PredictionType {
  /// The noise `ε`.
  EPSILON("epsilon"),
  /// The velocity `α·ε − σ·x0`. Salimans & Ho 2022, arXiv:2202.00512, appendix D.
  V_PREDICTION("v_prediction");

  private final String configName;

  PredictionType(String configName) {
    this.configName = configName;
  }

  /// The name in configs.
  public String configName() {
    return configName;
  }

  /// The clean picture that `output` implies: `(x − σ·ε)/α` or `α·x − σ·v`.
  Tensor clean(Tensor x, Tensor output, double alpha, double sigma) {
    return switch (this) {
      case EPSILON -> x.sub(output.mul(sigma)).mul(1 / alpha);
      case V_PREDICTION -> x.mul(alpha).sub(output.mul(sigma));
    };
  }

  /// The noise that `output` implies: itself or `α·v + σ·x`.
  Tensor noise(Tensor x, Tensor output, double alpha, double sigma) {
    return switch (this) {
      case EPSILON -> output;
      case V_PREDICTION -> output.mul(alpha).add(x.mul(sigma));
    };
  }
}
