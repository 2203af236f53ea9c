package dev.chrysalis.tensor;

/// Relations between two numbers, for `Op.Compare`.
public enum Comparison {
  EQ,
  NE,
  LT,
  LE,
  GT,
  GE
}
