package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.Lanes.I;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/// The exponential function, for vectors and, with the same bits, for one float.
///
/// `exp(x) = 2ⁿ·exp(r)` with `n = round(x / log 2)` and `|r| ≤ log(2)/2`; `exp(r)` is a polynomial
/// of degree 6 fitted to the smallest largest relative error. The error stays below 1.5 units in
/// the last place; infinities, NaN and denormal results come out as they should.
final class FastMath {
  private static final float LOG2_E = 1.44269504f;
  private static final float LN2_HIGH = 0.693359375f; // 9 bits: times n without rounding
  private static final float LN2_LOW = -2.12194440e-4f;

  /// Added and taken away again, it rounds to an integer, which stands in the low bits meanwhile.
  private static final float ROUNDER = 0x1.8p23f;

  private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  /// Beyond these the result is 0 or infinite.
  private static final float MIN = -105;

  private static final float MAX = 90;

  /// Below this the result is no normal number any more.
  static final float LEAST_NORMAL = -87;

  /// What is smaller than `exp` of this, 9e-27, is nothing beside 1, also as one of many.
  static final float LEAST_WEIGHT = -60;

  private static final int EXPONENT_BIAS = 127;
  private static final int EXPONENT_SHIFT = 23;

  private static final float C2 = 0.49999994f;
  private static final float C3 = 0.16666521f;
  private static final float C4 = 0.04166829f;
  private static final float C5 = 0.008368704f;
  private static final float C6 = 0.0013818939f;

  // Ready vectors, since making them in `exp` would spend what the compiler allows for inlining.
  private static final FloatVector ALL_MIN = FloatVector.broadcast(F, MIN);
  private static final FloatVector ALL_MAX = FloatVector.broadcast(F, MAX);
  private static final FloatVector ALL_LOG2_E = FloatVector.broadcast(F, LOG2_E);
  private static final FloatVector ALL_ROUNDER = FloatVector.broadcast(F, ROUNDER);
  private static final FloatVector ALL_LN2_HIGH = FloatVector.broadcast(F, -LN2_HIGH);
  private static final FloatVector ALL_LN2_LOW = FloatVector.broadcast(F, -LN2_LOW);
  private static final FloatVector ALL_C2 = FloatVector.broadcast(F, C2);
  private static final FloatVector ALL_C3 = FloatVector.broadcast(F, C3);
  private static final FloatVector ALL_C4 = FloatVector.broadcast(F, C4);
  private static final FloatVector ALL_C5 = FloatVector.broadcast(F, C5);
  private static final FloatVector ALL_C6 = FloatVector.broadcast(F, C6);
  private static final FloatVector ALL_ONE = FloatVector.broadcast(F, 1);
  private static final IntVector ALL_ROUNDER_BITS = IntVector.broadcast(I, ROUNDER_BITS);
  private static final IntVector ALL_BIAS = IntVector.broadcast(I, EXPONENT_BIAS);

  private FastMath() {}

  /// `exp(x)`. In one piece on purpose: with a helper for the powers of two the compiler stopped
  /// inlining in large callers, which then took twice as long.
  static FloatVector exp(FloatVector x) {
    FloatVector z = x.blend(ALL_MIN, x.compare(LT, ALL_MIN));
    z = z.blend(ALL_MAX, z.compare(GT, ALL_MAX));
    FloatVector shifted = z.fma(ALL_LOG2_E, ALL_ROUNDER);
    FloatVector n = shifted.sub(ALL_ROUNDER);
    FloatVector r = n.fma(ALL_LN2_LOW, n.fma(ALL_LN2_HIGH, z));
    FloatVector p = r.fma(ALL_C6, ALL_C5);
    p = p.fma(r, ALL_C4);
    p = p.fma(r, ALL_C3);
    p = p.fma(r, ALL_C2);
    p = p.fma(r.mul(r), r).add(ALL_ONE);
    IntVector power = shifted.reinterpretAsInts().sub(ALL_ROUNDER_BITS);
    IntVector half = power.lanewise(ASHR, 1); // 2ⁿ in two factors: one alone may be out of range
    IntVector first = half.add(ALL_BIAS).lanewise(LSHL, EXPONENT_SHIFT);
    IntVector second = power.sub(half).add(ALL_BIAS).lanewise(LSHL, EXPONENT_SHIFT);
    return p.mul(first.reinterpretAsFloats()).mul(second.reinterpretAsFloats());
  }

  /// `exp(x)`, or 0 where `x < least`, for `x` up to 88. Some processors take a hundred times as
  /// long for results that are not normal numbers, or for sums of products of such; of the weights
  /// of sharp attention many would be. In one piece for the same reason.
  ///
  /// @param least `LEAST_NORMAL` or more
  static FloatVector exp(FloatVector x, FloatVector least) {
    VectorMask<Float> nothing = x.compare(LT, least);
    FloatVector z = x.blend(least, nothing);
    FloatVector shifted = z.fma(ALL_LOG2_E, ALL_ROUNDER);
    FloatVector n = shifted.sub(ALL_ROUNDER);
    FloatVector r = n.fma(ALL_LN2_LOW, n.fma(ALL_LN2_HIGH, z));
    FloatVector p = r.fma(ALL_C6, ALL_C5);
    p = p.fma(r, ALL_C4);
    p = p.fma(r, ALL_C3);
    p = p.fma(r, ALL_C2);
    p = p.fma(r.mul(r), r).add(ALL_ONE);
    IntVector power = shifted.reinterpretAsInts().sub(ALL_ROUNDER_BITS);
    IntVector factor = power.add(ALL_BIAS).lanewise(LSHL, EXPONENT_SHIFT);
    return p.mul(factor.reinterpretAsFloats()).blend(0, nothing);
  }

  /// `exp(x)`, the same bits as for vectors.
  static float exp(float x) {
    float z = x < MIN ? MIN : x;
    z = z > MAX ? MAX : z;
    float shifted = Math.fma(z, LOG2_E, ROUNDER);
    float n = shifted - ROUNDER;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, z));
    float p = Math.fma(r, C6, C5);
    p = Math.fma(p, r, C4);
    p = Math.fma(p, r, C3);
    p = Math.fma(p, r, C2);
    p = Math.fma(p, r * r, r) + 1;
    int power = Float.floatToRawIntBits(shifted) - ROUNDER_BITS;
    int half = power >> 1;
    return p * powerOfTwo(half) * powerOfTwo(power - half);
  }

  private static float powerOfTwo(int n) {
    return Float.intBitsToFloat((n + EXPONENT_BIAS) << EXPONENT_SHIFT);
  }

  /// Replaces `x[at … at + n − 1]` by `exp(x − shift)`, or 0 where `x − shift < least`, and returns
  /// the sum; `n` is a multiple of the lanes.
  ///
  /// @param shift no less than `x − 88`
  static float expAndSum(float[] x, int at, int n, float shift, float least) {
    FloatVector sum = FloatVector.zero(F);
    FloatVector allLeast = FloatVector.broadcast(F, least);
    for (int i = 0; i < n; i += COUNT) {
      FloatVector y = exp(FloatVector.fromArray(F, x, at + i).sub(shift), allLeast);
      y.intoArray(x, at + i);
      sum = sum.add(y);
    }
    return Lanes.sum(sum);
  }
}
