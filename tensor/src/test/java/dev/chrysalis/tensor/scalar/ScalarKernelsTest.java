package dev.chrysalis.tensor.scalar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.Comparison;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.DTypeException;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Reduction;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What neither the fixtures nor the definitions reach: integers, NaN, ties, casts, strides,
/// nothing, wrong indices.
class ScalarKernelsTest {
  private static final ScalarBackend SCALAR = new ScalarBackend();
  private static final double NAN = Double.NaN;

  private static void onScalar(Runnable body) {
    Backends.with(
        SCALAR,
        () -> {
          body.run();
          return true;
        });
  }

  @ParameterizedTest
  @CsvSource({
    "0.1, 0.1124629160182849, 0.8875370839817152",
    "0.9999, 0.8426592780487595, 0.15734072195124052",
    "1, 0.8427007929497149, 0.15729920705028513",
    "1.5, 0.9661051464753108, 0.033894853524689274",
    "2.5, 0.999593047982555, 0.0004069520174449589",
    "5, 0.9999999999984626, 1.5374597944280351e-12",
    "26, 1, 5.663192408856143e-296",
    "-2, -0.9953222650189527, 1.9953222650189528",
    "Infinity, 1, 0"
  })
  void errorFunctionHasKnownValues(double x, double erf, double erfc) {
    assertEquals(erf, Functions.erf(x), 4e-16);
    assertEquals(erfc, Functions.erfc(x), 4e-14 * erfc);
  }

  @Test
  void integersAreExact() {
    onScalar(() -> {
      long large = (1L << 53) + 1; // no double is this number
      Tensor x = Tensor.of(new long[] {large, -large}, 2);
      assertArrayEquals(new long[] {3 * large - 2, -3 * large - 2}, Ops.affine(x, 3, -2).toLongs());
      assertArrayEquals(new long[] {large + 1, 1 - large}, x.add(Ops.onesLike(x)).toLongs());
      assertArrayEquals(new long[] {large, -5}, x.clamp(-5, Double.POSITIVE_INFINITY).toLongs());
      assertEquals(0, x.sum().getLong(0));
      assertEquals(1, Ops.argMax(Tensor.of(new long[] {large - 1, large}, 2), 0).getLong(0));
      Tensor quotient = Ops.binary(BinaryFn.DIV, x, Ops.fill(DType.I64, 2, 2));
      assertArrayEquals(new long[] {1L << 52, -(1L << 52)}, quotient.toLongs());
      assertThrows(ArithmeticException.class, () -> x.div(Ops.zerosLike(x)));
    });
  }

  @Test
  void smallIntegersWrapAround() {
    onScalar(() -> {
      Tensor x = Tensor.of(DType.U8, new byte[] {(byte) 200, 100}, 2);
      assertArrayEquals(new long[] {144, 200}, x.add(x).toLongs());
      assertThrows(DTypeException.class, x::sum);
    });
  }

  @Test
  void castsRoundOnceToNearestEven() {
    onScalar(() -> {
      long justAboveATie = (1L << 60) + (1L << 36) + 1;
      Tensor x = Tensor.of(new long[] {justAboveATie}, 1).to(DType.F32);
      assertEquals(0x1p60 + 0x1p37, x.item());
      double[] values = {1 + 0x1p-8, 1 + 3 * 0x1p-8, 1 + 0x1p-8 + 0x1p-40, NAN, 1e39};
      double[] bf16 = Tensor.of(values, 5).to(DType.BF16).toDoubles();
      assertArrayEquals(
          new double[] {1, 1 + 4 * 0x1p-8, 1 + 2 * 0x1p-8, NAN, Double.POSITIVE_INFINITY}, bf16);
      Tensor truncated = Tensor.of(new double[] {-1.9, 1.9, 258}, 3);
      assertArrayEquals(new long[] {-1, 1, 2}, truncated.to(DType.I8).toLongs());
      assertArrayEquals(new long[] {255, 1, 2}, truncated.to(DType.U8).toLongs());
      assertArrayEquals(new long[] {1, 1, 1}, truncated.to(DType.BOOL).toLongs());
    });
  }

  @Test
  void orderPutsNanLastAndKeepsTies() {
    onScalar(() -> {
      Tensor x = Tensor.of(new double[] {2, NAN, -0.0, 0.0, 2, -1}, 6);
      List<Tensor> rising = Ops.runAll(new Op.Sort(0, false), List.of(x));
      assertArrayEquals(new double[] {-1, -0.0, 0.0, 2, 2, NAN}, rising.get(0).toDoubles());
      assertArrayEquals(new long[] {5, 2, 3, 0, 4, 1}, rising.get(1).toLongs());
      List<Tensor> falling = Ops.runAll(new Op.Sort(0, true), List.of(x));
      assertArrayEquals(new long[] {1, 0, 4, 2, 3, 5}, falling.get(1).toLongs());
      List<Tensor> top = Ops.runAll(new Op.TopK(0, 3), List.of(x));
      assertArrayEquals(new long[] {1, 0, 4}, top.get(1).toLongs());
      assertEquals(1, Ops.argMax(x, 0).item());
      assertEquals(NAN, Ops.max(x, false, 0).item());
    });
  }

