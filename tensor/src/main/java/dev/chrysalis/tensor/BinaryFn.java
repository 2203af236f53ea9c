package dev.chrysalis.tensor;

/// Functions of two numbers, for `Op.Binary`.
public enum BinaryFn {
  ADD,
  SUB,
  MUL,
  DIV,
  /// NaN if either is NaN.
  MAX,
  /// NaN if either is NaN.
  MIN
}
