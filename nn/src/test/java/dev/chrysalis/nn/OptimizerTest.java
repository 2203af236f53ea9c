package dev.chrysalis.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class OptimizerTest {
  private static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.99, 1e-8, 0.1, 1);

  private static Tensor vector(double... values) {
    return Tensor.of(values, values.length);
  }

  /// The formula, in plain loops, for one number.
  private static final class Plain {
    double p;
    double m;
    double v;

    Plain(double p) {
      this.p = p;
    }

    void step(double g, double rate, AdamW.Settings s, int step) {
      double lr = rate * s.learningRateScale();
      m = s.beta1() * m + (1 - s.beta1()) * g;
      v = s.beta2() * v + (1 - s.beta2()) * g * g;
      p -= lr * s.weightDecay() * p;
      double mHat = m / (1 - Math.pow(s.beta1(), step));
      double vHat = v / (1 - Math.pow(s.beta2(), step));
      p -= lr * mHat / (Math.sqrt(vHat) + s.eps());
    }
  }

  @Test
  void adamWFollowsItsFormulaInEveryGroup() {
    AdamW.Settings slow = new AdamW.Settings(0.8, 0.95, 1e-3, 0, 0.5);
    Tensor a = vector(1, -2, 3);
    Tensor b = vector(0.5);
    AdamW adam = new AdamW().group(Map.of("a", a), SETTINGS).group(Map.of("b", b), slow);
    Plain[] plain = {new Plain(1), new Plain(-2), new Plain(3), new Plain(0.5)};
    for (int step = 1; step <= 20; step++) {
      double rate = 0.01 * step;
      double[] g = {Math.sin(step), step % 3 - 1, 0, Math.cos(step)};
      adam.step(Map.of("a", vector(g[0], g[1], g[2]), "b", vector(g[3])), rate);
      for (int i = 0; i < 4; i++) {
        plain[i].step(g[i], rate, i < 3 ? SETTINGS : slow, step);
      }
    }
    double[] expected = {plain[0].p, plain[1].p, plain[2].p};
    assertArrayEquals(expected, a.toDoubles(), 1e-12);
    assertEquals(plain[3].p, b.item(), 1e-12);
    assertEquals(plain[1].m, adam.state().get("a.m").getDouble(1), 1e-12);
    assertEquals(plain[3].v, adam.state().get("b.v").item(), 1e-12);
    assertEquals(List.of("a.m", "a.v", "b.m", "b.v"), List.copyOf(adam.state().keySet()));
    assertSame(a, adam.parameters().get("a"));
    assertEquals(20, adam.step());
  }

  @Test
  void parametersWithoutGradientStay() {
    Tensor a = vector(1);
    Tensor b = vector(2);
    AdamW adam = new AdamW().group(Map.of("a", a, "b", b), SETTINGS);
    adam.step(Map.of("a", vector(1)), 0.1);
    assertTrue(a.item() < 1);
    assertEquals(2, b.item());
    assertEquals(0, adam.state().get("b.m").item());
  }

  @Test
  void aRestoredOptimizerGoesOnAsIfNothingHadHappened() {
    Tensor through = vector(1, 2);
    AdamW adam = new AdamW().group(Map.of("p", through), SETTINGS);
    Tensor resumed = vector(0, 0);
    for (int step = 1; step <= 10; step++) {
      adam.step(Map.of("p", vector(step, -step)), 0.1);
      if (step == 5) {
        Ops.copyInto(through, resumed);
      }
    }
    AdamW before = new AdamW().group(Map.of("p", vector(1, 2)), SETTINGS);
    AdamW after = new AdamW().group(Map.of("p", resumed), SETTINGS);
    for (int step = 1; step <= 5; step++) {
      before.step(Map.of("p", vector(step, -step)), 0.1);
    }
    Scope.run(() -> after.restore(before.state(), before.step()));
    assertEquals(5, after.step());
    for (int step = 6; step <= 10; step++) {
      after.step(Map.of("p", vector(step, -step)), 0.1);
    }
    assertArrayEquals(through.toDoubles(), resumed.toDoubles());
  }

  @Test
  void aStateThatDoesNotFitIsRefusedWhole() {
    AdamW adam = new AdamW().group(Map.of("a", vector(1), "b", vector(1, 2)), SETTINGS);
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("a.m", vector(5));
    state.put("b.m", vector(5));
    state.put("b.v", Tensor.zeros(DType.F32, 2));
    String message =
        assertThrows(CheckpointException.class, () -> adam.restore(state, 7)).getMessage();
    assertTrue(message.startsWith("optimiser state: "), message);
    for (String part :
        List.of(
            "missing a.v", "b.m is F64(1), expected F64(2)", "b.v is F32(2), expected F64(2)")) {
      assertTrue(message.contains(part), message);
    }
    assertEquals(0, adam.state().get("a.m").item());
    assertEquals(0, adam.step());
  }

  @Test
  void unknownAndRepeatedNamesAreRefused() {
    Tensor a = vector(1);
    AdamW adam = new AdamW().group(Map.of("a", a), SETTINGS);
    assertEquals(
        "adamw: gradient of unknown 'b'",
        assertThrows(
                IllegalArgumentException.class,
                () -> adam.step(Map.of("a", vector(1), "b", vector(1)), 0.1))
            .getMessage());
    assertEquals(0, adam.step());
    assertEquals(1, a.item());
    assertEquals(
        "adamw: parameter 'a' twice",
        assertThrows(IllegalArgumentException.class, () -> adam.group(Map.of("a", a), SETTINGS))
            .getMessage());
  }

  @Test
  void averagesFollowSlowly() {
    Tensor p = vector(1, 10);
    Ema ema = new Ema(Map.of("p", p), 0.9);
    double[] expected = {1, 10};
    for (int step = 1; step <= 200; step++) {
      Ops.copyInto(vector(step, -step), p);
      ema.update(Map.of("p", p), step);
      double keep = Math.min(0.9, (1.0 + step) / (10.0 + step));
      expected[0] += (1 - keep) * (step - expected[0]);
      expected[1] += (1 - keep) * (-step - expected[1]);
    }
    assertArrayEquals(expected, ema.averages().get("p").toDoubles(), 1e-9);
    assertEquals(200, p.getDouble(0)); // the parameter itself is not written
    assertThrows(IllegalArgumentException.class, () -> ema.update(Map.of("q", p), 1));
    assertThrows(UnsupportedOperationException.class, () -> ema.averages().clear());
  }

  @Test
  void longGradientsAreShortenedTogether() {
    List<Tensor> gradients = List.of(vector(3, 0), vector(4).reshape(1, 1), vector(12));
    assertEquals(13, GradientClipping.norm(gradients), 1e-6);
    GradientClipping.Clipped clipped = GradientClipping.toNorm(gradients, 1);
    assertEquals(13, clipped.norm(), 1e-6);
    assertArrayEquals(new double[] {3 / 13.0, 0}, clipped.gradients().get(0).toDoubles(), 1e-6);
    assertEquals(12 / 13.0, clipped.gradients().get(2).item(), 1e-6);
    assertEquals(1, GradientClipping.norm(clipped.gradients()), 1e-6);
    assertSame(gradients, GradientClipping.toNorm(gradients, 14).gradients());
    assertEquals(0, GradientClipping.norm(List.of()));
    assertEquals(0, GradientClipping.toNorm(List.of(vector(0)), 1).norm());
    for (double wild : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
      clipped = GradientClipping.toNorm(List.of(vector(1), vector(wild)), 1);
      assertFalse(Double.isFinite(clipped.norm()));
      assertTrue(Double.isNaN(clipped.gradients().getFirst().item()));
    }
  }
}