  @Test
  void comparisonsAndExtremaFollowIeee() {
    onScalar(() -> {
      Tensor a = Tensor.of(new double[] {NAN, 1, 0.0}, 3);
      Tensor b = Tensor.of(new double[] {NAN, 2, -0.0}, 3);
      assertArrayEquals(new long[] {0, 0, 1}, compare(Comparison.EQ, a, b));
      assertArrayEquals(new long[] {1, 1, 0}, compare(Comparison.NE, a, b));
      assertArrayEquals(new long[] {0, 1, 1}, compare(Comparison.LE, a, b));
      assertEquals(NAN, Ops.binary(BinaryFn.MAX, a, b).getDouble(0));
      assertEquals(NAN, a.clamp(0, 1).getDouble(0));
      assertEquals(NAN, a.unary(UnaryFn.RELU).getDouble(0));
    });
  }

  private static long[] compare(Comparison relation, Tensor a, Tensor b) {
    return Ops.run(new Op.Compare(relation), a, b).toLongs();
  }

  @Test
  void saturatedFunctionsStayFinite() {
    onScalar(() -> {
      Tensor x = Tensor.of(new double[] {-800, 800}, 2);
      assertArrayEquals(new double[] {0, 1}, x.unary(UnaryFn.SIGMOID).toDoubles());
      assertArrayEquals(new double[] {-800, 0}, x.unary(UnaryFn.LOG_SIGMOID).toDoubles(), 0);
      assertArrayEquals(new double[] {0, 800}, x.unary(UnaryFn.SOFTPLUS).toDoubles());
      assertArrayEquals(new double[] {0, 800}, x.unary(UnaryFn.SILU).toDoubles(), 1e-300);
      assertArrayEquals(new double[] {0, 800}, x.unary(UnaryFn.GELU).toDoubles(), 1e-300);
      assertArrayEquals(new double[] {0, 1}, x.softmax(0).toDoubles());
    });
  }

  @Test
  void stridedInputsAreReadInOrder() {
    onScalar(() -> {
      Tensor x = Ops.run(new Op.Range(DType.I64, 60, 0, 1)).reshape(3, 4, 5);
      Tensor odd =
          Ops.run(new Op.Slice(List.of(0, 1, 0), List.of(3, 4, 5), List.of(2, 2, 3)), x)
              .permute(2, 0, 1); // (2, 2, 2) out of (3, 4, 5)
      long[] expected = {5, 15, 45, 55, 8, 18, 48, 58};
      assertArrayEquals(expected, odd.toLongs());
      assertArrayEquals(expected, odd.contiguous().toLongs());
      assertArrayEquals(expected, odd.reshape(4, 2).toLongs());
      assertArrayEquals(new long[] {5 + 8, 15 + 18, 45 + 48, 55 + 58}, odd.sum(0, false).toLongs());
      assertArrayEquals(
          new long[] {5, 5, 15, 15},
          odd.select(0, 0).select(0, 0).unsqueeze(1).expand(2, 2).toLongs());
    });
  }

  @Test
  void everyReshapeOfAStridedViewKeepsTheOrder() {
    onScalar(() -> {
      Tensor x = Ops.run(new Op.Range(DType.I32, 48, 0, 1)).reshape(2, 1, 4, 6);
      Tensor[] views = {
        x.permute(3, 1, 0, 2),
        x.permute(0, 2, 3, 1),
        Ops.slice(x, 3, 1, 5),
        Ops.slice(x, 2, 0, 2).permute(2, 1, 0, 3),
        x.expand(2, 3, 4, 6),
        Ops.slice(x, 0, 1, 2)
      };
      int[][] shapes = {{-1}, {2, -1}, {-1, 2}, {2, -1, 2}, {1, -1, 1, 4, 1}, {4, 1, -1}};
      for (Tensor view : views) {
        for (int[] shape : shapes) {
          assertArrayEquals(view.toLongs(), view.reshape(shape).toLongs());
        }
      }
    });
  }

  @Test
  void writesReachOneViewOnly() {
    onScalar(() -> {
      Tensor x = Tensor.zeros(DType.F32, 3, 4);
      Ops.copyInto(Tensor.of(new float[] {1, 2, 3}, 3), x.select(1, 2));
      assertArrayEquals(new double[] {0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0}, x.toDoubles());
    });
  }

