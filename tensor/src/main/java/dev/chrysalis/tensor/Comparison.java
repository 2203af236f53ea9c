package dev.chrysalis.tensor;

/// Relations between two numbers, for `Op.Compare`.
public enum Comparison {
  /// `a = b`; NaN is equal to nothing.
  EQ,
  /// `a ≠ b`; NaN is unequal to everything.
  NE,
  /// `a < b`
  LT,
  /// `a ≤ b`
  LE,
  /// `a > b`
  GT,
  /// `a ≥ b`
  GE
}
