package dev.chrysalis.tensor.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckpointTest {
  @TempDir Path outside;
  private Path folder;

  /// A folder with shards `one` (tensor a) and `two` (tensor b), and no index yet.
  @BeforeEach
  void writeShards() throws IOException {
    folder = Files.createDirectory(outside.resolve("model"));
    SafetensorsWriter.write(shard("one"), Map.of("a", Tensor.of(new float[] {1}, 1)), Map.of());
    SafetensorsWriter.write(shard("two"), Map.of("b", Tensor.of(new float[] {2}, 1)), Map.of());
  }

  private Path shard(String name) {
    return folder.resolve(name + ".safetensors");
  }

  private Path index(String json) throws IOException {
    return Files.writeString(folder.resolve("model.safetensors.index.json"), json);
  }

  private static String weightMap(String... namesAndShards) {
    StringBuilder json = new StringBuilder("{\"weight_map\":{");
    for (int i = 0; i < namesAndShards.length; i += 2) {
      json.append(i == 0 ? "" : ",").append('"').append(namesAndShards[i]).append("\":\"");
      json.append(namesAndShards[i + 1].replace("\\", "\\\\").replace("\0", "\\u0000")).append('"');
    }
    return json.append("}}").toString();
  }

  private String refusal(Path path) {
    String message =
        assertThrows(CheckpointException.class, () -> Checkpoint.open(path).close()).getMessage();
    assertTrue(message.startsWith(folder.toString()), message);
    return message;
  }

  @Test
  void shardsAreReadAsOne() throws IOException {
    index(weightMap("a", "one.safetensors", "b", "two.safetensors"));
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertEquals(folder, checkpoint.path());
      assertEquals(Set.of("a", "b"), checkpoint.names());
      assertEquals(2, checkpoint.get("b").item());
      assertEquals(new TensorType(DType.F32, Shape.of(1)), checkpoint.type("a"));
      assertEquals(2, checkpoint.files().size());
      String message =
          assertThrows(CheckpointException.class, () -> checkpoint.get("c")).getMessage();
      assertEquals(folder + ": no tensor 'c'", message);
      assertThrows(UnsupportedOperationException.class, () -> checkpoint.names().remove("a"));
    }
    HostileFileTest.assertNotMapped(shard("one"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../secret.safetensors",
        "..",
        ".",
        "",
        "/secret.safetensors",
        "./one.safetensors",
        "below/one.safetensors",
        "below/../../secret.safetensors",
        "..\\secret.safetensors",
        "C:secret.safetensors",
        "file:///secret.safetensors",
        "one.safetensors\0.txt",
        ".hidden.safetensors",
        "~/secret.safetensors"
      })
  void shardNamesThatArePathsAreRefused(String name) throws IOException {
    Files.copy(shard("one"), outside.resolve("secret.safetensors"));
    Files.copy(shard("one"), folder.resolve(".hidden.safetensors"));
    Files.copy(
        shard("one"), Files.createDirectory(folder.resolve("below")).resolve("one.safetensors"));
    index(weightMap("a", name));
    String message = refusal(folder);
    assertTrue(message.contains("is not a plain file name"), message);
  }

  @Test
  void linksThatLeaveTheFolderAreRefused() throws IOException {
    Files.copy(shard("one"), outside.resolve("secret.safetensors"));
    Files.createSymbolicLink(shard("direct"), outside.resolve("secret.safetensors"));
    Files.createSymbolicLink(shard("relative"), Path.of("..", "secret.safetensors"));
    Files.createSymbolicLink(shard("chain"), Path.of("direct.safetensors"));
    for (String name : new String[] {"direct", "relative", "chain"}) {
      index(weightMap("a", name + ".safetensors"));
      String message = refusal(folder);
      assertTrue(message.contains("leads out of the folder"), message);
    }
  }

  @Test
  void linksWithinTheFolderAreFollowed() throws IOException {
    Files.createSymbolicLink(shard("link"), Path.of("one.safetensors"));
    index(weightMap("a", "link.safetensors"));
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertEquals(1, checkpoint.get("a").item());
    }
  }

  static Stream<Arguments> disagreements() {
    String one = "one.safetensors";
    String two = "two.safetensors";
    return Stream.of(
        Arguments.of(weightMap("a", two, "b", one), "not in their shard: [a (said to be in two"),
        Arguments.of(weightMap("a", one, "b", two, "c", two), "[c (said to be in two"),
        Arguments.of(weightMap("c", one), "not in the index: [a (in one"),
        Arguments.of(weightMap("a", one, "b", one), "[b (said to be in one"),
        Arguments.of(weightMap("a", "gone.safetensors"), "shard gone.safetensors is missing"),
        Arguments.of(weightMap("a", "n".repeat(300)), "is missing"),
        Arguments.of(weightMap("a", one, "b", "broken.safetensors"), "broken.safetensors: trunc"),
        Arguments.of(weightMap("a", one, "b", "folder"), "folder: cannot be read"));
  }

  @ParameterizedTest
  @MethodSource("disagreements")
  void indexAndShardsMustAgree(String json, String expected) throws IOException {
    Files.write(shard("broken"), new byte[3]);
    Files.createDirectory(folder.resolve("folder"));
    index(json);
    String message = refusal(folder);
    assertTrue(message.contains(expected), message);
    HostileFileTest.assertNotMapped(shard("one"));
  }

  @Test
  void longListsOfDisagreementsAreCut() throws IOException {
    String[] wrong = new String[2000];
    for (int i = 0; i < wrong.length; i += 2) {
      wrong[i] = "tensor" + i;
      wrong[i + 1] = "one.safetensors";
    }
    index(weightMap(wrong));
    String message = refusal(folder);
    assertTrue(message.contains("] and 980 more; not in the index: [a"), message);
    assertTrue(message.length() < 2000, () -> "length " + message.length());
  }

  static Stream<Arguments> brokenIndices() {
    String sound = weightMap("a", "one.safetensors");
    return Stream.of(
        Arguments.of("", "expected a JSON object"),
        Arguments.of("[]", "expected a JSON object"),
        Arguments.of("{}", "no weight_map"),
        Arguments.of("{\"weight_map\":{}}", "no weight_map"),
        Arguments.of("{\"weight_map\":[]}", "weight_map: expected an object"),
        Arguments.of("{\"weight_map\":null}", "weight_map: expected an object"),
        Arguments.of("{\"weight_map\":{\"a\":1}}", "weight_map.a: expected a file name"),
        Arguments.of("{\"weight_map\":{\"a\":{}}}", "weight_map.a: expected a file name"),
        Arguments.of("{\"weight_map\":{\"a\":\"x\",\"a\":\"y\"}}", "not valid JSON"),
        Arguments.of(sound.replaceFirst("\\{", "{\"weight_map\":{},"), "not valid JSON"),
        Arguments.of(sound.substring(0, sound.length() - 1), "not valid JSON"),
        Arguments.of(sound + "{}", "text after the closing brace"),
        Arguments.of("{\"metadata\":" + "[".repeat(100_000), "not valid JSON"));
  }

  @ParameterizedTest
  @MethodSource("brokenIndices")
  void brokenIndicesAreRefused(String json, String expected) throws IOException {
    Path index = index(json);
    String message = refusal(folder);
    assertTrue(message.startsWith(index + ": "), message);
    assertTrue(message.contains(expected), message);
  }

  @Test
  void foldersWithoutWeightsAreRefused() throws IOException {
    String message = refusal(folder);
    assertTrue(message.contains("no weights: expected model.safetensors"), message);
    message = refusal(folder.resolve("nowhere"));
    assertTrue(message.contains("no such file or folder"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model", "diffusion_pytorch_model", "adapter"})
  void everyUsualNameIsFound(String stem) throws IOException {
    Files.move(shard("one"), shard(stem));
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertArrayEquals(new float[] {1}, checkpoint.get("a").toFloats());
      assertEquals(shard(stem), checkpoint.files().getFirst());
    }
  }
}
