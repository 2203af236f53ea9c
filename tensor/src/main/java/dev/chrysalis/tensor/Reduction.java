package dev.chrysalis.tensor;

/// How a loss over many elements becomes one number.
public enum Reduction {
  MEAN,
  SUM
}
