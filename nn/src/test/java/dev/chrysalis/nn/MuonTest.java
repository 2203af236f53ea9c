package dev.chrysalis.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MuonTest {
  private static final Muon.Settings SETTINGS = new Muon.Settings(0.9, 0.1, 0.5);
  private static final double[] SINGULAR = {3, 1, 0.2};

  /// A matrix with these singular values and singular vectors along the axes, turned by two
  /// reflections.
  private static Tensor matrix(int rows, int columns, double[] singular) {
    double[] values = new double[rows * columns];
    for (int i = 0; i < singular.length; i++) {
      values[i * columns + i] = singular[i];
    }
    Tensor diagonal = Tensor.of(values, rows, columns);
    return reflection(rows, 3).matmul(diagonal).matmul(reflection(columns, 4));
  }

  /// `I − 2·u·uᵀ/(uᵀu)`
  private static Tensor reflection(int n, long seed) {
    Tensor u = Ops.normal(DType.F64, seed, 0, n, 1);
    double[] identity = new double[n * n];
    for (int i = 0; i < n; i++) {
      identity[i * n + i] = 1;
    }
    Tensor outer = u.matmul(u.swap(0, 1)).mul(2 / u.square().sum().item());
    return Tensor.of(identity, n, n).sub(outer);
  }

  /// What the iteration makes of singular values, which it treats one by one.
  private static double[] iterated(double[] singular) {
    double length = Math.sqrt(DoubleStream.of(singular).map(s -> s * s).sum()) + 1e-7;
    return DoubleStream.of(singular)
        .map(s -> {
          double x = s / length;
          for (int i = 0; i < 5; i++) {
            x = 3.4445 * x - 4.7750 * Math.pow(x, 3) + 2.0315 * Math.pow(x, 5);
          }
          return x;
        })
        .toArray();
  }

  @ParameterizedTest
  @CsvSource({"3, 3", "3, 7", "7, 3"})
  void singularVectorsStayAndSingularValuesComeNearOne(int rows, int columns) {
    double[] values = iterated(SINGULAR);
    for (double value : values) {
      assertTrue(value > 0.65 && value < 1.25, "singular value " + value);
    }
    assertArrayEquals(
        matrix(rows, columns, values).toDoubles(),
        Muon.orthogonalised(matrix(rows, columns, SINGULAR)).toDoubles(),
        1e-9);
  }

  @ParameterizedTest
  @CsvSource({"3, 5", "5, 3"})
  void stepsFollowTheFormula(int rows, int columns) {
    Tensor w = Ops.normal(DType.F64, 1, 0, rows, columns);
    Tensor fourAxes = Ops.normal(DType.F64, 1, 0, rows, 1, columns, 1);
    Muon muon = new Muon().group(Map.of("w", w, "v", fourAxes), SETTINGS);
    Tensor expected = w.add(0);
    Tensor momentum = Ops.zerosLike(w);
    for (int step = 1; step <= 5; step++) {
      double rate = 0.1 * step;
      double[] singular = {step, 1, 0.5 / step};
      Tensor g = matrix(rows, columns, singular);
      muon.step(Map.of("w", g, "v", g.reshape(rows, 1, columns, 1)), rate);

      momentum = momentum.mul(0.9).add(g);
      Tensor direction = Muon.orthogonalised(g.add(momentum.mul(0.9)));
      expected =
          expected.sub(direction.mul(0.2 * Math.sqrt(5)).add(expected.mul(0.1)).mul(0.5 * rate));
    }
    assertArrayEquals(expected.toDoubles(), w.toDoubles(), 1e-9);
    assertArrayEquals(expected.toDoubles(), fourAxes.toDoubles(), 1e-9);
    assertArrayEquals(momentum.toDoubles(), muon.state().get("w.momentum").toDoubles(), 1e-9);
    assertEquals(5, muon.step());
  }

  @Test
  void aMatrixWithoutGradientStaysAndAGradientOfZerosMovesNothing() {
    Tensor a = Ops.normal(DType.F64, 1, 0, 2, 2);
    Tensor b = Ops.normal(DType.F64, 1, 1, 2, 2);
    double[] before = a.toDoubles();
    double[] beforeB = b.toDoubles();
    Muon muon = new Muon().group(Map.of("a", a, "b", b), Muon.Settings.withDecay(0));
    muon.step(Map.of("a", Tensor.zeros(DType.F64, 2, 2)), 0.1);
    assertArrayEquals(before, a.toDoubles());
    assertArrayEquals(beforeB, b.toDoubles());
  }

  @Test
  void onlyMatricesAreTaken() {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    parameters.put("w", Tensor.zeros(DType.F32, 2, 2));
    parameters.put("bias", Tensor.zeros(DType.F32, 2));
    Muon muon = new Muon();
    assertEquals(
        "muon: 'bias' is F32(2), need a matrix",
        assertThrows(IllegalArgumentException.class, () -> muon.group(parameters, SETTINGS))
            .getMessage());
    assertEquals(Map.of(), muon.parameters());
  }

  /// Muon for a matrix and AdamW for a vector.
  private static Optimizer joined(Tensor w, Tensor b) {
    return Optimizer.joined(
        new Muon().group(Map.of("w", w), SETTINGS),
        new AdamW().group(Map.of("b", b), AdamW.Settings.withDecay(0)));
  }

  private static void step(Optimizer optimizer, int step) {
    optimizer.step(
        Map.of("w", Ops.normal(DType.F64, 5, step, 2, 3), "b", Ops.normal(DType.F64, 6, step, 2)),
        0.1);
  }

  @Test
  void joinedOptimizersStepAndResumeTogether() {
    Tensor w = Ops.normal(DType.F64, 1, 0, 2, 3);
    Tensor b = Ops.normal(DType.F64, 1, 1, 2);
    Tensor resumedW = w.add(0);
    Tensor resumedB = b.add(0);
    Optimizer through = joined(w, b);
    Optimizer first = joined(resumedW, resumedB);
    for (int step = 1; step <= 3; step++) {
      step(through, step);
      step(first, step);
    }
    Optimizer second = joined(resumedW, resumedB);
    second.restore(first.state(), first.step());
    assertEquals(3, second.step());
    step(through, 4);
    step(second, 4);
    assertArrayEquals(w.toDoubles(), resumedW.toDoubles());
    assertArrayEquals(b.toDoubles(), resumedB.toDoubles());
    assertEquals(List.of("w.momentum", "b.m", "b.v"), List.copyOf(through.state().keySet()));
    assertEquals(List.of("w", "b"), List.copyOf(through.parameters().keySet()));
  }

  @Test
  void joinedOptimizersRefuseWhatDoesNotFitWhole() {
    Tensor w = Ops.normal(DType.F64, 1, 0, 2, 3);
    Optimizer optimizer = joined(w, Tensor.zeros(DType.F64, 2));
    Map<String, Tensor> state = Map.of("w.momentum", Ops.onesLike(w), "b.m", w);
    assertEquals(
        "optimiser state: b.m is F64(2, 3), expected F64(2); missing b.v",
        assertThrows(CheckpointException.class, () -> optimizer.restore(state, 3)).getMessage());
    assertEquals(0, optimizer.state().get("w.momentum").getDouble(0));
    assertEquals(
        "optimiser: gradient of unknown 'x'",
        assertThrows(
                IllegalArgumentException.class, () -> optimizer.step(Map.of("w", w, "x", w), 1))
            .getMessage());
    assertEquals(0, optimizer.step());
    Muon muon = new Muon().group(Map.of("w", w), SETTINGS);
    assertEquals(
        "optimiser: parameter 'w' twice",
        assertThrows(IllegalArgumentException.class, () -> Optimizer.joined(muon, muon))
            .getMessage());
  }
}
