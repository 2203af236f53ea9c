package dev.chrysalis.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ScopeTest {
  private final List<Tensor> made = new ArrayList<>();

  /// A new tensor, remembered for after its scope.
  private Tensor make(double value) {
    Tensor tensor = Tensor.of(new double[] {value, value + 1}, 2);
    made.add(tensor);
    return tensor;
  }

  private static void assertGone(Tensor tensor) {
    String message = assertThrows(IllegalStateException.class, tensor::toDoubles).getMessage();
    assertEquals(
        "tensor used after its scope closed: hand it out of the scope to keep it", message);
  }

  @Test
  void onlyWhatIsHandedOutLivesOn() {
    Tensor sum = Scope.compute(() -> make(1).add(make(10)));
    assertArrayEquals(new double[] {11, 13}, sum.toDoubles());
    made.forEach(ScopeTest::assertGone);
  }

  @Test
  void everyUseOfAGoneTensorIsRefused() {
    Scope.run(() -> make(1));
    Tensor gone = made.getFirst();
    Tensor alive = make(2);
    assertThrows(IllegalStateException.class, () -> gone.add(alive));
    assertThrows(IllegalStateException.class, () -> alive.add(gone));
    assertThrows(IllegalStateException.class, () -> gone.reshape(2, 1).getDouble(0));
    assertThrows(IllegalStateException.class, () -> Ops.copyInto(alive, gone));
    assertThrows(IllegalStateException.class, () -> Ops.copyInto(gone, alive));
    assertThrows(IllegalStateException.class, gone::segment);
    assertThrows(IllegalStateException.class, () -> Scope.own(retained(gone)));
    assertEquals(Shape.of(2), gone.shape()); // its type may still be asked for messages
    assertEquals(2, alive.getDouble(0));
  }

  private static Storage retained(Tensor tensor) {
    tensor.storage().retain();
    return tensor.storage();
  }

  @Test
  void whatAnInnerScopeHandsOutBelongsToTheOuter() {
    Tensor result =
        Scope.compute(() -> {
          Tensor inner = Scope.compute(() -> make(1).mul(3));
          made.add(inner);
          assertEquals(6, inner.getDouble(1));
          assertGone(made.getFirst());
          return inner.add(1);
        });
    assertArrayEquals(new double[] {4, 7}, result.toDoubles());
    made.forEach(ScopeTest::assertGone);
  }

  @Test
  void whatLastsBelongsToNoScope() {
    Tensor[] lasting = new Tensor[1];
    Scope.run(() -> {
      lasting[0] = Scope.computeLasting(() -> make(1).mul(3));
      assertGone(made.getFirst());
    });
    assertArrayEquals(new double[] {3, 6}, lasting[0].toDoubles());
    lasting[0].storage().release();
    assertGone(lasting[0]);
  }

  @Test
  void innerScopesLeaveTensorsOfTheOuterAlone() {
    Scope.run(() -> {
      Tensor outer = make(1);
      Tensor same = Scope.compute(() -> outer);
      assertSame(outer, same);
      Scope.run(() -> outer.add(1));
      assertEquals(1, outer.getDouble(0));
    });
    made.forEach(ScopeTest::assertGone);
  }

  @Test
  void aViewKeepsItsStorage() {
    Tensor row = Scope.compute(() -> make(5).reshape(2, 1).select(0, 1));
    assertEquals(6, row.item());
    assertEquals(5, made.getFirst().getDouble(0)); // the same storage
    Tensor copy = Scope.compute(() -> make(7).swap(0, -1).contiguous());
    assertEquals(7, copy.getDouble(0));
  }

  @Test
  void oneStorageHandedOutTwiceIsFreedOnce() {
    Scope.run(() -> {
      List<Tensor> both =
          Scope.computeAll(() -> {
            Tensor x = make(1);
            return List.of(x, x.reshape(1, 2));
          });
      assertEquals(2, both.get(1).getDouble(1));
    });
    made.forEach(ScopeTest::assertGone);
  }

  @Test
  void resultsOfAnyTypeCanKeepTensors() {
    record Pair(Tensor kept, Tensor dropped) {}
    Pair pair = Scope.compute(() -> new Pair(make(1), make(2)), result -> List.of(result.kept()));
    assertEquals(1, pair.kept().getDouble(0));
    assertGone(pair.dropped());
    Optional<Tensor> none = Scope.compute(Optional::<Tensor>empty, o -> o.stream().toList());
    assertTrue(none.isEmpty());
  }

  @Test
  void anExceptionFreesEverythingAndComesThrough() {
    RuntimeException failure = new IllegalArgumentException("stop");
    RuntimeException caught =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Scope.run(() -> {
                  make(1);
                  Scope.run(() -> {
                    make(2);
                    throw failure;
                  });
                }));
    assertSame(failure, caught);
    made.forEach(ScopeTest::assertGone);
    made.clear();
    assertThrows(
        IllegalStateException.class,
        () ->
            Scope.compute(
                () -> make(3),
                tensor -> {
                  throw new IllegalStateException("keep failed");
                }));
    assertGone(made.getFirst());
  }

  @Test
  void anExceptionInsideIsOverWhenItIsCaughtInside() {
    Tensor result =
        Scope.compute(() -> {
          Tensor x = make(1);
          assertThrows(ShapeException.class, () -> x.add(Tensor.zeros(DType.F64, 3)));
          return x.add(x);
        });
    assertEquals(2, result.getDouble(0));
  }

  @Test
  void tensorsOutsideOfAllScopesStay() {
    Tensor outside = make(1);
    Scope.run(() -> outside.add(1));
    assertDoesNotThrow(outside::toDoubles);
  }

  @Test
  void copyIntoReachesAllViews() {
    Tensor grid = Tensor.zeros(DType.F32, 2, 3);
    Tensor column = grid.select(1, 1);
    Tensor turned = grid.swap(0, 1);
    Scope.run(() -> Ops.copyInto(Tensor.of(new float[] {1, 2}, 2), column));
    assertArrayEquals(new float[] {0, 1, 0, 0, 2, 0}, grid.toFloats());
    Ops.copyInto(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2), turned);
    assertArrayEquals(new float[] {1, 3, 5, 2, 4, 6}, grid.toFloats());
    assertArrayEquals(new float[] {3, 4}, column.toFloats());
    Ops.copyInto(Tensor.zeros(DType.F32, 0, 3), grid.slice(0, 1, 1)); // nothing to write
    assertEquals(21, grid.sum().item());
  }

  @Test
  void theListenerHearsOpsAndNotUpdates() {
    List<String> heard = new ArrayList<>();
    OpListener listener = (op, in, out) -> heard.add(op.getClass().getSimpleName());
    listener.listen(() -> {
      Tensor x = Tensor.zeros(DType.F32, 2);
      Ops.copyInto(x.add(1), x);
      return x;
    });
    assertEquals(List.of("Fill", "Affine"), heard);
  }
}
