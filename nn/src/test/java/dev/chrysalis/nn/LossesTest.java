package dev.chrysalis.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Reduction;
import dev.chrysalis.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class LossesTest {
  private static final double[] A = {0.5, -1, 2, 3, 0.25, -0.75};
  private static final double[] B = {1, 1, -2, 0.5, 4, 0.125};

  private static Tensor rows(double... values) {
    return Tensor.of(values, values.length / 3, 3);
  }

  private static double dot(double[] a, double[] b, int row) {
    return a[row] * b[row] + a[row + 1] * b[row + 1] + a[row + 2] * b[row + 2];
  }

  private static double cosine(int row) {
    return dot(A, B, row) / Math.sqrt(dot(A, A, row) * dot(B, B, row));
  }

  @Test
  void meanSquaredErrorIsTheMeanOfAllElements() {
    double sum = 0;
    for (int i = 0; i < 6; i++) {
      sum += (A[i] - B[i]) * (A[i] - B[i]);
    }
    assertEquals(sum / 6, Losses.meanSquaredError(rows(A), rows(B)).item(), 1e-12);
  }

  @Test
  void cosineIsTakenRowByRow() {
    double[] expected = {cosine(0), cosine(3)};
    Tensor similarity = Losses.cosineSimilarity(rows(A), rows(B), 1e-8);
    assertArrayEquals(expected, similarity.toDoubles(), 1e-12);
    double loss = 1 - (expected[0] + expected[1]) / 2;
    assertEquals(loss, Losses.cosine(rows(A), rows(B)).item(), 1e-12);
    assertEquals(0, Losses.cosine(rows(A), rows(A).mul(7)).item(), 1e-12);
    assertEquals(2, Losses.cosine(rows(A), rows(A).neg()).item(), 1e-12);
  }

  @Test
  void cosineOfNothingIsZero() {
    Tensor none = Tensor.zeros(DType.F32, 0, 3);
    assertEquals(0, Losses.cosine(none, none).item());
    Tensor zeros = Tensor.zeros(DType.F32, 2, 3);
    assertEquals(1, Losses.cosine(zeros, zeros).item()); // length 0 has no direction
  }

  @Test
  void binaryCrossEntropyIsStableAndExact() {
    double[] logits = {0, 3, -3, 800, -800, 0.5};
    double[] targets = {0.5, 1, 1, 1, 0, 0};
    double expected =
        Math.log(2)
            + Math.log1p(Math.exp(-3))
            + Math.log1p(Math.exp(3))
            + Math.log1p(Math.exp(0.5));
    Tensor loss = Losses.binaryCrossEntropyWithLogits(rows(logits), rows(targets));
    assertEquals(expected / 6, loss.item(), 1e-12);
  }

  @Test
  void sigmoidContrastiveLossCountsEveryPair() {
    Tensor image = Ops.l2Normalize(rows(A), -1, 0);
    Tensor text = Ops.l2Normalize(rows(B), -1, 0);
    double expected = 0;
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        double product = 0;
        for (int k = 0; k < 3; k++) {
          product += text.getDouble(i * 3 + k) * image.getDouble(j * 3 + k);
        }
        double logit = 10 * product - 2;
        expected += Math.log1p(Math.exp(i == j ? -logit : logit)) / 2;
      }
    }
    Tensor loss =
        Losses.sigmoidContrastive(
            image,
            text,
            Tensor.of(new double[] {Math.log(10)}, 1),
            Tensor.of(new double[] {-2}, 1));
    assertEquals(expected, loss.item(), 1e-12);
  }

  @ParameterizedTest
  @CsvSource({"0, 2, 0", "0, -100, 0", "-100, -100, 0", "1, 0, 0.1", "-100, 2, 0.1"})
  void crossEntropyIsTheMeanOverTargets(int first, int second, double smoothing) {
    int[] targets = {first, second};
    double sum = 0;
    int count = 0;
    for (int n = 0; n < 2; n++) {
      double total = 0;
      double mean = 0;
      for (int v = 0; v < 3; v++) {
        total += Math.exp(A[n * 3 + v]);
        mean += A[n * 3 + v] / 3;
      }
      if (targets[n] != -100) {
        double nll = Math.log(total) - A[n * 3 + targets[n]];
        sum += (1 - smoothing) * nll + smoothing * (Math.log(total) - mean);
        count++;
      }
    }
    Op.CrossEntropy op = new Op.CrossEntropy(-100, Reduction.MEAN, smoothing);
    double found = Ops.run(op, rows(A), Tensor.of(targets, 2)).item();
    assertEquals(count == 0 ? 0 : sum / count, found, 1e-12);
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void activationsAreKnownByTheirConfigNames(Activation activation) {
    double x = 0.7;
    double gelu = 0.7 * 0.758036347776927; // x·Φ(x), Φ(0.7) from tables
    double inner = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
    record Known(String name, double value) {}
    Known known =
        switch (activation) {
          case RELU -> new Known("relu", 0.7);
          case SILU -> new Known("silu", x / (1 + Math.exp(-x)));
          case GELU -> new Known("gelu", gelu);
          case GELU_TANH -> new Known("gelu_pytorch_tanh", 0.5 * x * (1 + Math.tanh(inner)));
          case QUICK_GELU -> new Known("quick_gelu", x / (1 + Math.exp(-1.702 * x)));
        };
    assertEquals(activation, Activation.named(known.name()));
    assertEquals(known.value(), activation.forward(Tensor.scalar(DType.F64, x)).item(), 1e-12);
  }

  @Test
  void unknownActivationsAreRefused() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Activation.named("swish2")).getMessage();
    assertEquals(
        "hidden_act: got 'swish2', need one of [relu, silu, gelu, gelu_pytorch_tanh, quick_gelu]",
        message);
  }
}
