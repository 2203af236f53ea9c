package dev.chrysalis.tensor;

/// Functions of one number, for `Op.Unary`.
public enum UnaryFn {
  /// `−x`
  NEG,
  /// `x²`
  SQUARE,
  /// `|x|`
  ABS,
  /// −1, 0 or 1.
  SIGN,
  /// `1 / x`
  RECIPROCAL,
  /// `√x`
  SQRT,
  /// `1 / √x`
  RSQRT,
  /// `eˣ`
  EXP,
  /// `ln x`
  LOG,
  /// `sin x`
  SIN,
  /// `cos x`
  COS,
  /// `tanh x`
  TANH,
  /// Gauss error function.
  ERF,
  /// `σ(x) = 1 / (1 + exp(−x))`
  SIGMOID,
  /// `log σ(x)`, without overflow.
  LOG_SIGMOID,
  /// `log(1 + exp(x))`, without overflow.
  SOFTPLUS,
  /// `max(x, 0)`
  RELU,
  /// `x·σ(x)`
  SILU,
  /// `x/2 · (1 + erf(x/√2))`
  GELU,
  /// `x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³)))`
  GELU_TANH,
  /// `x·σ(1.702·x)`
  QUICK_GELU,
  /// `⌊x⌋`
  FLOOR,
  /// Nearest integer, ties to even.
  ROUND;

  /// Whether `UnaryGrad` reads the output `y = f(x)` alone; of all other functions it reads the
  /// input `x` alone.
  public boolean derivativeReadsOutput() {
    return switch (this) {
      case RECIPROCAL, SQRT, RSQRT, EXP, TANH, SIGMOID, RELU -> true;
      case NEG, SQUARE, ABS, SIGN, LOG, SIN, COS, ERF, LOG_SIGMOID, SOFTPLUS -> false;
      case SILU, GELU, GELU_TANH, QUICK_GELU, FLOOR, ROUND -> false;
    };
  }
}
