package dev.chrysalis.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/// The short names of `Ops`, on numbers small enough to work out by hand.
final class OpsTest {
  private static final Tensor X = Tensor.of(new double[] {3, 1, 2, -1, 5, 0}, 2, 3);

  @Test
  void meansAreTakenOverAnyAxes() {
    assertArrayEquals(new double[] {2, 4 / 3.0}, Ops.mean(X, false, -1).toDoubles(), 1e-15);
    assertArrayEquals(new double[] {1, 3, 1}, Ops.mean(X, true, 0).toDoubles(), 1e-15);
    assertEquals(Shape.of(1, 1), Ops.mean(X, true, -1, 0).shape());
    assertEquals(10 / 6.0, Ops.mean(X, false, 1, 0).item(), 1e-15);
    assertEquals(X.mean().item(), Ops.mean(X, false, 1, 0).item());
    assertEquals(Double.NaN, Tensor.zeros(DType.F64, 0).mean().item());
  }

  @Test
  void orderAndPlaces() {
    List<Tensor> top = Ops.topK(X, -1, 2);
    assertArrayEquals(new double[] {3, 2, 5, 0}, top.get(0).toDoubles());
    assertArrayEquals(new long[] {0, 2, 1, 2}, top.get(1).toLongs());
    List<Tensor> rising = Ops.sort(X, 1, false);
    assertArrayEquals(new double[] {1, 2, 3, -1, 0, 5}, rising.get(0).toDoubles());
    assertArrayEquals(new long[] {1, 2, 0, 0, 2, 1}, rising.get(1).toLongs());
    assertArrayEquals(X.toDoubles(), Ops.gather(X, -1, Ops.range(3).expand(2, 3)).toDoubles());
    assertArrayEquals(rising.get(0).toDoubles(), Ops.gather(X, 1, rising.get(1)).toDoubles());
    Tensor columns = Ops.indexSelect(X, -1, Tensor.of(new long[] {2, 0}, 2));
    assertArrayEquals(new double[] {2, 3, 0, -1}, columns.toDoubles());
  }

  @Test
  void sumsAlongAnAxis() {
    assertArrayEquals(new double[] {3, 4, 6, -1, 4, 4}, Ops.cumSum(X, -1).toDoubles());
    double first = Math.log(Math.exp(3) + Math.exp(-1));
    Tensor logSum = Ops.logSumExp(X, -2, true);
    assertEquals(Shape.of(1, 3), logSum.shape());
    assertEquals(first, logSum.getDouble(0), 1e-12);
    assertEquals(Shape.of(3), Ops.logSumExp(X, 0, false).shape());
    assertEquals(-1 - first, Ops.logSoftmax(X, 0).getDouble(3), 1e-12);
  }

  @Test
  void comparisons() {
    Tensor above = Ops.compare(Comparison.GT, X, Tensor.scalar(DType.F64, 1));
    assertEquals(DType.BOOL, above.dtype());
    assertArrayEquals(new long[] {1, 0, 1, 0, 1, 0}, above.toLongs());
    assertEquals(3, above.to(DType.I64).sum().getLong(0));
    assertArrayEquals(new double[] {9, 1, 9, -1, 9, 0}, Ops.maskedFill(X, above, 9).toDoubles());
  }

  @Test
  void aSizeThatIsWorkedOut() {
    assertEquals(Shape.of(3, 2), X.reshape(-1, 2).shape());
    assertEquals(Shape.of(6), X.reshape(-1).shape());
    assertEquals(Shape.of(4, 0), Tensor.zeros(DType.F32, 0, 4).reshape(4, -1).shape());
    Tensor many = Tensor.scalar(DType.F32, 0).expand(1 << 16, 1 << 16);
    assertEquals(Shape.of(1 << 14, 1 << 18), many.reshape(1 << 14, -1).shape());
    assertThrows(ShapeException.class, () -> many.reshape(-1));
  }
}
