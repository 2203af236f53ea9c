package dev.chrysalis.tensor;

/// Functions of two numbers, for `Op.Binary`.
public enum BinaryFn {
  /// `a + b`
  ADD,
  /// `a − b`
  SUB,
  /// `a · b`
  MUL,
  /// `a / b`; integers truncate, and division by 0 is an `ArithmeticException`.
  DIV,
  /// The larger; NaN if either is NaN.
  MAX,
  /// The smaller; NaN if either is NaN.
  MIN
}
