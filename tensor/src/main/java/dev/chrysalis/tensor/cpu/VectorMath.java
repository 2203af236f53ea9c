package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.F;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/// Functions of vectors, to about 1e-7 of the result, NaN and infinities included. Polynomials of
/// our own, fitted to the smallest largest relative error, give the same bits compiled or
/// interpreted, which the built-in ones do not.
final class VectorMath {
  private static final float ROOT_HALF = 0.70710678f;
  static final float ONE_OVER_ROOT_TWO_PI = 0.39894228f;
  static final float ROOT_TWO_OVER_PI = 0.7978845608f;
  static final float GELU_CUBIC = 0.044715f;
  private static final float QUICK_GELU_SCALE = 1.702f;

  /// Where `tanh` changes from a polynomial to `exp`.
  private static final float TANH_BEND = 0.625f;

  /// Integers start here: floats of this size have no fraction.
  private static final float TWO_23 = 0x1p23f;

  private static final float LN2_HIGH = 0.693359375f; // 9 bits: times an exponent without rounding
  private static final float LN2_LOW = -2.12194440e-4f;
  private static final int ROOT_HALF_BITS = 0x3f3504f3;

  private VectorMath() {}

  /// `1 / (1 + exp(−x))`
  static FloatVector sigmoid(FloatVector x) {
    return FloatVector.broadcast(F, 1).div(FastMath.exp(x.neg()).add(1));
  }

  /// `x·σ(x)`
  static FloatVector silu(FloatVector x) {
    return x.div(FastMath.exp(x.neg()).add(1));
  }

  /// `σ(x)·(1 + x·(1 − σ(x)))`
  static FloatVector siluSlope(FloatVector x) {
    FloatVector s = sigmoid(x);
    return s.mul(FloatVector.broadcast(F, 1).sub(s).mul(x).add(1));
  }

  /// `sign(x)·(1 − 2/(exp(2|x|) + 1))`, near 0 an odd polynomial.
  static FloatVector tanh(FloatVector x) {
    FloatVector size = x.abs();
    FloatVector e = FastMath.exp(size.add(size));
    FloatVector large = FloatVector.broadcast(F, 1).sub(FloatVector.broadcast(F, 2).div(e.add(1)));
    FloatVector z = x.mul(x);
    FloatVector p = z.mul(-0.0056599886f).add(0.020590987f);
    p = p.fma(z, FloatVector.broadcast(F, -0.053721067f));
    p = p.fma(z, FloatVector.broadcast(F, 0.13331127f));
    p = p.fma(z, FloatVector.broadcast(F, -0.3333326f));
    FloatVector small = p.mul(z).fma(x, x);
    return large.blend(large.neg(), x.compare(LT, 0)).blend(small, size.compare(LT, TANH_BEND));
  }

  /// `erf(x)`: an odd polynomial up to 1, from there `1 − erfc`.
  static FloatVector erf(FloatVector x) {
    FloatVector size = x.abs();
    FloatVector z = x.mul(x);
    FloatVector large = FloatVector.broadcast(F, 1).sub(erfc(size, FastMath.exp(z.neg())));
    FloatVector p = z.mul(7.8538607e-5f).add(-0.00080101937f);
    p = p.fma(z, FloatVector.broadcast(F, 0.0051883277f));
    p = p.fma(z, FloatVector.broadcast(F, -0.026853813f));
    p = p.fma(z, FloatVector.broadcast(F, 0.11283585f));
    p = p.fma(z, FloatVector.broadcast(F, -0.37612626f));
    p = p.fma(z, FloatVector.broadcast(F, 1.1283791f));
    FloatVector small = p.mul(x);
    return large.blend(large.neg(), x.compare(LT, 0)).blend(small, size.compare(LT, 1));
  }

  /// `erfc(t) = exp(−t²)·u·P(u)` with `u = 1/(1 + 0.4·t)`, for `t ≥ 0`; `power` is `exp(−t²)`.
  private static FloatVector erfc(FloatVector t, FloatVector power) {
    FloatVector u = FloatVector.broadcast(F, 1).div(t.mul(0.4f).add(1));
    FloatVector p = u.mul(0.04125304f).add(-0.14031924f);
    p = p.fma(u, FloatVector.broadcast(F, 0.083987296f));
    p = p.fma(u, FloatVector.broadcast(F, 0.087964326f));
    p = p.fma(u, FloatVector.broadcast(F, 0.0797565f));
    p = p.fma(u, FloatVector.broadcast(F, 0.1933932f));
    p = p.fma(u, FloatVector.broadcast(F, 0.2018876f));
    p = p.fma(u, FloatVector.broadcast(F, 0.22644311f));
    p = p.fma(u, FloatVector.broadcast(F, 0.22563423f));
    return p.mul(u).mul(power);
  }

  /// `Φ(x) = (1 + erf(x/√2)) / 2`; `power` is `exp(−x²/2)`.
  static FloatVector normalCdf(FloatVector x, FloatVector power) {
    FloatVector half = erfc(x.abs().mul(ROOT_HALF), power).mul(0.5f);
    return half.blend(FloatVector.broadcast(F, 1).sub(half), x.compare(GE, 0));
  }

  /// `exp(−x²/2)`
  static FloatVector normalPower(FloatVector x) {
    return FastMath.exp(x.mul(x).mul(-0.5f));
  }

