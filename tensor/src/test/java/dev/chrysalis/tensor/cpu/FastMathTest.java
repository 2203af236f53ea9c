package dev.chrysalis.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class FastMathTest {
  private static float vectorExp(float x) {
    return FastMath.exp(FloatVector.broadcast(Lanes.F, x)).lane(0);
  }

  @Test
  void expIsWithinOneAndAHalfUnits() {
    double worst = 0;
    for (float x = -87.3f; x < 88.72f; x += 0.00097f) {
      double exact = Math.exp(x);
      float found = FastMath.exp(x);
      worst = Math.max(worst, Math.abs(found - exact) / Math.ulp((float) exact));
    }
    assertTrue(worst < 1.5, "error of " + worst + " units in the last place");
  }

  @Test
  void vectorsAndSinglesAgree() {
    for (float x = -120; x < 120; x += 0.37f) {
      assertEquals(FastMath.exp(x), vectorExp(x), "exp " + x);
    }
  }

  @Test
  void edgesComeOutAsTheyShould() {
    float[] inputs = {
      0,
      -0f,
      1,
      -200,
      200,
      -104,
      88.73f,
      Float.NEGATIVE_INFINITY,
      Float.POSITIVE_INFINITY,
      Float.NaN,
      Float.MIN_VALUE,
      Float.MAX_VALUE,
      -Float.MAX_VALUE
    };
    for (float x : inputs) {
      float expected = (float) Math.exp(x);
      float tolerance = Float.isFinite(expected) ? Math.ulp(expected) : 0;
      assertEquals(expected, vectorExp(x), tolerance, "exp " + x);
    }
    assertEquals(1, FastMath.exp(0));
    for (float x = -103.9f; x < -87.4f; x += 0.01f) { // denormal results
      assertEquals(Math.exp(x), FastMath.exp(x), 1.5 * Float.MIN_VALUE, "exp " + x);
    }
  }

  @Test
  void whatIsTooSmallIsNothing() {
    FloatVector least = FloatVector.broadcast(Lanes.F, FastMath.LEAST_NORMAL);
    for (float x = -110; x <= 88; x += 0.0037f) {
      float expected = x < FastMath.LEAST_NORMAL ? 0 : FastMath.exp(x);
      assertEquals(expected, FastMath.exp(FloatVector.broadcast(Lanes.F, x), least).lane(0));
    }
    float[] edges = {FastMath.LEAST_NORMAL, 0, Float.NEGATIVE_INFINITY, Float.NaN};
    float[] expected = {FastMath.exp(FastMath.LEAST_NORMAL), 1, 0, Float.NaN};
    for (int i = 0; i < edges.length; i++) {
      FloatVector x = FloatVector.broadcast(Lanes.F, edges[i]);
      assertEquals(expected[i], FastMath.exp(x, least).lane(0));
    }
    assertTrue(FastMath.exp(FastMath.LEAST_NORMAL) >= Float.MIN_NORMAL);
  }

  @Test
  void expAndSumAddsUp() {
    int n = 5 * Lanes.COUNT;
    float[] x = new float[n + 3];
    double expected = 0;
    for (int i = 0; i < n; i++) {
      x[3 + i] = i * 0.1f - 2;
      expected += Math.exp(x[3 + i] - 1f);
    }
    assertEquals(expected, FastMath.expAndSum(x, 3, n, 1, FastMath.LEAST_NORMAL), 1e-5 * expected);
    assertEquals((float) Math.exp(-3), x[3], 1e-7);
  }

  @Test
  void lanesAddUpByHalves() {
    float[] lanes = new float[Lanes.COUNT];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = 1 + i * 0.37f;
    }
    float found = Lanes.sum(Lanes.load(lanes, 0));
    for (int half = Lanes.COUNT / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    assertEquals(lanes[0], found);
  }
}
