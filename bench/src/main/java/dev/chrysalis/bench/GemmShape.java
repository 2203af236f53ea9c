package dev.chrysalis.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The sizes of a matrix product `(m, k)·(k, n) → (m, n)`.
public record GemmShape(int m, int n, int k) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})x(\\d{1,9})x(\\d{1,9})");

  public GemmShape {
    if (m < 1 || n < 1 || k < 1) {
      throw new IllegalArgumentException(
          "gemm: got %dx%dx%d, need sizes of 1 or more".formatted(m, n, k));
    }
  }

  /// Reads `MxNxK`.
  ///
  /// @throws IllegalArgumentException if it is not that
  public static GemmShape parse(String text) {
    Matcher sizes = TEXT.matcher(text);
    if (!sizes.matches()) {
      throw new IllegalArgumentException(
          "got '%s', need MxNxK, as in 1024x1024x1024".formatted(text));
    }
    return new GemmShape(
        Integer.parseInt(sizes.group(1)),
        Integer.parseInt(sizes.group(2)),
        Integer.parseInt(sizes.group(3)));
  }

  /// Floating-point operations of the product.
  public double flops() {
    return 2.0 * m * n * k;
  }

  @Override
  public String toString() {
    return m + "x" + n + "x" + k;
  }
}
