package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Runs a golden set of tokenizer results: a folder with `encode.json`, and if there `chat.json`,
/// `metamorph_prompts.json` and `tokenizer_merges_as_pairs.json`.
///
/// Every expected value is one case. A key, or a file, that this class does not know is a failed
/// case, and so is an entry without anything expected.
public final class TokenizerParity {
  /// @param name file, entry and key, such as `encode.cases[3].ids`
  /// @param message what was found and expected when it did not pass, else empty
  public record Case(String name, boolean passed, String message) {}

  private static final String PAIRS_FILE = "tokenizer_merges_as_pairs.json";
  private static final Set<String> FILES =
      Set.of(
          TokenizerReader.FILE,
          TokenizerReader.CONFIG_FILE,
          TokenizerReader.SPECIALS_FILE,
          PAIRS_FILE,
          "encode.json",
          "chat.json",
          "metamorph_prompts.json");

  private final Path folder;
  private final ParityCases cases = new ParityCases();

  private TokenizerParity(Path folder) {
    this.folder = folder;
  }

  /// All cases of the set, in the order of its files.
  public static List<Case> check(Path folder) {
    var parity = new TokenizerParity(folder);
    parity.run();
    return parity.cases.results();
  }

  private void run() {
    cases.guard("files", this::files);
    cases.guard("encode", () -> encode("encode", TokenizerReader.FILE));
    if (Files.exists(folder.resolve(PAIRS_FILE))) {
      cases.guard("merges_as_pairs", () -> encode("merges_as_pairs", PAIRS_FILE));
    }
    cases.guard("chat", this::chat);
    cases.guard("metamorph_prompts", this::metamorph);
  }

  private void files() {
    try (Stream<Path> entries = Files.list(folder)) {
      entries
          .map(path -> path.getFileName().toString())
          .filter(name -> !FILES.contains(name))
          .sorted()
          .forEach(name -> cases.fail("files/" + name, "not part of a tokenizer set"));
    } catch (IOException e) {
      cases.fail("files", folder + ": cannot be listed: " + e.getMessage());
    }
  }

  // ---- encode.json

  private void encode(String name, String tokenizerFile) {
    Tokenizer tokenizer = Tokenizer.load(folder.resolve(tokenizerFile));
    JsonNode root = Json.readObject(folder.resolve("encode.json"));
    for (var entry : root.properties()) {
      String at = name + "." + entry.getKey();
      JsonNode value = entry.getValue();
      switch (entry.getKey()) {
        case "cases" -> cases.each(at, value, (one, c) -> encodeCase(one, c, tokenizer));
        case "pretokenization" -> cases.each(at, value, (one, c) -> pieces(one, c, tokenizer));
        case "decode_ids" -> cases.each(at, value, (one, c) -> decode(one, c, tokenizer));
        case "raw_bytes" -> cases.each(at, value, (one, c) -> rawBytes(one, c, tokenizer));
        case "pair" -> cases.guard(at, () -> pair(at, value, tokenizer));
        case "special_ids" -> cases.guard(at, () -> specialIds(at, value, tokenizer));
        case "vocab_size" -> cases.expect(at, value.asInt(-1), tokenizer::vocabSize);
        default -> cases.unknown(at);
      }
    }
  }

  private void encodeCase(String at, JsonNode c, Tokenizer tokenizer) {
    String text = Json.requireString(c, at, "text");
    int[] ids = Json.requireInts(c, at, "ids");
    for (String key : c.propertyNames()) {
      String one = at + "." + key;
      switch (key) {
        case "text" -> {} // the input
        case "ids" -> {
          cases.expect(one, list(ids), () -> list(tokenizer.encodeWithSpecials(text, false)));
          var withBos = new ArrayList<>(List.of(tokenizer.bosId().orElseThrow()));
          withBos.addAll(list(ids));
          cases.expect(one + "+bos", withBos, () -> list(tokenizer.encodeWithSpecials(text, true)));
        }
        case "tokens" ->
            cases.expect(
                one,
                Json.requireStrings(c, at, key),
                () -> Arrays.stream(ids).mapToObj(tokenizer::tokenOf).toList());
        case "decoded" -> {
          String decoded = Json.requireString(c, at, key);
          cases.expect(one, decoded, () -> tokenizer.decode(ids, false));
          cases.expect(one + "+stream", decoded, () -> streamed(tokenizer, ids, false));
        }
        case "decoded_skip_special" -> decodedSkipSpecial(at, c, ids, tokenizer);
        default -> cases.unknown(one);
      }
    }
    if (!c.has("decoded_skip_special")) { // left out where it is the same
      cases.expect(
          at + ".decoded+skip_special",
          Json.requireString(c, at, "decoded"),
          () -> tokenizer.decode(ids, true));
    }
  }

