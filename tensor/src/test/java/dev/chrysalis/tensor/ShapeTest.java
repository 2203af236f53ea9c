package dev.chrysalis.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ShapeTest {
  private static final int MAX = Integer.MAX_VALUE;

  @Test
  void sizesCountsAndStrides() {
    Shape shape = Shape.of(2, 3, 5);
    assertEquals(3, shape.rank());
    assertEquals(30, shape.count());
    assertEquals(5, shape.size(-1));
    assertEquals(2, shape.size(-3));
    assertArrayEquals(new long[] {15, 5, 1}, shape.rowMajorStrides());
    assertEquals("(2, 3, 5)", shape.toString());
    assertEquals(1, Shape.of().count());
    assertEquals("()", Shape.of().toString());
    assertEquals(0, Shape.of(4, 0, MAX).count());
    assertEquals((long) MAX * MAX, Shape.of(MAX, MAX).count());
  }

  @Test
  void changesGiveNewShapes() {
    Shape shape = Shape.of(2, 3);
    assertEquals(Shape.of(2, 7), shape.with(-1, 7));
    assertEquals(Shape.of(3), shape.without(0));
    assertEquals(Shape.of(1, 2, 3), shape.insert(0, 1));
    assertEquals(Shape.of(2, 3, 9), shape.insert(2, 9));
    assertEquals(Shape.of(2), shape.range(0, 1));
    assertEquals(Shape.of(), shape.range(2, 2));
    assertEquals(Shape.of(2, 3, 4), shape.concat(Shape.of(4)));
    assertEquals(Shape.of(2, 3), shape);
    shape.toArray()[0] = 9;
    assertEquals(Shape.of(2, 3), shape);
    int[] sizes = {4};
    Shape copied = Shape.of(sizes);
    sizes[0] = 5;
    assertEquals(Shape.of(4), copied);
  }

  @Test
  void equalityIsThatOfTheSizes() {
    assertEquals(Shape.of(2, 3).hashCode(), Shape.of(2, 3).hashCode());
    assertNotEquals(Shape.of(2, 3), Shape.of(3, 2));
    assertNotEquals(Shape.of(1), Shape.of());
  }

  /// @param expected empty if the two do not broadcast
  record Broadcast(Shape a, Shape b, List<Shape> expected) {}

  static List<Broadcast> broadcasts() {
    return List.of(
        new Broadcast(Shape.of(), Shape.of(), List.of(Shape.of())),
        new Broadcast(Shape.of(2, 3), Shape.of(), List.of(Shape.of(2, 3))),
        new Broadcast(Shape.of(2, 3), Shape.of(3), List.of(Shape.of(2, 3))),
        new Broadcast(Shape.of(2, 1), Shape.of(1, 3), List.of(Shape.of(2, 3))),
        new Broadcast(Shape.of(5, 1, 3), Shape.of(4, 1), List.of(Shape.of(5, 4, 3))),
        new Broadcast(Shape.of(0), Shape.of(1), List.of(Shape.of(0))),
        new Broadcast(Shape.of(1, 2), Shape.of(0, 1), List.of(Shape.of(0, 2))),
        new Broadcast(Shape.of(0), Shape.of(2), List.of()),
        new Broadcast(Shape.of(2, 3), Shape.of(2), List.of()),
        new Broadcast(Shape.of(4, 3), Shape.of(2, 3), List.of()));
  }

  @ParameterizedTest
  @MethodSource("broadcasts")
  void broadcastingAlignsLastAxes(Broadcast c) {
    for (List<Shape> pair : List.of(List.of(c.a(), c.b()), List.of(c.b(), c.a()))) {
      if (c.expected().isEmpty()) {
        String message =
            assertThrows(
                    ShapeException.class, () -> Shape.broadcast("op", pair.get(0), pair.get(1)))
                .getMessage();
        assertEquals(
            "op: shapes do not broadcast: got %s and %s".formatted(pair.get(0), pair.get(1)),
            message);
      } else {
        assertEquals(c.expected().getFirst(), Shape.broadcast("op", pair.get(0), pair.get(1)));
      }
    }
  }

  record Refused(String message, Executable use) {
    @Override
    public String toString() {
      return message;
    }
  }

  static List<Refused> refused() {
    Shape shape = Shape.of(2, 3);
    return List.of(
        new Refused("shape: negative size: got [2, -1]", () -> Shape.of(2, -1)),
        new Refused("shape: negative size: got [-1]", () -> shape.range(0, 1).with(0, -1)),
        new Refused("shape: too many elements: got " + many(3), () -> Shape.of(MAX, MAX, MAX)),
        new Refused(
            "shape: too many bytes: got F64(%d, %d)".formatted(MAX, MAX),
            () -> new TensorType(DType.F64, Shape.of(MAX, MAX)).sizeBytes()),
        new Refused("shape: axis 2 is outside of shape (2, 3)", () -> shape.size(2)),
        new Refused("shape: axis -3 is outside of shape (2, 3)", () -> shape.without(-3)),
        new Refused("shape: axis 0 is outside of shape ()", () -> Shape.of().with(0, 1)),
        new Refused("shape: axis 3 cannot be put into (2, 3)", () -> shape.insert(3, 1)),
        new Refused("shape: axis -1 cannot be put into (2, 3)", () -> shape.insert(-1, 1)),
        new Refused("shape: axes 1 to 3 are outside of (2, 3)", () -> shape.range(1, 3)),
        new Refused("shape: axes 2 to 1 are outside of (2, 3)", () -> shape.range(2, 1)));
  }

  private static String many(int count) {
    return Collections.nCopies(count, MAX).toString();
  }

  @ParameterizedTest
  @MethodSource("refused")
  void impossibleShapesAreRefused(Refused c) {
    assertEquals(c.message(), assertThrows(ShapeException.class, c.use()).getMessage());
  }
}