  @Test
  void adamWStepsInPlace() {
    onScalar(() -> {
      Tensor p = Tensor.of(new double[] {1, -2}, 2);
      Tensor g = Tensor.of(new double[] {0.5, 0}, 2);
      Tensor m = Tensor.zeros(DType.F64, 2);
      Tensor v = Tensor.zeros(DType.F64, 2);
      Op step = new Op.AdamW(0.1, 0.9, 0.99, 0, 0.2, 1);
      Ops.update(
          step, List.of(p, g, m, v.add(Tensor.of(new double[] {0, 1}, 2))), List.of(p, m, v));
      // the first step of Adam is the sign of the gradient; decay takes 2 % of each
      assertArrayEquals(new double[] {0.98 - 0.1, -1.96}, p.toDoubles(), 1e-15);
      assertArrayEquals(new double[] {0.05, 0}, m.toDoubles(), 1e-15);
      assertArrayEquals(new double[] {0.0025, 0.99}, v.toDoubles(), 1e-15);
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void emptyAndSingleSizesWork(int n) {
    onScalar(() -> {
      Tensor x = Ops.fill(DType.F32, 3, n, 4);
      assertEquals(12.0 * n, x.sum().item());
      assertEquals(n * 4L, x.softmax(0).count());
      assertEquals(n, x.softmax(1).sum().item(), 1e-6);
      assertEquals(36.0 * n, Ops.matmul(x.reshape(4, n), x).getDouble(0) * 4);
      assertEquals(
          n, Ops.layerNorm(x, Ops.fill(DType.F32, 1, 4), Ops.fill(DType.F32, 0, 4), 1).size(0));
      Tensor heads = x.reshape(1, 1, n, 4);
      Tensor query = Ops.fill(DType.F32, 1, 1, 1, 2, 4);
      assertEquals(24.0 * n, Ops.attention(query, heads, heads, false).sum().item());
      assertEquals(n, Ops.cat(0, List.of(x, Ops.fill(DType.F32, 0, 0, 4))).size(0));
    });
  }

  @Test
  void wrongIndicesAreNamed() {
    onScalar(() -> {
      Tensor table = Tensor.zeros(DType.F32, 5, 2);
      refused(
          "embedding: index 5 at position 2: need 0 to 4", new Op.Embedding(), table, ids(0, 4, 5));
      refused(
          "index_select: index -1 at position 0: need 0 to 1",
          new Op.IndexSelect(1),
          table,
          ids(-1));
      refused(
          "gather: index 7 at position 1: need 0 to 4",
          new Op.Gather(0),
          table,
          ids(0, 7).reshape(1, 2));
      refused(
          "cross_entropy: index 2 at position 1: need 0 to 1",
          new Op.CrossEntropy(-100, Reduction.SUM, 0),
          table,
          ids(0, 2, -100, 1, 1));
    });
  }

  private static Tensor ids(long... values) {
    return Tensor.of(values, values.length);
  }

  private static void refused(String message, Op op, Tensor... inputs) {
    assertEquals(
        message, assertThrows(ShapeException.class, () -> Ops.run(op, inputs)).getMessage());
  }

  @Test
  void windowsLargerThanThePictureAreRefused() {
    onScalar(() -> {
      Tensor x = Tensor.zeros(DType.F32, 1, 1, 2, 2);
      assertThrows(ShapeException.class, () -> Ops.run(new Op.AvgPool2d(3, 3, 2, 2), x));
      assertThrows(ShapeException.class, () -> Ops.run(new Op.MaxPool2d(2, 2, 1, 1, 2, 2), x));
    });
  }

  @Test
  void maxPoolingNamesTheFirstMaximum() {
    onScalar(() -> {
      Tensor x = Tensor.of(new double[] {1, 1, 0, NAN}, 1, 1, 2, 2);
      List<Tensor> out = Ops.runAll(new Op.MaxPool2d(2, 2, 1, 1, 1, 1), List.of(x));
      assertArrayEquals(new double[] {1, 1, 1, 1, NAN, NAN, 0, NAN, NAN}, out.get(0).toDoubles());
      assertArrayEquals(new long[] {0, 0, 1, 0, 3, 3, 2, 3, 3}, out.get(1).toLongs());
    });
  }

  @Test
  void randomNumbersFollowTheirDistribution() {
    onScalar(() -> {
      int n = 40_001;
      Tensor uniform = Ops.uniform(DType.F64, 3, 1, n);
      Tensor normal = Ops.normal(DType.F64, 3, 1, n);
      // five standard errors of each estimate
      assertEquals(0.5, uniform.mean().item(), 5 * Math.sqrt(1.0 / 12 / n));
      assertEquals(0, normal.mean().item(), 5 * Math.sqrt(1.0 / n));
      assertEquals(1, normal.square().mean().item(), 5 * Math.sqrt(2.0 / n));
      assertTrue(Ops.max(uniform, false, 0).item() < 1);
      assertArrayEquals(
          Ops.normal(DType.F64, 3, 1, 7).toDoubles(), Ops.slice(normal, 0, 0, 7).toDoubles());
      assertTrue(Ops.normal(DType.F64, 3, 2, 1).item() != normal.getDouble(0));
      assertTrue(Ops.normal(DType.F64, 4, 1, 1).item() != normal.getDouble(0));
    });
  }
}
