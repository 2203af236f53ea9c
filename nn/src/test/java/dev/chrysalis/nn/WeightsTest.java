package dev.chrysalis.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WeightsTest {
  private static Tensor f32(int... sizes) {
    return Tensor.zeros(DType.F32, sizes);
  }

  @Test
  void everyProblemIsListedAtOnce() {
    Weights w =
        Weights.of(
            "some.safetensors",
            Map.of(
                "block.good", f32(2),
                "block.turned", f32(2, 3),
                "block.ids", Tensor.zeros(DType.I64, 4),
                "block.left", f32(1),
                "over", f32(1)));
    Weights block = w.at("block");
    block.get("good", 2);
    assertEquals(Shape.of(3, 2), block.get("turned", 3, 2).shape()); // a stand-in until finish()
    assertEquals(Shape.of(4), block.get("ids", 4).shape());
    assertEquals(Shape.of(7, 5), block.get("absent", 7, 5).shape());
    String message = assertThrows(CheckpointException.class, w::finish).getMessage();
    assertEquals(
        "some.safetensors: 5 tensors do not fit the model: "
            + "block.turned has shape (2, 3), expected (3, 2); "
            + "block.ids has dtype I64, expected floats; "
            + "missing block.absent (7, 5); "
            + "unused block.left; unused over",
        message);
  }

  @Test
  void leftOversCanBeTolerated() {
    Weights w = Weights.of("map", Map.of("a", f32(1), "old.b", f32(1), "old.c", f32(1)));
    w.get("a", 1);
    assertDoesNotThrow(() -> w.finish(name -> name.startsWith("old.")));
    String message =
        assertThrows(CheckpointException.class, () -> w.finish(name -> name.endsWith("b")))
            .getMessage();
    assertEquals("map: 1 tensors do not fit the model: unused old.c", message);
  }

  @Test
  void aScopeAnswersForItselfOnly() {
    Weights w = Weights.of("map", Map.of("a.x", f32(1), "a.y", f32(1), "ab.z", f32(1)));
    Weights a = w.at("a");
    a.get("x", 1);
    String message = assertThrows(CheckpointException.class, a::finish).getMessage();
    assertEquals("map: 1 tensors do not fit the model: unused a.y", message);
    a.get("y", 1);
    assertDoesNotThrow(() -> a.finish());
    assertThrows(CheckpointException.class, w::finish);
  }

  @Test
  void aWeightAskedForTwiceIsTheSame() {
    Weights w = Weights.of("map", Map.of("shared", f32(2, 3)));
    assertSame(w.get("shared", 2, 3), w.get("shared", 2, 3));
    assertDoesNotThrow(() -> w.finish());
    assertEquals(Shape.of(3, 2), w.get("shared", 3, 2).shape());
    String message = assertThrows(CheckpointException.class, w::finish).getMessage();
    assertTrue(message.endsWith("shared was asked for as (2, 3) and as (3, 2)"), message);
  }

  @Test
  void smallFloatsAreWidened() {
    Tensor values = Tensor.of(new float[] {1.5f, -2, 0.25f}, 3);
    Weights w =
        Weights.of(
            "map",
            Map.of(
                "half", values.to(DType.F16),
                "brain", values.to(DType.BF16),
                "single", values,
                "double", values.to(DType.F64)));
    for (String name : Set.of("half", "brain", "single")) {
      assertEquals(DType.F32, w.get(name, 3).dtype());
      assertArrayEquals(values.toFloats(), w.get(name, 3).toFloats());
    }
    assertEquals(DType.F64, w.get("double", 3).dtype());
    assertSame(values, w.get("single", 3));
    assertEquals(Set.of("half", "brain", "single", "double"), w.tensors().keySet());
    assertThrows(UnsupportedOperationException.class, () -> w.tensors().clear());
  }

  @Test
  void olderNamesAreLookedUpUnderTheirNewOnes() {
    Weights w =
        Weights.of("map", Map.of("layer.gamma", f32(2)))
            .renamed(name -> name.replace("weight", "gamma"));
    assertTrue(w.at("layer").has("weight"));
    assertFalse(w.at("layer").has("bias"));
    w.at("layer").get("weight", 2);
    assertDoesNotThrow(() -> w.finish());
    assertEquals(Set.of("layer.weight"), w.tensors().keySet());
    w.at("other").get("weight", 1);
    String message = assertThrows(CheckpointException.class, w::finish).getMessage();
    assertTrue(message.endsWith("missing other.gamma (1)"), message);
  }

  @Test
  void weightsOfACheckpointAreViewsOfIt(@TempDir Path folder) {
    Path file = folder.resolve("model.safetensors");
    Tensor values = Tensor.of(new float[] {1, 2}, 2);
    SafetensorsWriter.write(file, Map.of("a", values, "b", values.to(DType.BF16)), Map.of());
    Checkpoint checkpoint = Checkpoint.open(folder);
    Weights w = Weights.of(checkpoint);
    Tensor view = w.get("a", 2);
    Tensor widened = w.get("b", 2);
    assertArrayEquals(new float[] {1, 2}, view.toFloats());
    checkpoint.close();
    assertThrows(IllegalStateException.class, view::toFloats);
    assertArrayEquals(new float[] {1, 2}, widened.toFloats());
    w.get("c", 2);
    String message = assertThrows(CheckpointException.class, w::finish).getMessage();
    assertEquals(file + ": 1 tensors do not fit the model: missing c (2)", message);
  }

  private static Weights fresh(long seed) {
    return Weights.fresh((name, shape) -> Initializer.normal(1), seed);
  }

  @Test
  void freshWeightsDependOnNameAndSeedAlone() {
    Weights first = fresh(3);
    Weights second = fresh(3);
    float[] a = first.get("a", 5).toFloats();
    float[] b = first.at("b").get("c", 2, 2).toFloats();
    assertArrayEquals(b, second.get("b.c", 2, 2).toFloats()); // asked for first here
    assertArrayEquals(a, second.get("a", 5).toFloats());
    assertNotEquals(Arrays.toString(a), Arrays.toString(fresh(4).get("a", 5).toFloats()));
    assertNotEquals(Arrays.toString(a), Arrays.toString(fresh(3).get("b", 5).toFloats()));
    assertTrue(first.has("anything"));
    assertDoesNotThrow(() -> first.finish());
  }

  @Test
  void thePolicySeesFullNamesAndShapes() {
    Weights w =
        Weights.fresh(
            (name, shape) -> Initializer.constant(name.equals("norm.weight") ? 1 : shape.count()),
            0);
    assertArrayEquals(new float[] {1, 1}, w.at("norm").get("weight", 2).toFloats());
    assertArrayEquals(new float[] {2, 2}, w.at("other").get("weight", 2).toFloats());
  }

  /// Mean and deviation of many samples, and bounds where there are any.
  @Test
  void initializersFollowTheirDistributions() {
    Shape linear = Shape.of(300, 200);
    Shape conv = Shape.of(64, 32, 3, 3);
    assertEquals(200, Initializer.fanIn(linear));
    assertEquals(300, Initializer.fanOut(linear));
    assertEquals(288, Initializer.fanIn(conv));
    assertEquals(576, Initializer.fanOut(conv));
    assertEquals(7, Initializer.fanIn(Shape.of(7)));
    checkSamples(Initializer.normal(0.02), linear, 0.02, Double.POSITIVE_INFINITY);
    checkSamples(Initializer.uniform(0.3), linear, 0.3 / Math.sqrt(3), 0.3);
    double xavier = Math.sqrt(6.0 / 500);
    checkSamples(Initializer.xavierUniform(), linear, xavier / Math.sqrt(3), xavier);
    checkSamples(
        Initializer.fanInNormal(Math.sqrt(2)),
        conv,
        Math.sqrt(2.0 / 288),
        Double.POSITIVE_INFINITY);
    double fan = 1 / Math.sqrt(288);
    checkSamples(Initializer.fanInUniform(), conv, fan / Math.sqrt(3), fan);
  }

  private static void checkSamples(
      Initializer initializer, Shape shape, double deviation, double bound) {
    Tensor x = initializer.make(shape, 5, 9);
    assertEquals(shape, x.shape());
    double mean = x.mean().item();
    assertEquals(0, mean, 5 * deviation / Math.sqrt(shape.count()));
    assertEquals(deviation, Math.sqrt(x.square().mean().item()), 0.02 * deviation);
    for (float value : x.toFloats()) {
      assertTrue(Math.abs(value) <= bound, () -> value + " is outside of " + bound);
    }
  }
}
