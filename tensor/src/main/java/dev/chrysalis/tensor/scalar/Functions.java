package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.Comparison;
import dev.chrysalis.tensor.UnaryFn;

/// Functions of one and two numbers, to double precision.
public final class Functions {
  private static final double GELU_SCALE = Math.sqrt(2 / Math.PI);
  private static final double GELU_CUBIC = 0.044715;
  private static final double QUICK_GELU_SCALE = 1.702;
  private static final double TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

  private Functions() {}

  /// `fn(x)`
  public static double apply(UnaryFn fn, double x) {
    return switch (fn) {
      case NEG -> -x;
      case SQUARE -> x * x;
      case ABS -> Math.abs(x);
      case SIGN -> Math.signum(x);
      case RECIPROCAL -> 1 / x;
      case SQRT -> Math.sqrt(x);
      case RSQRT -> 1 / Math.sqrt(x);
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case SIN -> Math.sin(x);
      case COS -> Math.cos(x);
      case TANH -> Math.tanh(x);
      case ERF -> erf(x);
      case SIGMOID -> sigmoid(x);
      case LOG_SIGMOID -> -softplus(-x);
      case SOFTPLUS -> softplus(x);
      case RELU -> Math.max(x, 0.0);
      case SILU -> x * sigmoid(x);
      case GELU -> x * normalCdf(x);
      case GELU_TANH -> x / 2 * (1 + Math.tanh(geluAngle(x)));
      case QUICK_GELU -> x * sigmoid(QUICK_GELU_SCALE * x);
      case FLOOR -> Math.floor(x);
      case ROUND -> Math.rint(x);
    };
  }

  /// `fn'(x)`, with `y = fn(x)`; 0 where `ABS` and `RELU` have a corner. Which of the two is read
  /// says `UnaryFn.derivativeReadsOutput`.
  public static double derivative(UnaryFn fn, double x, double y) {
    return switch (fn) {
      case NEG -> -1;
      case SQUARE -> 2 * x;
      case ABS -> Math.signum(x);
      case SIGN, FLOOR, ROUND -> 0;
      case RECIPROCAL -> -y * y;
      case SQRT -> 0.5 / y;
      case RSQRT -> -0.5 * y * y * y;
      case EXP -> y;
      case LOG -> 1 / x;
      case SIN -> Math.cos(x);
      case COS -> -Math.sin(x);
      case TANH -> 1 - y * y;
      case ERF -> TWO_OVER_ROOT_PI * Math.exp(-x * x);
      case SIGMOID -> y * (1 - y);
      case LOG_SIGMOID -> sigmoid(-x);
      case SOFTPLUS -> sigmoid(x);
      case RELU -> y > 0 ? 1 : 0;
      case SILU -> siluDerivative(x);
      case GELU -> geluDerivative(x);
      case GELU_TANH -> geluTanhDerivative(x);
      case QUICK_GELU -> {
        double s = sigmoid(QUICK_GELU_SCALE * x);
        yield s + QUICK_GELU_SCALE * x * s * (1 - s);
      }
    };
  }

  static double apply(BinaryFn fn, double a, double b) {
    return switch (fn) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
    };
  }

  /// On integers; `DIV` truncates.
  ///
  /// @throws ArithmeticException for a division by zero
  static long apply(BinaryFn fn, long a, long b) {
    return switch (fn) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> {
        if (b == 0) {
          throw new ArithmeticException("div: integer %d divided by 0".formatted(a));
        }
        yield a / b;
      }
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
    };
  }

  static boolean holds(Comparison relation, double a, double b) {
    return switch (relation) {
      case EQ -> a == b;
      case NE -> a != b;
      case LT -> a < b;
      case LE -> a <= b;
      case GT -> a > b;
      case GE -> a >= b;
    };
  }

  static boolean holds(Comparison relation, long a, long b) {
    return switch (relation) {
      case EQ -> a == b;
      case NE -> a != b;
      case LT -> a < b;
      case LE -> a <= b;
      case GT -> a > b;
      case GE -> a >= b;
    };
  }

  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double softplus(double x) {
    return Math.max(x, 0.0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  static double siluDerivative(double x) {
    double s = sigmoid(x);
    return s + x * s * (1 - s);
  }

  static double gelu(double x) {
    return x * normalCdf(x);
  }

  static double geluDerivative(double x) {
    return normalCdf(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  private static double geluAngle(double x) {
    return GELU_SCALE * (x + GELU_CUBIC * x * x * x);
  }

  private static double geluTanhDerivative(double x) {
    double t = Math.tanh(geluAngle(x));
    double slope = GELU_SCALE * (1 + 3 * GELU_CUBIC * x * x);
    return (1 + t) / 2 + x / 2 * (1 - t * t) * slope;
  }

  /// `(1 + erf(x/√2)) / 2`, without cancellation on the left.
  private static double normalCdf(double x) {
    return erfc(-x / Math.sqrt(2)) / 2;
  }

  /// Gauss error function `2/√π · ∫₀ˣ exp(−t²) dt`.
  public static double erf(double x) {
    double size = Math.abs(x);
    return Math.copySign(size < 2.5 ? erfSeries(size) : 1 - erfcFraction(size), x);
  }

  /// `1 − erf(x)`, accurate where that is tiny.
  public static double erfc(double x) {
    if (x < 1) {
      return 1 - erf(x);
    }
    return erfcFraction(x);
  }

  /// `2/√π · exp(−x²) · Σ_n 2ⁿ x²ⁿ⁺¹ / (1·3·5·…·(2n+1))`: all terms positive (Abramowitz & Stegun
  /// 7.1.6).
  private static double erfSeries(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; term > sum * 1e-17; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return TWO_OVER_ROOT_PI * Math.exp(-x * x) * sum;
  }

  /// `exp(−x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + 2/(x + …)))))` for `x ≥ 1` (Abramowitz &
  /// Stegun 7.1.14), from the innermost level outwards. The error falls like `exp(−2x√(2·levels))`.
  private static double erfcFraction(double x) {
    if (x > 27.5) {
      return 0; // below the smallest double
    }
    double rest = x;
    for (int n = 20 + (int) (200 / (x * x)); n >= 1; n--) {
      rest = x + n / 2.0 / rest;
    }
    return Math.exp(-x * x) / Math.sqrt(Math.PI) / rest;
  }
}
