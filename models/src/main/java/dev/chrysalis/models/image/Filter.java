package dev.chrysalis.models.image;

/// The weight functions of `Resize`, by Pillow's names, numbers and definitions.
///
/// Apart from `NEAREST` each is `w(x)`, zero outside `[-support, support]`. Bicubic is Keys 1981
/// with `a = -0.5`; Lanczos is `sinc(x) sinc(x / 3)`.
public enum Filter {
  NEAREST(0, 0),
  LANCZOS(1, 3),
  BILINEAR(2, 1),
  BICUBIC(3, 2),
  BOX(4, 0.5);

  private static final double A = -0.5;

  private final int code;
  private final double support;

  Filter(int code, double support) {
    this.code = code;
    this.support = support;
  }

  /// The number that stands for this filter under `resample` in `preprocessor_config.json`.
  public int code() {
    return code;
  }

  double support() {
    return support;
  }

  double weight(double x) {
    double d = Math.abs(x);
    return switch (this) {
      case NEAREST, BOX -> x > -0.5 && x <= 0.5 ? 1 : 0;
      case BILINEAR -> d < 1 ? 1 - d : 0;
      case BICUBIC -> {
        if (d < 1) {
          yield ((A + 2) * d - (A + 3)) * d * d + 1;
        }
        yield d < 2 ? (((d - 5) * d + 8) * d - 4) * A : 0;
      }
      case LANCZOS -> x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    };
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
  }
}
