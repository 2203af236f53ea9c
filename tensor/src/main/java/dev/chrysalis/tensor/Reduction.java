package dev.chrysalis.tensor;

/// How a loss over many elements becomes one number.
public enum Reduction {
  /// Their mean.
  MEAN,
  /// Their sum.
  SUM
}
