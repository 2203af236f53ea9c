package dev.chrysalis.models.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class JsonTest {
  @TempDir Path folder;

  static Stream<Arguments> refusedTexts() {
    return Stream.of(
        Arguments.of("", "empty"),
        Arguments.of("{\"a\": 1, \"a\": 2}", "uplicate"),
        Arguments.of("{\"x\": {\"a\": 1, \"b\": 0, \"a\": 1}}", "uplicate"),
        Arguments.of("{} {}", "railing"),
        Arguments.of("{\"a\": 1", "Unexpected end"),
        Arguments.of("{\"a\": NaN}", "NaN"),
        Arguments.of("{'a': 1}", "line 1"),
        Arguments.of("[".repeat(201) + "]".repeat(201), "depth"),
        Arguments.of("[".repeat(100_000), "depth"),
        Arguments.of("[" + "9".repeat(101) + "]", "Number"),
        Arguments.of("\"" + "x".repeat((16 << 20) + 1) + "\"", "String"));
  }

  @ParameterizedTest
  @MethodSource("refusedTexts")
  void refusesWithThePlaceAndTheReason(String text, String reason) {
    var e = assertThrows(ConfigException.class, () -> Json.parse(text, "config.json"));
    assertTrue(e.getMessage().startsWith("config.json: "), e.getMessage());
    assertTrue(e.getMessage().contains(reason), e.getMessage());
    assertTrue(e.getMessage().lines().count() == 1, e.getMessage());
  }

  @Test
  void acceptsTheDeepestNestingAllowed() {
    assertEquals(1, Json.parse("[".repeat(200) + "]".repeat(200)).size());
  }

  @Test
  void refusesFilesThatAreNotThereOrNotText() throws IOException {
    Path missing = folder.resolve("none.json");
    assertFails(() -> Json.read(missing), missing + ": cannot be read: no such file");
    Path latin = Files.write(folder.resolve("latin.json"), new byte[] {'"', (byte) 0xe9, '"'});
    assertFails(() -> Json.read(latin), "not UTF-8");
    assertFails(() -> Json.read(folder), folder + ": cannot be read");
    Path wide = Files.writeString(folder.resolve("wide.json"), "{}", StandardCharsets.UTF_16);
    assertFails(() -> Json.read(wide), "not UTF-8");
    Path list = Files.writeString(folder.resolve("list.json"), "[1, 2]");
    assertFails(() -> Json.readObject(list), "found an array of 2 elements, need an object");
  }

  @Test
  void readsEveryKindOfValue() {
    JsonNode node =
        Json.parse(
            """
            {"i": -7, "l": 5000000000, "d": 0.5, "whole": 500000, "b": true, "s": "x",
             "ints": [1, 2], "doubles": [1, 2.5], "strings": ["a", "b"], "o": {"k": 1}, "n": null}
            """);
    assertEquals(-7, Json.requireInt(node, "f", "i"));
    assertEquals(5_000_000_000L, Json.requireLong(node, "f", "l"));
    assertEquals(0.5, Json.requireDouble(node, "f", "d"));
    assertEquals(500_000.0, Json.requireDouble(node, "f", "whole"));
    assertTrue(Json.requireBoolean(node, "f", "b"));
    assertEquals("x", Json.requireString(node, "f", "s"));
    assertArrayEquals(new int[] {1, 2}, Json.requireInts(node, "f", "ints"));
    assertArrayEquals(new double[] {1, 2.5}, Json.requireDoubles(node, "f", "doubles"));
    assertEquals(List.of("a", "b"), Json.requireStrings(node, "f", "strings"));
    assertEquals(1, Json.requireObject(node, "f", "o").size());
    assertEquals(3, Json.optionalInt(node, "f", "n", 3));
    assertEquals(4L, Json.optionalLong(node, "f", "absent", 4));
    assertEquals(1.5, Json.optionalDouble(node, "f", "absent", 1.5));
    assertEquals("t", Json.optionalString(node, "f", "absent", "t"));
    assertTrue(Json.optionalBoolean(node, "f", "absent", true));
    assertTrue(Json.findString(node, "f", "n").isEmpty());
    assertTrue(Json.findObject(node, "f", "absent").isEmpty());
  }

  static Stream<Arguments> wrongValues() {
    return Stream.of(
        wrong("{}", Json::requireInt, "found nothing, need a 32-bit integer"),
        wrong("{\"k\": null}", Json::requireInt, "found null, need a 32-bit integer"),
        wrong("{\"k\": \"12\"}", Json::requireInt, "found \"12\", need a 32-bit integer"),
        wrong("{\"k\": 1.5}", Json::requireInt, "found 1.5, need a 32-bit integer"),
        wrong("{\"k\": 3000000000}", Json::requireInt, "found 3000000000, need a 32-bit"),
        wrong("{\"k\": 1e999}", Json::requireDouble, "need a finite number"),
        wrong("{\"k\": true}", Json::requireDouble, "found true, need a finite number"),
        wrong("{\"k\": 1}", Json::requireBoolean, "found 1, need true or false"),
        wrong("{\"k\": [1]}", Json::requireString, "found an array of 1 elements, need a string"),
        wrong("{\"k\": {}}", Json::requireArray, "found an object of 0 entries, need an array"),
        wrong("{\"k\": [1, \"a\"]}", Json::requireInts, "k[1]: found \"a\", need a 32-bit integer"),
        wrong("[1]", Json::requireInt, "found an array of 1 elements, need an object with \"k\""),
        wrong(
            "{\"k\": \"" + "y".repeat(500) + "\"}",
            Json::requireInt,
            "found \"" + "y".repeat(60) + "...\", need"));
  }

  private interface Getter {
    Object get(JsonNode node, String source, String key);
  }

  private static Arguments wrong(String json, Getter getter, String message) {
    BiConsumer<JsonNode, String> call = (node, source) -> getter.get(node, source, "k");
    return Arguments.of(json, call, message);
  }

  @ParameterizedTest
  @MethodSource("wrongValues")
  void namesFileKeyFoundAndExpected(
      String json, BiConsumer<JsonNode, String> getter, String message) {
    JsonNode node = Json.parse(json);
    var e = assertThrows(ConfigException.class, () -> getter.accept(node, "config.json"));
    assertTrue(e.getMessage().startsWith("config.json: "), e.getMessage());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void writesAtomicallyAndReadsBack() throws IOException {
    Path file = folder.resolve("out.json");
    JsonNode first = Json.parse("{\"a\": [1, 2.5, \"é\\n\"], \"b\": {}}");
    Json.write(file, first);
    assertEquals(
        """
        {
          "a": [
            1,
            2.5,
            "é\\n"
          ],
          "b": {}
        }
        """,
        Files.readString(file));
    JsonNode second = Json.parse("{\"c\": null}");
    Json.write(file, second);
    assertEquals(second, Json.read(file));
    try (var left = Files.list(folder)) {
      assertEquals(List.of(file), left.toList());
    }
  }

  @Test
  void leavesNothingBehindWhenItCannotWrite() throws IOException {
    Path taken = Files.createDirectories(folder.resolve("taken/inside")).getParent();
    assertFails(() -> Json.write(taken, Json.newObject()), taken + ": cannot be written");
    assertFails(
        () -> Json.write(folder.resolve("no/such/out.json"), Json.newObject()),
        "cannot be written");
    try (var left = Files.list(folder)) {
      assertEquals(List.of(taken), left.toList());
    }
  }

  static Stream<Arguments> texts() { // right: what Python's json.dumps(value) prints
    return Stream.of(
        Arguments.of("[1,2]", "[1, 2]"),
        Arguments.of("{\"a\":{},\"b\":[]}", "{\"a\": {}, \"b\": []}"),
        Arguments.of("[true,false,null]", "[true, false, null]"),
        Arguments.of(
            "[1.0,0.1,-0.0,1e5,123456789012345680.0]",
            "[1.0, 0.1, -0.0, 100000.0, 1.2345678901234568e+17]"),
        Arguments.of(
            "[1e-5,0.0001,1e16,1e15,-2.5e-7]",
            "[1e-05, 0.0001, 1e+16, 1000000000000000.0, -2.5e-07]"),
        Arguments.of("[123456789012345678901234567890]", "[123456789012345678901234567890]"),
        Arguments.of(
            "\"\\u0001\\u007f\\u00e9\\ud83d\\ude00/\\\"\\\\\"", "\"\\u0001\u007fé😀/\\\"\\\\\""),
        Arguments.of("\"\\b\\f\\n\\r\\t\"", "\"\\b\\f\\n\\r\\t\""),
        Arguments.of("\"\\ud800\"", "\"\\ud800\""));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void printsAsThePythonToolsDo(String json, String text) {
    assertEquals(text, JsonText.compact(Json.parse(json)));
  }

  private static void assertFails(Runnable action, String message) {
    var e = assertThrows(ConfigException.class, action::run);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
