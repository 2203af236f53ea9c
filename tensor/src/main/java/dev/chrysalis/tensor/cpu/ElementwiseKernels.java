package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.BYTES;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.Lanes.load;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.Comparison;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// Functions of F32 numbers with parameters, and of two and three numbers.
final class ElementwiseKernels {
  private ElementwiseKernels() {}

  static Elementwise.Map2 of(BinaryFn fn) {
    return switch (fn) {
      case ADD -> ElementwiseKernels::add;
      case SUB -> ElementwiseKernels::sub;
      case MUL -> ElementwiseKernels::mul;
      case DIV -> ElementwiseKernels::div;
      case MAX -> ElementwiseKernels::max;
      case MIN -> ElementwiseKernels::min;
    };
  }

  private static void add(MemorySegment a, MemorySegment b, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(a, i).add(load(b, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void sub(MemorySegment a, MemorySegment b, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(a, i).sub(load(b, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void mul(MemorySegment a, MemorySegment b, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(a, i).mul(load(b, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void div(MemorySegment a, MemorySegment b, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(a, i).div(load(b, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void max(MemorySegment a, MemorySegment b, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(a, i).max(load(b, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void min(MemorySegment a, MemorySegment b, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(a, i).min(load(b, i)).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  /// `scale·x + shift`
  static Elementwise.Map affine(float scale, float shift) {
    return (x, y, sizeBytes) -> affine(x, y, sizeBytes, scale, shift);
  }

  private static void affine(
      MemorySegment x, MemorySegment y, long sizeBytes, float scale, float shift) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(x, i).mul(scale).add(shift).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  static Elementwise.Map clamp(float min, float max) {
    return (x, y, sizeBytes) -> clamp(x, y, sizeBytes, min, max);
  }

  private static void clamp(
      MemorySegment x, MemorySegment y, long sizeBytes, float min, float max) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      load(x, i).max(min).min(max).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  /// `x^exponent`; squares and cubes, which norms and losses take, without the general power.
  static Elementwise.Map pow(double exponent) {
    if (exponent == 2) {
      return (x, y, sizeBytes) -> mul(x, x, y, sizeBytes);
    }
    if (exponent == 3) {
      return ElementwiseKernels::cube;
    }
    return (x, y, sizeBytes) -> pow(x, y, sizeBytes, exponent);
  }

  private static void cube(MemorySegment x, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(x, i);
      v.mul(v).mul(v).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  private static void pow(MemorySegment x, MemorySegment y, long sizeBytes, double exponent) {
    for (long i = 0; i < sizeBytes; i += Float.BYTES) {
      y.set(Elements.F32, i, (float) Math.pow(x.get(Elements.F32, i), exponent));
    }
  }

  static void compare(Parallel pool, Comparison relation, List<Tensor> in, Tensor y) {
    Elementwise.run(
        pool,
        in,
        List.of(y),
        switch (relation) {
          case EQ -> (s, n) -> equal(s[0], s[1], s[2], n, 1);
          case NE -> (s, n) -> equal(s[0], s[1], s[2], n, 0);
          case LT -> (s, n) -> less(s[0], s[1], s[2], n);
          case LE -> (s, n) -> lessOrEqual(s[0], s[1], s[2], n);
          case GT -> (s, n) -> less(s[1], s[0], s[2], n);
          case GE -> (s, n) -> lessOrEqual(s[1], s[0], s[2], n);
        });
  }

  private static void equal(
      MemorySegment a, MemorySegment b, MemorySegment y, int count, int ifEqual) {
    for (long i = 0; i < count; i++) {
      boolean equal = a.get(Elements.F32, i * 4) == b.get(Elements.F32, i * 4);
      y.set(Elements.I8, i, (byte) (equal ? ifEqual : 1 - ifEqual));
    }
  }

  private static void less(MemorySegment a, MemorySegment b, MemorySegment y, int count) {
    for (long i = 0; i < count; i++) {
      boolean holds = a.get(Elements.F32, i * 4) < b.get(Elements.F32, i * 4);
      y.set(Elements.I8, i, (byte) (holds ? 1 : 0));
    }
  }

  private static void lessOrEqual(MemorySegment a, MemorySegment b, MemorySegment y, int count) {
    for (long i = 0; i < count; i++) {
      boolean holds = a.get(Elements.F32, i * 4) <= b.get(Elements.F32, i * 4);
      y.set(Elements.I8, i, (byte) (holds ? 1 : 0));
    }
  }

  static void where(Parallel pool, List<Tensor> in, Tensor y) {
    Elementwise.run(pool, in, List.of(y), (s, n) -> where(s[0], s[1], s[2], s[3], n));
  }

  private static void where(
      MemorySegment condition, MemorySegment a, MemorySegment b, MemorySegment y, int count) {
    for (long i = 0; i < count; i++) {
      int yes = a.get(Elements.I32, i * 4);
      int no = b.get(Elements.I32, i * 4);
      y.set(Elements.I32, i * 4, condition.get(Elements.I8, i) != 0 ? yes : no);
    }
  }

  /// `silu(gate)·up`
  static void swiGlu(MemorySegment gate, MemorySegment up, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(up, i);
      v.mul(VectorMath.silu(load(gate, i))).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  static void swiGluGrad(Parallel pool, List<Tensor> in, List<Tensor> out) {
    Elementwise.run(pool, in, out, (s, n) -> swiGluGrad(s[0], s[1], s[2], s[3], s[4], 4L * n));
  }

  private static void swiGluGrad(
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dy,
      MemorySegment dgate,
      MemorySegment dup,
      long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector x = load(gate, i);
      FloatVector v = load(up, i);
      FloatVector g = load(dy, i);
      FloatVector s = VectorMath.sigmoid(x);
      FloatVector slope = FloatVector.broadcast(F, 1).sub(s).mul(x).add(1).mul(s);
      slope.mul(v).mul(g).intoMemorySegment(dgate, i, LITTLE_ENDIAN);
      x.mul(s).mul(g).intoMemorySegment(dup, i, LITTLE_ENDIAN);
    }
  }

  /// `a·gelu(b)`, `a` and `b` the halves of the last axis of `x`.
  static void geGlu(Parallel pool, Tensor x, Tensor y) {
    List<Tensor> halves = List.of(half(x, 0), half(x, 1));
    Elementwise.map2(pool, halves, y, ElementwiseKernels::geGlu);
  }

  private static void geGlu(MemorySegment a, MemorySegment b, MemorySegment y, long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector v = load(a, i);
      v.mul(VectorMath.gelu(load(b, i))).intoMemorySegment(y, i, LITTLE_ENDIAN);
    }
  }

  static void geGluGrad(Parallel pool, Tensor x, Tensor dy, Tensor dx) {
    Elementwise.run(
        pool,
        List.of(half(x, 0), half(x, 1), dy),
        List.of(half(dx, 0), half(dx, 1)),
        (s, n) -> geGluGrad(s[0], s[1], s[2], s[3], s[4], 4L * n));
  }

  private static void geGluGrad(
      MemorySegment a,
      MemorySegment b,
      MemorySegment dy,
      MemorySegment da,
      MemorySegment db,
      long sizeBytes) {
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector x = load(b, i);
      FloatVector v = load(a, i);
      FloatVector g = load(dy, i);
      FloatVector power = VectorMath.normalPower(x);
      FloatVector cdf = VectorMath.normalCdf(x, power);
      FloatVector slope = x.mul(power).mul(VectorMath.ONE_OVER_ROOT_TWO_PI).add(cdf);
      cdf.mul(x).mul(g).intoMemorySegment(da, i, LITTLE_ENDIAN);
      slope.mul(v).mul(g).intoMemorySegment(db, i, LITTLE_ENDIAN);
    }
  }

  private static Tensor half(Tensor x, int which) {
    int last = x.rank() - 1;
    int size = x.size(last) / 2;
    return CopyKernels.slice(x, last, which * size, size);
  }

  /// `Op.AdamW`, see there; `m̂` and `v̂` are not formed, their corrections are part of two
  /// constants.
  static void adamW(Parallel pool, Op.AdamW op, List<Tensor> in, List<Tensor> out) {
    float keep = (float) (1 - op.learningRate() * op.weightDecay());
    float step = (float) (op.learningRate() / (1 - Math.pow(op.beta1(), op.step())));
    float rootCorrection = (float) (1 / Math.sqrt(1 - Math.pow(op.beta2(), op.step())));
    AdamStep constants =
        new AdamStep(
            keep,
            (float) op.beta1(),
            (float) (1 - op.beta1()),
            (float) op.beta2(),
            (float) (1 - op.beta2()),
            step,
            rootCorrection,
            (float) op.eps());
    Elementwise.run(pool, in, out, (s, n) -> adamW(s, 4L * n, constants));
  }

  private record AdamStep(
      float keep,
      float beta1,
      float oneMinusBeta1,
      float beta2,
      float oneMinusBeta2,
      float step,
      float rootCorrection,
      float eps) {}

  private static void adamW(MemorySegment[] s, long sizeBytes, AdamStep c) {
    MemorySegment p = s[0];
    MemorySegment g = s[1];
    MemorySegment m = s[2];
    MemorySegment v = s[3];
    MemorySegment newP = s[4];
    MemorySegment newM = s[5];
    MemorySegment newV = s[6];
    for (long i = 0; i < sizeBytes; i += BYTES) {
      FloatVector grad = load(g, i);
      FloatVector mean = load(m, i).mul(c.beta1).add(grad.mul(c.oneMinusBeta1));
      FloatVector square = load(v, i).mul(c.beta2).add(grad.mul(grad).mul(c.oneMinusBeta2));
      FloatVector root = square.sqrt().mul(c.rootCorrection).add(c.eps);
      FloatVector kept = load(p, i).mul(c.keep);
      kept.sub(mean.mul(c.step).div(root)).intoMemorySegment(newP, i, LITTLE_ENDIAN);
      mean.intoMemorySegment(newM, i, LITTLE_ENDIAN);
      square.intoMemorySegment(newV, i, LITTLE_ENDIAN);
    }
  }
}
