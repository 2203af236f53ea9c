package dev.chrysalis.zoo.parity;

import java.util.Locale;

/// How large `max|x − e|` may be: `relative · max(unit, max|e|) + absolute`.
///
/// @param unit smallest size that the relative part refers to
record Rule(double relative, double unit, double absolute) {
  /// `tolerance · max|e|`, for tensors.
  static Rule relative(double tolerance) {
    return new Rule(tolerance, 0, 0);
  }

  /// `tolerance · max|e| + floor`, for gradients.
  static Rule gradient(double tolerance, double floor) {
    return new Rule(tolerance, 0, floor);
  }

  /// `tolerance · max(1, max|e|)`, for single ops.
  static Rule scaled(double tolerance) {
    return new Rule(tolerance, 1, 0);
  }

  /// `tolerance`, for losses.
  static Rule absolute(double tolerance) {
    return new Rule(0, 0, tolerance);
  }

  /// The largest error that passes for values of at most `largest`.
  double bound(double largest) {
    return relative * Math.max(unit, largest) + absolute;
  }

  @Override
  public String toString() {
    String size = unit > 0 ? "max(%s, max|e|)".formatted(number(unit)) : "max|e|";
    String first = relative > 0 ? number(relative) + " * " + size : "";
    String second = absolute > 0 || relative == 0 ? number(absolute) : "";
    String join = first.isEmpty() || second.isEmpty() ? "" : " + ";
    return "max|x-e| <= " + first + join + second;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6g", value)
        .replaceFirst("\\.?0+(e|$)", "$1")
        .replaceFirst("e([+-])0", "e$1");
  }
}
