package dev.chrysalis.models.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

class TokenizerParityTest {
  @TempDir Path copy;

  static List<TokenizerParity.Case> cases() {
    return TokenizerParity.check(TokenizerFixtures.folder());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void everyCaseOfTheSet(TokenizerParity.Case c) {
    assertTrue(c.passed(), () -> c.name() + ": " + c.message());
  }

  @Test
  void theSetIsWhole() {
    var names = cases().stream().map(TokenizerParity.Case::name).toList();
    assertEquals(names.size(), names.stream().distinct().count());
    for (String prefix : List.of("encode.", "merges_as_pairs.")) {
      assertEquals(296, count(names, prefix + "cases[", ".ids"));
      assertEquals(258, count(names, prefix + "pretokenization[", ".pieces"));
      assertEquals(40, count(names, prefix + "decode_ids[", ".decoded_skip_special"));
      assertEquals(18, count(names, prefix + "raw_bytes[", ".text"));
    }
    assertEquals(14, count(names, "chat.cases[", ".rendered"));
    assertEquals(1, count(names, "chat.cases[", ".error"));
    assertEquals(4, count(names, "metamorph_prompts.cases[", ".labels"));
  }

  private static long count(List<String> names, String prefix, String suffix) {
    return names.stream().filter(n -> n.startsWith(prefix) && n.endsWith(suffix)).count();
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        change("encode.json", o -> o.put("surprise", 1), "encode.surprise"),
        change(
            "encode.json",
            o -> ((ObjectNode) o.get("cases").get(3)).put("offsets", 1),
            "encode.cases[3].offsets"),
        change("encode.json", o -> o.put("vocab_size", 1271), "encode.vocab_size"),
        change("encode.json", o -> o.withArray("/cases/5/ids").add(7), "encode.cases[5].ids"),
        change("encode.json", o -> o.putArray("raw_bytes"), "encode.raw_bytes"),
        change(
            "encode.json",
            o -> ((ObjectNode) o.get("decode_ids").get(0)).put("decoded", "x"),
            "encode.decode_ids[0].decoded"),
        change(
            "encode.json", o -> o.withObject("/special_ids").put("<x>", 3), "encode.special_ids"),
        change(
            "chat.json",
            o -> o.withObject("/cases/2/options").put("seed", 1),
            "chat.cases[2].rendered"),
        change(
            "chat.json", o -> o.withObject("/cases/14").put("error", "?"), "chat.cases[14].error"),
        change(
            "chat.json",
            o -> o.withObject("/cases/0").remove(List.of("rendered", "rendered_simple", "ids")),
            "chat.cases[0]"),
        change(
            "metamorph_prompts.json",
            o -> o.withArray("/cases/1/labels").set(0, 5),
            "metamorph_prompts.cases[1].labels"),
        change(
            "metamorph_prompts.json",
            o -> o.put("ignore_index", -1),
            "metamorph_prompts.ignore_index"),
        change("notes.json", o -> o.put("a", 1), "files/notes.json"));
  }

  private static Arguments change(String file, Consumer<ObjectNode> edit, String failed) {
    return Arguments.of(file, edit, failed);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void noticesWhatIsWrongOrUnknown(String file, Consumer<ObjectNode> edit, String failed)
      throws IOException {
    try (var files = Files.list(TokenizerFixtures.folder())) {
      for (Path path : files.toList()) {
        Files.copy(path, copy.resolve(path.getFileName().toString()));
      }
    }
    Path path = copy.resolve(file);
    ObjectNode root = Files.exists(path) ? Json.readObject(path) : Json.newObject();
    edit.accept(root);
    Json.write(path, root);
    var failures = TokenizerParity.check(copy).stream().filter(c -> !c.passed()).toList();
    assertTrue(
        failures.stream().anyMatch(c -> c.name().equals(failed)), () -> "failed: " + failures);
    assertFalse(failures.stream().anyMatch(c -> c.message().isEmpty()));
  }

  @Test
  void aFolderThatIsNoSetHasFailed() {
    var results = TokenizerParity.check(copy);
    assertFalse(results.stream().allMatch(TokenizerParity.Case::passed));
  }
}
