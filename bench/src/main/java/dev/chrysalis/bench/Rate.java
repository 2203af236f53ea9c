package dev.chrysalis.bench;

/// What a measurement did per second, by the median time.
///
/// @param value in `unit`
public record Rate(double value, Unit unit) {
  /// What is counted.
  public enum Unit {
    /// 10⁹ floating-point operations, a multiply-add counted as two.
    GFLOPS("gflops", "GFLOP/s"),
    /// 10⁹ bytes: every tensor read once and written once.
    GBYTES("gbytes_per_s", "GB/s"),
    /// Words of a tokenizer.
    TOKENS("tokens_per_s", "tok/s"),
    /// Pictures.
    IMAGES("images_per_s", "images/s");

    private final String key;
    private final String label;

    Unit(String key, String label) {
      this.key = key;
      this.label = label;
    }

    /// Its key in JSON.
    public String key() {
      return key;
    }

    /// For people.
    public String label() {
      return label;
    }
  }

  /// 10⁹ operations a second.
  public static Rate gflops(double value) {
    return new Rate(value, Unit.GFLOPS);
  }

  /// 10⁹ bytes a second.
  public static Rate gbytes(double value) {
    return new Rate(value, Unit.GBYTES);
  }

  /// Tokens a second.
  public static Rate tokens(double value) {
    return new Rate(value, Unit.TOKENS);
  }

  /// Pictures a second.
  public static Rate images(double value) {
    return new Rate(value, Unit.IMAGES);
  }

  /// The rate of the same work in another time.
  ///
  /// @param factor how many times as fast
  Rate times(double factor) {
    return new Rate(factor * value, unit);
  }
}