  /// `x·Φ(x)`
  static FloatVector gelu(FloatVector x) {
    return x.mul(normalCdf(x, normalPower(x)));
  }

  /// `x/2·(1 + tanh u) = x·σ(2u)`, `u = √(2/π)·(x + 0.044715·x³)`
  static FloatVector geluTanh(FloatVector x) {
    return x.mul(sigmoid(geluAngle(x)));
  }

  /// `2u`
  static FloatVector geluAngle(FloatVector x) {
    return x.mul(x).mul(GELU_CUBIC).add(1).mul(x).mul(2 * ROOT_TWO_OVER_PI);
  }

  /// `x·σ(1.702·x)`
  static FloatVector quickGelu(FloatVector x) {
    return x.mul(sigmoid(x.mul(QUICK_GELU_SCALE)));
  }

  static FloatVector quickGeluSlope(FloatVector x) {
    return siluSlope(x.mul(QUICK_GELU_SCALE)); // x·σ(c·x) = silu(c·x)/c
  }

  /// `max(x, 0) + log(1 + exp(−|x|))`
  static FloatVector softplus(FloatVector x) {
    return x.max(0).add(logOnePlus(FastMath.exp(x.abs().neg())));
  }

  /// `log(1 + e)` for `0 ≤ e ≤ 1`
  private static FloatVector logOnePlus(FloatVector e) {
    FloatVector p = e.mul(0.0020302394f).add(-0.01340752f);
    p = p.fma(e, FloatVector.broadcast(F, 0.04147822f));
    p = p.fma(e, FloatVector.broadcast(F, -0.08244173f));
    p = p.fma(e, FloatVector.broadcast(F, 0.12418435f));
    p = p.fma(e, FloatVector.broadcast(F, -0.1610569f));
    p = p.fma(e, FloatVector.broadcast(F, 0.19890748f));
    p = p.fma(e, FloatVector.broadcast(F, -0.24987271f));
    p = p.fma(e, FloatVector.broadcast(F, 0.3333256f));
    p = p.fma(e, FloatVector.broadcast(F, -0.49999982f));
    return p.mul(e).fma(e, e);
  }

  /// `log x = k·log 2 + log(1 + f)`, `x = 2ᵏ·(1 + f)`, `√½ ≤ 1 + f < √2`, `log(1 + f) = f − f²/2 +
  /// f³·P(f)`
  static FloatVector log(FloatVector x) {
    VectorMask<Float> tiny = x.compare(LT, Float.MIN_NORMAL);
    IntVector bits = x.blend(x.mul(TWO_23), tiny).reinterpretAsInts();
    IntVector exponent = bits.sub(ROOT_HALF_BITS).lanewise(ASHR, 23);
    FloatVector f = bits.sub(exponent.lanewise(LSHL, 23)).reinterpretAsFloats().sub(1);
    FloatVector k = (FloatVector) exponent.convert(I2F, 0);
    k = k.blend(k.sub(23), tiny);
    FloatVector z = f.mul(f);
    FloatVector p = logCubic(f);
    FloatVector rest = k.fma(FloatVector.broadcast(F, LN2_LOW), p.mul(f).mul(z)).sub(z.mul(0.5f));
    FloatVector y = k.fma(FloatVector.broadcast(F, LN2_HIGH), rest.add(f));
    return y.blend(Float.NEGATIVE_INFINITY, x.compare(EQ, 0))
        .blend(Float.NaN, x.compare(LT, 0))
        .blend(x, x.compare(LT, Float.POSITIVE_INFINITY).not());
  }

  /// `P(f) = (log(1 + f) − f + f²/2) / f³`
  private static FloatVector logCubic(FloatVector f) {
    FloatVector p = f.mul(0.07037675f).add(-0.11514604f);
    p = p.fma(f, FloatVector.broadcast(F, 0.11676999f));
    p = p.fma(f, FloatVector.broadcast(F, -0.12420142f));
    p = p.fma(f, FloatVector.broadcast(F, 0.14249323f));
    p = p.fma(f, FloatVector.broadcast(F, -0.16668057f));
    p = p.fma(f, FloatVector.broadcast(F, 0.20000714f));
    p = p.fma(f, FloatVector.broadcast(F, -0.24999994f));
    return p.fma(f, FloatVector.broadcast(F, 0.3333333f));
  }

  /// −1, 0 or 1; zeros and NaN stay as they are.
  static FloatVector sign(FloatVector x) {
    return x.blend(1, x.compare(GT, 0)).blend(-1, x.compare(LT, 0));
  }

  /// The largest integer that is not above `x`.
  static FloatVector floor(FloatVector x) {
    FloatVector nearest = round(x);
    FloatVector below = nearest.sub(1);
    return nearest.blend(below, x.compare(LT, nearest));
  }

  /// The nearest integer, ties to even: adding 2²³ leaves no room for a fraction.
  static FloatVector round(FloatVector x) {
    FloatVector size = x.abs();
    IntVector sign = x.reinterpretAsInts().and(Integer.MIN_VALUE);
    FloatVector rounded = size.add(TWO_23).sub(TWO_23);
    FloatVector signed = rounded.reinterpretAsInts().or(sign).reinterpretAsFloats();
    return x.blend(signed, size.compare(LT, TWO_23));
  }
}
