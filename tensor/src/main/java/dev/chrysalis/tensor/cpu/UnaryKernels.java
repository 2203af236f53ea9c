package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.BYTES;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.Lanes.load;
import static dev.chrysalis.tensor.cpu.Lanes.store;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.UnaryFn;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// Functions of one F32 number: one loop each, so that the compiler sees which function a loop calls.
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
      store(load(x, i).neg(), y, i);
    }
  }

  private static void square(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      store(v.mul(v), y, i);
    }
  }

  private static void abs(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(load(x, i).abs(), y, i);
    }
  }

  private static void sign(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(VectorMath.sign(load(x, i)), y, i);
    }
  }

  private static void reciprocal(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(FloatVector.broadcast(F, 1).div(load(x, i)), y, i);
    }
  }

  private static void sqrt(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(load(x, i).sqrt(), y, i);
    }
  }

  private static void rsqrt(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(FloatVector.broadcast(F, 1).div(load(x, i).sqrt()), y, i);
    }
  }

  private static void exp(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(FastMath.exp(load(x, i)), y, i);
    }
  }

  private static void log(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(VectorMath.log(load(x, i)), y, i);
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
      store(VectorMath.tanh(load(x, i)), y, i);
    }
  }

  private static void erf(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(VectorMath.erf(load(x, i)), y, i);
    }
  }

  private static void sigmoid(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(VectorMath.sigmoid(load(x, i)), y, i);
    }
  }

  private static void logSigmoid(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(VectorMath.softplus(load(x, i).neg()).neg(), y, i);
    }
  }

  private static void softplus(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(VectorMath.softplus(load(x, i)), y, i);
    }
  }

  private static void relu(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(load(x, i).max(0), y, i);
    }
  }

  private static void silu(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(VectorMath.silu(load(x, i)), y, i);
    }
  }

  private static void gelu(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(VectorMath.gelu(load(x, i)), y, i);
    }
  }

  private static void geluTanh(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(VectorMath.geluTanh(load(x, i)), y, i);
    }
  }

  private static void quickGelu(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(VectorMath.quickGelu(load(x, i)), y, i);
    }
  }

  private static void floor(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(VectorMath.floor(load(x, i)), y, i);
    }
  }

  private static void round(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      store(VectorMath.round(load(x, i)), y, i);
    }
  }
}
