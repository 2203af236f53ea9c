package dev.chrysalis.bench;

/// What a measurement did per second, by the median time.
public sealed interface Rate {
  /// The number alone.
  double value();

  /// Its key in JSON.
  String key();

  /// Its unit, for people.
  String unit();

  /// The rate of the same work in another time.
  ///
  /// @param factor how many times as fast
  Rate times(double factor);

  /// 10⁹ floating-point operations a second, a multiply-add counted as two.
  record Gflops(double value) implements Rate {
    @Override
    public String key() {
      return "gflops";
    }

    @Override
    public String unit() {
      return "GFLOP/s";
    }

    @Override
    public Rate times(double factor) {
      return new Gflops(factor * value);
    }
  }

  /// Tokens a second.
  record TokensPerSecond(double value) implements Rate {
    @Override
    public String key() {
      return "tokens_per_s";
    }

    @Override
    public String unit() {
      return "tok/s";
    }

    @Override
    public Rate times(double factor) {
      return new TokensPerSecond(factor * value);
    }
  }

  /// Pictures a second.
  record ImagesPerSecond(double value) implements Rate {
    @Override
    public String key() {
      return "images_per_s";
    }

    @Override
    public String unit() {
      return "images/s";
    }

    @Override
    public Rate times(double factor) {
      return new ImagesPerSecond(factor * value);
    }
  }

  /// 10⁹ bytes a second: every tensor read once and written once.
  record GbytesPerSecond(double value) implements Rate {
    @Override
    public String key() {
      return "gbytes_per_s";
    }

    @Override
    public String unit() {
      return "GB/s";
    }

    @Override
    public Rate times(double factor) {
      return new GbytesPerSecond(factor * value);
    }
  }
}