  private void decodedSkipSpecial(String at, JsonNode c, int[] ids, Tokenizer tokenizer) {
    String key = "decoded_skip_special";
    String decoded = Json.requireString(c, at, key);
    cases.expect(at + "." + key, decoded, () -> tokenizer.decode(ids, true));
    cases.expect(at + "." + key + "+stream", decoded, () -> streamed(tokenizer, ids, true));
  }

  private static String streamed(Tokenizer tokenizer, int[] ids, boolean skipSpecial) {
    TextStream stream = tokenizer.stream(skipSpecial);
    var out = new StringBuilder();
    for (int id : ids) {
      out.append(stream.push(id));
    }
    return out.append(stream.finish()).toString();
  }

  private void pieces(String at, JsonNode c, Tokenizer tokenizer) {
    String text = Json.requireString(c, at, "text");
    cases.onlyKeys(at, c, "text", "pieces");
    cases.expect(
        at + ".pieces", Json.requireStrings(c, at, "pieces"), () -> tokenizer.pieces(text));
  }

  private void decode(String at, JsonNode c, Tokenizer tokenizer) {
    int[] ids = Json.requireInts(c, at, "ids");
    cases.onlyKeys(at, c, "ids", "decoded", "decoded_skip_special");
    String decoded = Json.requireString(c, at, "decoded");
    cases.expect(at + ".decoded", decoded, () -> tokenizer.decode(ids, false));
    cases.expect(at + ".decoded+stream", decoded, () -> streamed(tokenizer, ids, false));
    decodedSkipSpecial(at, c, ids, tokenizer);
  }

  private void rawBytes(String at, JsonNode c, Tokenizer tokenizer) {
    byte[] bytes = HexFormat.of().parseHex(Json.requireString(c, at, "bytes_hex"));
    cases.onlyKeys(at, c, "bytes_hex", "text", "ids");
    cases.expect(at + ".text", Json.requireString(c, at, "text"), () -> Utf8.decode(bytes));
    cases.expect(
        at + ".ids",
        list(Json.requireInts(c, at, "ids")),
        () -> list(tokenizer.encodeWithSpecials(Utf8.decode(bytes), false)));
  }

  private void pair(String at, JsonNode c, Tokenizer tokenizer) {
    cases.onlyKeys(at, c, "a", "b", "ids");
    String first = Json.requireString(c, at, "a");
    String second = Json.requireString(c, at, "b");
    cases.expect(
        at + ".ids",
        list(Json.requireInts(c, at, "ids")),
        () -> list(tokenizer.encodePair(first, second)));
  }

  private void specialIds(String at, JsonNode expected, Tokenizer tokenizer) {
    var ids = new TreeMap<String, Integer>();
    for (String token : expected.propertyNames()) {
      ids.put(token, Json.requireInt(expected, at, token));
    }
    Supplier<Map<String, Integer>> found =
        () -> {
          var special = new TreeMap<>(tokenizer.addedTokens());
          special.values().removeIf(id -> !tokenizer.isSpecial(id));
          return special;
        };
    cases.expect(at, ids, found::get);
  }

  // ---- chat.json

  private void chat() {
    Path file = folder.resolve("chat.json");
    if (!Files.exists(file)) {
      return;
    }
    Tokenizer tokenizer = Tokenizer.load(folder);
    JsonNode root = Json.readObject(file);
    cases.onlyKeys("chat", root, "cases");
    cases.each("chat.cases", root.path("cases"), (at, c) -> chatCase(at, c, tokenizer));
  }

  private void chatCase(String at, JsonNode c, Tokenizer tokenizer) {
    Supplier<Prompt> full =
        () -> ChatTemplate.render(messages(c, at), chatOptions(c, at), openEnd(c, at));
    int checked = cases.count();
    for (String key : c.propertyNames()) {
      String one = at + "." + key;
      switch (key) {
        case "name", "messages", "options", "add_generation_prompt" -> {} // the input
        case "rendered" ->
            cases.expect(one, Json.requireString(c, at, key), () -> full.get().rendered());
        case "rendered_simple" ->
            cases.expect(
                one,
                Json.requireString(c, at, key),
                () -> ChatTemplate.renderSimple(messages(c, at), openEnd(c, at)).rendered());
        case "ids" ->
            cases.expect(
                one,
                list(Json.requireInts(c, at, key)),
                () -> list(full.get().encodeAsRendered(tokenizer)));
        case "error" -> cases.expect(one, Json.requireString(c, at, key), () -> errorOf(full));
        default -> cases.unknown(one);
      }
    }
    if (cases.count() == checked) {
      cases.fail(at, "nothing expected, need rendered, rendered_simple, ids or error");
    }
  }

