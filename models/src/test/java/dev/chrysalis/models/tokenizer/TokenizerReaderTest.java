package dev.chrysalis.models.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.json.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class TokenizerReaderTest {
  @TempDir Path folder;

  static Stream<Arguments> hostileFiles() {
    return Stream.of(
        edit(o -> merges(o).set(3, "zz qq"), "model.merges[3]: \"zz\" is not in the vocabulary"),
        edit(o -> merges(o).add("! \""), "model.merges[1000]: \"!\"\" is not in the vocabulary"),
        edit(o -> merges(o).add("abc"), "found \"abc\", need \"left right\""),
        edit(o -> merges(o).add("a b c"), "need \"left right\""),
        edit(o -> merges(o).add(" a"), "need \"left right\""),
        edit(o -> merges(o).addArray().add("a").add("b").add("c"), "found an array of 3"),
        edit(o -> merges(o).addArray().add("a").add(1), "found an array of 2"),
        edit(o -> merges(o).add(7), "model.merges[1000]: found 7"),
        edit(o -> merges(o).add(merges(o).get(5)), "merge 1000 repeats merge 5"),
        edit(o -> vocab(o).put("!", 1), "belongs to another token too"),
        edit(o -> vocab(o).put("!", -1), "id out of range: got -1, need 0 to 1269"),
        edit(o -> vocab(o).put("!", Integer.MAX_VALUE), "id out of range: got 2147483647"),
        edit(o -> vocab(o).put("!", 99_999_999_999L), "found 99999999999, need a 32-bit integer"),
        edit(o -> vocab(o).put("!", "0"), "model.vocab: !: found \"0\""),
        edit(o -> vocab(o).put("hello world", 1270), "byte-level alphabet"),
        edit(o -> vocab(o).put("日", 1270), "byte-level alphabet"),
        edit(o -> vocab(o).put("", 1270), "byte-level alphabet"),
        edit(
            o -> vocab(o).put("<image>", 1270), "<image>\" has id 1270 in the vocabulary and 1267"),
        edit(TokenizerReaderTest::dropByte, "no token for byte 0xff"),
        edit(o -> added(o, 1).put("id", 1261), "belongs to another token too"),
        edit(o -> added(o, 1).put("id", 5000), "id out of range: got 5000"),
        edit(o -> added(o, 1).put("content", "<image>"), "\"<image>\" is given twice"),
        edit(o -> added(o, 1).put("content", ""), "got 0 characters"),
        edit(o -> added(o, 1).put("content", "\ud800"), "unpaired surrogate"),
        edit(o -> added(o, 1).put("lstrip", true), "added_tokens[1]: lstrip is not supported"),
        edit(TokenizerReaderTest::mergeToControl, "produces added token 1259"),
        edit(o -> o.putObject("normalizer").put("type", "NFC"), "normalizer: not supported"),
        edit(o -> o.withObject("/model").put("type", "Unigram"), "found \"Unigram\", need \"BPE\""),
        edit(o -> o.withObject("/model").put("unk_token", "<unk>"), "unk_token: not supported"),
        edit(o -> o.withObject("/model").put("byte_fallback", true), "byte_fallback"),
        edit(o -> o.withObject("/model").put("dropout", 0.1), "dropout"),
        edit(o -> o.withObject("/model").put("end_of_word_suffix", "</w>"), "end_of_word_suffix"),
        edit(o -> o.withObject("/decoder").put("type", "WordPiece"), "decoder: not supported"),
        edit(o -> o.putNull("pre_tokenizer"), "pre_tokenizer: found null, need an object"),
        edit(o -> split(o).put("behavior", "Removed"), "behavior Isolated"),
        edit(o -> split(o).put("invert", true), "invert false"),
        edit(o -> split(o).putObject("pattern").put("String", " "), "Regex: found nothing"),
        edit(o -> split(o).withObject("/pattern").put("Regex", "(["), "not a usable regular"),
        edit(
            o -> o.withObject("/post_processor/processors/1/special_tokens").removeAll(),
            "<|begin_of_text|>: found nothing"),
        edit(
            o ->
                o.withObject("/post_processor/processors/1/special_tokens/<|begin_of_text|>")
                    .putArray("ids")
                    .add(7),
            "need the ids of its tokens"),
        edit(o -> o.withObject("/post_processor").put("type", "Bert"), "post_processor"),
        text(s -> s.replaceFirst("\"!\": ?0,", "\"!\":0,\"!\":0,"), "uplicate"),
        text(s -> s.substring(0, s.length() / 2), "not valid JSON"),
        text(s -> "[".repeat(1_000_000), "depth"),
        text(s -> s + "{}", "not valid JSON"),
        text(s -> "[]", "need an object"));
  }

  private static Arguments edit(Consumer<ObjectNode> change, String message) {
    UnaryOperator<String> onText =
        s -> {
          ObjectNode root = Json.asObject(Json.parse(s), "test");
          change.accept(root);
          return JsonText.compact(root);
        };
    return text(onText, message);
  }

  private static Arguments text(UnaryOperator<String> change, String message) {
    return Arguments.of(change, message);
  }

  private static ArrayNode merges(ObjectNode root) {
    return root.withArray("/model/merges");
  }

  private static ObjectNode vocab(ObjectNode root) {
    return root.withObject("/model/vocab");
  }

  private static ObjectNode added(ObjectNode root, int i) {
    return root.withArray("/added_tokens").get(i).asObject();
  }

  private static ObjectNode split(ObjectNode root) {
    return root.withObject("/pre_tokenizer/pretokenizers/0");
  }

  private static void dropByte(ObjectNode root) {
    vocab(root).remove("ÿ");
    vocab(root).put("##", 187);
  }

  private static void mergeToControl(ObjectNode root) {
    added(root, 0).put("content", "!!");
    vocab(root).put("!!", 1259);
    merges(root).add("! !");
    root.putNull("post_processor");
  }

  @ParameterizedTest
  @MethodSource("hostileFiles")
  void refusesWithOneClearError(UnaryOperator<String> change, String message) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    String good = Files.readString(TokenizerFixtures.folder().resolve("tokenizer.json"));
    Files.writeString(file, good);
    assertEquals(1270, Tokenizer.load(folder).vocabSize());
    String changed = change.apply(good);
    Files.writeString(file, changed);
    var e = assertThrows(ConfigException.class, () -> Tokenizer.load(folder));
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void refusesAMissingFile() {
    var e = assertThrows(ConfigException.class, () -> Tokenizer.load(folder));
    assertTrue(e.getMessage().contains("no such file"), e.getMessage());
  }

  @Test
  void checksTheFilesBesideIt() throws IOException {
    Files.copy(
        TokenizerFixtures.folder().resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"bos_token\": \"<s>\"}");
    assertConfigFails("bos_token: got \"<s>\", need a token of the vocabulary");
    Files.writeString(config, "{\"bos_token\": {\"text\": \"<s>\"}}");
    assertConfigFails("bos_token: content: found nothing");
    Files.writeString(config, "{\"added_tokens_decoder\": {\"1267\": {\"content\": \"<img>\"}}}");
    assertConfigFails("found \"<img>\", need \"<image>\"");
    Files.writeString(config, "{\"added_tokens_decoder\": {\"9\": {\"content\": \"<img>\"}}}");
    assertConfigFails("need no such id");
    Files.writeString(config, "{\"pad_token\": null}");
    Files.writeString(
        folder.resolve("special_tokens_map.json"),
        "{\"eos_token\": {\"content\": \"<|eot_id|>\"}}");
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertEquals(1265, tokenizer.eosId().orElseThrow());
    assertTrue(tokenizer.bosId().isEmpty() && tokenizer.padId().isEmpty());
  }

  private void assertConfigFails(String message) {
    var e = assertThrows(ConfigException.class, () -> Tokenizer.load(folder));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void aVocabularyEntryNeverMakesPlainTextAControlToken() throws IOException {
    ObjectNode root = TokenizerFixtures.tokenizerJson();
    added(root, 8).put("content", "secret"); // a whole piece, and in the vocabulary as well
    vocab(root).put("secret", 1267);
    Json.write(folder.resolve("tokenizer.json"), root);
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertArrayEquals(new int[] {1267}, tokenizer.encodeWithSpecials("secret", false));
    int[] plain = tokenizer.encode("secret");
    assertTrue(plain.length > 1);
    assertEquals("secret", tokenizer.decode(plain, true));
  }

  @Test
  void aHostilePatternIsStopped() throws IOException {
    ObjectNode root = TokenizerFixtures.tokenizerJson();
    split(root).withObject("/pattern").put("Regex", "(a|aa)+\\1b");
    Json.write(folder.resolve("tokenizer.json"), root);
    Tokenizer tokenizer = Tokenizer.load(folder);
    var e =
        assertThrows(
            TokenizerException.class,
            () ->
                assertTimeoutPreemptively(
                    Duration.ofSeconds(10), () -> tokenizer.encode("a".repeat(200) + "!")));
    assertTrue(e.getMessage().contains("steps a character"), e.getMessage());
    var deep =
        assertThrows(TokenizerException.class, () -> tokenizer.encode("a".repeat(1_000_000)));
    assertTrue(deep.getMessage().startsWith("split pattern: "), deep.getMessage());
  }

  @Test
  void textBetweenMatchesIsAPieceToo() throws IOException {
    ObjectNode root = TokenizerFixtures.tokenizerJson();
    split(root).withObject("/pattern").put("Regex", "\\d|(?=x)");
    Json.write(folder.resolve("tokenizer.json"), root);
    assertEquals(List.of("ab", "1", "2", "c", "xd"), Tokenizer.load(folder).pieces("ab12cxd"));
  }
}
