package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.BYTES;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.Lanes.load;
import static dev.chrysalis.tensor.cpu.VectorMath.GELU_CUBIC;
import static dev.chrysalis.tensor.cpu.VectorMath.ROOT_TWO_OVER_PI;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.GT;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.UnaryFn;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// `dx = f'(x)·dy` for the functions of one F32 number. Each kernel is given `x` or `y = f(x)`,
/// whichever makes it shorter.
final class UnaryGradKernels {
  private static final float TWO_OVER_ROOT_PI = 1.1283791671f;

  private UnaryGradKernels() {}

  /// Whether the kernel of `fn` is given `y`, not `x`.
  static boolean readsOutput(UnaryFn fn) {
    return switch (fn) {
      case RECIPROCAL, SQRT, RSQRT, EXP, TANH, SIGMOID -> true;
      case NEG,
          SQUARE,
          ABS,
          LOG,
          SIN,
          COS,
          ERF,
          LOG_SIGMOID,
          SOFTPLUS,
          RELU,
          SILU,
          GELU,
          GELU_TANH,
          QUICK_GELU,
          SIGN,
          FLOOR,
          ROUND ->
          false;
    };
  }

  static Elementwise.Map2 of(UnaryFn fn) {
    return switch (fn) {
      case NEG -> UnaryGradKernels::neg;
      case SQUARE -> UnaryGradKernels::square;
      case ABS -> UnaryGradKernels::abs;
      case RECIPROCAL -> UnaryGradKernels::reciprocal;
      case SQRT -> UnaryGradKernels::sqrt;
      case RSQRT -> UnaryGradKernels::rsqrt;
      case EXP -> UnaryGradKernels::exp;
      case LOG -> UnaryGradKernels::log;
      case SIN -> UnaryGradKernels::sin;
      case COS -> UnaryGradKernels::cos;
      case TANH -> UnaryGradKernels::tanh;
      case ERF -> UnaryGradKernels::erf;
      case SIGMOID -> UnaryGradKernels::sigmoid;
      case LOG_SIGMOID -> UnaryGradKernels::logSigmoid;
      case SOFTPLUS -> UnaryGradKernels::softplus;
      case RELU -> UnaryGradKernels::relu;
      case SILU -> UnaryGradKernels::silu;
      case GELU -> UnaryGradKernels::gelu;
      case GELU_TANH -> UnaryGradKernels::geluTanh;
      case QUICK_GELU -> UnaryGradKernels::quickGelu;
      case SIGN, FLOOR, ROUND -> UnaryGradKernels::flat;
    };
  }

  private static void neg(MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(dy, i).neg().intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void square(MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      v.add(v).mul(load(dy, i)).intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void abs(MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      FloatVector g = load(dy, i);
      VectorMath.sign(v).mul(g).intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void reciprocal(
      MemorySegment y, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(y, i);
      v.mul(v).mul(load(dy, i)).neg().intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void sqrt(MemorySegment y, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(y, i);
      load(dy, i).mul(0.5f).div(v).intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void rsqrt(MemorySegment y, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(y, i);
      v.mul(v).mul(v).mul(-0.5f).mul(load(dy, i)).intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void exp(MemorySegment y, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(y, i);
      v.mul(load(dy, i)).intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void log(MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      load(dy, i).div(v).intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void sin(MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += Float.BYTES) {
      double slope = Math.cos(x.get(Elements.F32, i));
      dx.set(Elements.F32, i, (float) (slope * dy.get(Elements.F32, i)));
    }
  }

  private static void cos(MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += Float.BYTES) {
      double slope = -Math.sin(x.get(Elements.F32, i));
      dx.set(Elements.F32, i, (float) (slope * dy.get(Elements.F32, i)));
    }
  }

  private static void tanh(MemorySegment y, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(y, i);
      FloatVector.broadcast(F, 1)
          .sub(v.mul(v))
          .mul(load(dy, i))
          .intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void erf(MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      FloatVector g = load(dy, i);
      FastMath.exp(v.mul(v).neg())
          .mul(TWO_OVER_ROOT_PI)
          .mul(g)
          .intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void sigmoid(MemorySegment y, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(y, i);
      FloatVector.broadcast(F, 1)
          .sub(v)
          .mul(v)
          .mul(load(dy, i))
          .intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void logSigmoid(
      MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      FloatVector g = load(dy, i);
      VectorMath.sigmoid(v.neg()).mul(g).intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void softplus(
      MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      FloatVector g = load(dy, i);
      VectorMath.sigmoid(v).mul(g).intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void relu(MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      FloatVector.zero(F)
          .blend(load(dy, i), v.compare(GT, 0))
          .intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void silu(MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      FloatVector g = load(dy, i);
      VectorMath.siluSlope(v).mul(g).intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  /// `Φ(x) + x·φ(x)`
  ///
  /// Long formulas stand in their loops: a helper that is compiled by itself first, and gets long,
  /// is not inlined any more, and then every vector it returns is an object.
  private static void gelu(MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      FloatVector g = load(dy, i);
      FloatVector power = VectorMath.normalPower(v);
      FloatVector cdf = VectorMath.normalCdf(v, power);
      FloatVector slope = v.mul(power).mul(VectorMath.ONE_OVER_ROOT_TWO_PI).add(cdf);
      slope.mul(g).intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  /// `σ(2u) + x·σ(2u)·(1 − σ(2u))·2u'`; the second term is 0 beyond 10, where its factors would
  /// overflow.
  private static void geluTanh(
      MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      FloatVector g = load(dy, i);
      FloatVector s = VectorMath.sigmoid(VectorMath.geluAngle(v));
      FloatVector near = v.min(10).max(-10);
      FloatVector slope = near.mul(near).mul(3 * GELU_CUBIC).add(1).mul(2 * ROOT_TWO_OVER_PI);
      FloatVector bend = near.mul(s).mul(FloatVector.broadcast(F, 1).sub(s));
      bend.mul(slope).add(s).mul(g).intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void quickGelu(
      MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      FloatVector g = load(dy, i);
      VectorMath.quickGeluSlope(v).mul(g).intoMemorySegment(dx, i, LITTLE_ENDIAN);
    }
  }

  private static void flat(MemorySegment x, MemorySegment dy, MemorySegment dx, long sizeBytes) {
    dx.asSlice(0, sizeBytes).fill((byte) 0);
  }
}