  private static String errorOf(Supplier<Prompt> render) {
    try {
      return "no error, but: " + render.get().rendered();
    } catch (TokenizerException e) {
      return e.getMessage();
    }
  }

  private static List<ChatMessage> messages(JsonNode c, String at) {
    return Json.requireArray(c, at, "messages").stream().map(ChatMessage::parse).toList();
  }

  private static ChatOptions chatOptions(JsonNode c, String at) {
    return ChatOptions.parse(Json.requireObject(c, at, "options"));
  }

  private static boolean openEnd(JsonNode c, String at) {
    return Json.requireBoolean(c, at, "add_generation_prompt");
  }

  // ---- metamorph_prompts.json

  private void metamorph() {
    Path file = folder.resolve("metamorph_prompts.json");
    if (!Files.exists(file)) {
      return;
    }
    Tokenizer tokenizer = Tokenizer.load(folder);
    JsonNode root = Json.readObject(file);
    for (var entry : root.properties()) {
      String at = "metamorph_prompts." + entry.getKey();
      JsonNode value = entry.getValue();
      switch (entry.getKey()) {
        case "image_token_index" ->
            cases.expect(at, value.asInt(0), () -> MetaMorphPrompt.IMAGE_TOKEN_INDEX);
        case "ignore_index" -> cases.expect(at, value.asInt(0), () -> MetaMorphPrompt.IGNORE_INDEX);
        case "cases" -> cases.each(at, value, (one, c) -> metamorphCase(one, c, tokenizer));
        default -> cases.unknown(at);
      }
    }
  }

  private void metamorphCase(String at, JsonNode c, Tokenizer tokenizer) {
    MetaMorphPrompt layout = MetaMorphPrompt.REFERENCE;
    List<MetaMorphPrompt.Turn> turns =
        Json.requireArray(c, at, "turns").stream().map(turn -> turn(turn, at)).toList();
    List<MetaMorphPrompt.Turn> first = turns.subList(0, 1);
    int checked = cases.count();
    for (String key : c.propertyNames()) {
      String one = at + "." + key;
      switch (key) {
        case "turns" -> {} // the input
        case "training_text" ->
            cases.expect(one, Json.requireString(c, at, key), () -> layout.render(turns));
        case "inference_prompt_first_turn" ->
            cases.expect(one, Json.requireString(c, at, key), () -> layout.renderInference(first));
        case "input_ids", "labels", "inference_ids_first_turn" -> {
          List<Integer> expected = list(Json.requireInts(c, at, key));
          cases.expect(one, expected, () -> list(rendered(key, layout, tokenizer, turns)));
          cases.expect(
              one + "+piecewise", expected, () -> list(built(key, layout, tokenizer, turns)));
        }
        default -> cases.unknown(one);
      }
    }
    if (cases.count() == checked) {
      cases.fail(at, "nothing expected");
    }
  }

  private static MetaMorphPrompt.Turn turn(JsonNode node, String at) {
    return MetaMorphPrompt.Turn.parse(
        Json.requireString(node, at, "from"), Json.requireString(node, at, "value"));
  }

  private static int[] rendered(
      String key, MetaMorphPrompt layout, Tokenizer tokenizer, List<MetaMorphPrompt.Turn> turns) {
    return switch (key) {
      case "input_ids" -> layout.encodeAsRendered(tokenizer, turns).inputIds();
      case "labels" -> layout.encodeAsRendered(tokenizer, turns).labels();
      default -> layout.encodeInferenceAsRendered(tokenizer, turns.subList(0, 1));
    };
  }

  private static int[] built(
      String key, MetaMorphPrompt layout, Tokenizer tokenizer, List<MetaMorphPrompt.Turn> turns) {
    return switch (key) {
      case "input_ids" -> layout.encode(tokenizer, turns).inputIds();
      case "labels" -> layout.encode(tokenizer, turns).labels();
      default -> layout.encodeInference(tokenizer, turns.subList(0, 1));
    };
  }

  private static List<Integer> list(int[] ids) {
    return Arrays.stream(ids).boxed().toList();
  }
}
