package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.BYTES;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.Lanes.load;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.UnaryFn;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// Functions of one F32 number: one loop each, so that the compiler sees which function a loop
/// calls.
///
/// The compiler stops inlining plain methods once a loop has grown past a limit, and a vector that
/// crosses a call is an object. So, here and in the other kernels, operands are loaded before a
/// long function and results are stored by the intrinsic itself, which the limit spares.
/// `AllocationTest` watches over it.
final class UnaryKernels {
  private UnaryKernels() {}

  static Elementwise.Map of(UnaryFn fn) {
    return switch (fn) {
      case NEG -> UnaryKernels::neg;
      case SQUARE -> UnaryKernels::square;
      case ABS -> UnaryKernels::abs;
      case SIGN -> UnaryKernels::sign;
      case RECIPROCAL -> UnaryKernels::reciprocal;
      case SQRT -> UnaryKernels::sqrt;
      case RSQRT -> UnaryKernels::rsqrt;
      case EXP -> UnaryKernels::exp;
      case LOG -> UnaryKernels::log;
      case SIN -> UnaryKernels::sin;
      case COS -> UnaryKernels::cos;
      case TANH -> UnaryKernels::tanh;
      case ERF -> UnaryKernels::erf;
      case SIGMOID -> UnaryKernels::sigmoid;
      case LOG_SIGMOID -> UnaryKernels::logSigmoid;
      case SOFTPLUS -> UnaryKernels::softplus;
      case RELU -> UnaryKernels::relu;
      case SILU -> UnaryKernels::silu;
      case GELU -> UnaryKernels::gelu;
      case GELU_TANH -> UnaryKernels::geluTanh;
      case QUICK_GELU -> UnaryKernels::quickGelu;
      case FLOOR -> UnaryKernels::floor;
      case ROUND -> UnaryKernels::round;
    };
  }

  private static void neg(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(x, i).neg().intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void square(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      v.mul(v).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void abs(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(x, i).abs().intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void sign(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.sign(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void reciprocal(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector.broadcast(F, 1).div(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void sqrt(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(x, i).sqrt().intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void rsqrt(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector.broadcast(F, 1).div(load(x, i).sqrt()).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void exp(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FastMath.exp(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void log(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.log(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void sin(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += Float.BYTES) {
      y.set(Elements.F32, i, (float) Math.sin(x.get(Elements.F32, i)));
    }
  }

  private static void cos(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += Float.BYTES) {
      y.set(Elements.F32, i, (float) Math.cos(x.get(Elements.F32, i)));
    }
  }

  private static void tanh(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.tanh(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void erf(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.erf(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void sigmoid(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.sigmoid(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void logSigmoid(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.softplus(load(x, i).neg()).neg().intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void softplus(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.softplus(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void relu(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(x, i).max(0).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void silu(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.silu(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void gelu(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.gelu(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void geluTanh(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.geluTanh(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void quickGelu(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.quickGelu(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void floor(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.floor(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void round(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      VectorMath.round(load(x, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }
}
