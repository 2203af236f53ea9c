package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.tokenizer.TokenizerSpec.Merge;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads `tokenizer.json`, and beside it `tokenizer_config.json` and `special_tokens_map.json` if
/// they are there.
///
/// Understood is what Llama 3 and its descendants use: a `Split` by a regular expression followed
/// by `ByteLevel`, a `BPE` model with merges as strings or pairs, added tokens, and a
/// `TemplateProcessing` of fixed tokens. Anything else that would change ids is refused by name.
/// `truncation` and `padding` are settings of a single call and are not read.
final class TokenizerReader {
  static final String FILE = "tokenizer.json";
  static final String CONFIG_FILE = "tokenizer_config.json";
  static final String SPECIALS_FILE = "special_tokens_map.json";
  private static final List<String> NAMED = List.of("bos_token", "eos_token", "pad_token");

  private final Path file;
  private final String source;

  private TokenizerReader(Path file) {
    this.file = file;
    this.source = file.toString();
  }

  /// @param folderOrFile a model folder, or the tokenizer file in it
  static TokenizerSpec read(Path folderOrFile) {
    Path file = Files.isDirectory(folderOrFile) ? folderOrFile.resolve(FILE) : folderOrFile;
    return new TokenizerReader(file).spec();
  }

  private TokenizerSpec spec() {
    ObjectNode root = Json.readObject(file);
    refuseUnlessAbsent(root, "normalizer");
    Json.findObject(root, source, "decoder")
        .filter(decoder -> type(decoder).equals("ByteLevel"))
        .orElseThrow(() -> unsupported("decoder", root.path("decoder"), "ByteLevel"));
    ObjectNode model = Json.requireObject(root, source, "model");
    checkModel(model);
    Map<String, Integer> vocab = vocab(model);
    List<AddedToken> added = added(root);
    var ids = new HashMap<>(vocab);
    added.forEach(token -> ids.put(token.content(), token.id()));
    Path folder = file.toAbsolutePath().getParent();
    ObjectNode config = sibling(folder, CONFIG_FILE);
    checkConfig(config, added);
    return new TokenizerSpec(
        source,
        pattern(Json.requireObject(root, source, "pre_tokenizer")),
        Json.optionalBoolean(model, source, "ignore_merges", false),
        vocab,
        merges(model, vocab),
        added,
        template(root, ids),
        named(config, sibling(folder, SPECIALS_FILE)),
        config);
  }

  // ---- the model

  private void checkModel(ObjectNode model) {
    if (!type(model).equals("BPE")) {
      throw unsupported("model.type", model.path("type"), "\"BPE\"");
    }
    refuseUnlessAbsent(model, "unk_token");
    if (Json.optionalBoolean(model, source, "byte_fallback", false)) {
      throw unsupported("model.byte_fallback", model.path("byte_fallback"), "false");
    }
    if (Json.optionalDouble(model, source, "dropout", 0) != 0) {
      throw unsupported("model.dropout", model.path("dropout"), "null");
    }
    for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      if (!Json.optionalString(model, source, affix, "").isEmpty()) {
        throw unsupported("model." + affix, model.path(affix), "null");
      }
    }
  }

  private Map<String, Integer> vocab(ObjectNode model) {
    ObjectNode node = Json.requireObject(model, source, "vocab");
    var vocab = new LinkedHashMap<String, Integer>();
    String section = source + ": model.vocab";
    for (String token : node.propertyNames()) {
      vocab.put(token, Json.requireInt(node, section, token));
    }
    return vocab;
  }

  private List<Merge> merges(ObjectNode model, Map<String, Integer> vocab) {
    var merges = new ArrayList<Merge>();
    for (JsonNode node : Json.requireArray(model, source, "merges")) {
      String at = "%s: model.merges[%d]".formatted(source, merges.size());
      String[] pair = pair(node, at);
      merges.add(Merge.of(vocab, pair[0], pair[1], at));
    }
    return merges;
  }

  private static String[] pair(JsonNode node, String at) {
    Optional<String[]> halves =
        node.isString() ? Merge.halves(node.stringValue()) : Optional.empty();
    if (halves.isPresent()) {
      return halves.get();
    }
    if (node.isArray() && node.size() == 2 && node.get(0).isString() && node.get(1).isString()) {
      return new String[] {node.get(0).stringValue(), node.get(1).stringValue()};
    }
    throw new ConfigException(
        "%s: found %s, need \"left right\" or [\"left\", \"right\"]"
            .formatted(at, Json.describe(node)));
  }

  private List<AddedToken> added(ObjectNode root) {
    var added = new ArrayList<AddedToken>();
    if (!Json.has(root, "added_tokens")) {
      return added;
    }
    for (JsonNode node : Json.requireArray(root, source, "added_tokens")) {
      String at = "%s: added_tokens[%d]".formatted(source, added.size());
      for (String flag : List.of("single_word", "lstrip", "rstrip")) {
        if (Json.optionalBoolean(node, at, flag, false)) {
          throw new ConfigException(at + ": " + flag + " is not supported, need false");
        }
      }
      added.add(
          new AddedToken(
              Json.requireInt(node, at, "id"),
              Json.requireString(node, at, "content"),
              Json.optionalBoolean(node, at, "special", false)));
    }
    return added;
  }

  // ---- before and after the model

  private String pattern(ObjectNode preTokenizer) {
    List<JsonNode> steps =
        type(preTokenizer).equals("Sequence")
            ? Json.requireArray(preTokenizer, source, "pretokenizers")
            : List.of(preTokenizer);
    if (steps.size() != 2 || !type(steps.get(0)).equals("Split")) {
      throw unsupported("pre_tokenizer", preTokenizer, "a Sequence of Split and ByteLevel");
    }
    JsonNode split = steps.get(0);
    JsonNode byteLevel = steps.get(1);
    String behavior = Json.requireString(split, source, "behavior");
    if (!behavior.equals("Isolated") || Json.optionalBoolean(split, source, "invert", false)) {
      throw unsupported("pre_tokenizer: Split", split, "behavior Isolated, invert false");
    }
    if (!type(byteLevel).equals("ByteLevel")
        || Json.optionalBoolean(byteLevel, source, "add_prefix_space", true)
        || Json.optionalBoolean(byteLevel, source, "use_regex", true)) {
      throw unsupported(
          "pre_tokenizer: second step",
          byteLevel,
          "ByteLevel with add_prefix_space and use_regex false");
    }
    String at = source + ": pre_tokenizer: Split: pattern";
    return Json.requireString(Json.requireObject(split, source, "pattern"), at, "Regex");
  }

  private PostTemplate template(ObjectNode root, Map<String, Integer> ids) {
    Optional<ObjectNode> post = Json.findObject(root, source, "post_processor");
    if (post.isEmpty()) {
      return PostTemplate.NONE;
    }
    List<JsonNode> steps =
        type(post.get()).equals("Sequence")
            ? Json.requireArray(post.get(), source, "processors")
            : List.of(post.get());
    PostTemplate template = PostTemplate.NONE;
    for (JsonNode step : steps) {
      switch (type(step)) {
        case "ByteLevel" -> {} // moves offsets, not ids
        case "TemplateProcessing" ->
            template = new PostTemplate(parts(step, "single", ids), parts(step, "pair", ids));
        default -> throw unsupported("post_processor", step, "ByteLevel or TemplateProcessing");
      }
    }
    return template;
  }

  private List<PostTemplate.Part> parts(JsonNode step, String key, Map<String, Integer> ids) {
    String at = source + ": post_processor: " + key;
    JsonNode declared = Json.requireObject(step, at, "special_tokens");
    var parts = new ArrayList<PostTemplate.Part>();
    for (JsonNode node : Json.requireArray(step, at, key)) {
      if (node.has("Sequence")) {
        JsonNode sequence = Json.requireObject(node, at, "Sequence");
        String which = Json.requireString(sequence, at, "id");
        boolean second = which.equals("B");
        if (!second && !which.equals("A") || second && key.equals("single")) {
          throw unsupported("post_processor: " + key, node, "Sequence A (or B in a pair)");
        }
        parts.add(new PostTemplate.Part.Sequence(second, Json.requireInt(sequence, at, "type_id")));
        continue;
      }
      JsonNode special = Json.requireObject(node, at, "SpecialToken");
      String name = Json.requireString(special, at, "id");
      int typeId = Json.requireInt(special, at, "type_id");
      JsonNode entry = Json.requireObject(declared, at, name);
      List<String> tokens = Json.requireStrings(entry, at, "tokens");
      int[] tokenIds = Json.requireInts(entry, at, "ids");
      for (int i = 0; i < Math.max(tokens.size(), tokenIds.length); i++) {
        if (tokens.size() != tokenIds.length
            || !Integer.valueOf(tokenIds[i]).equals(ids.get(tokens.get(i)))) {
          throw unsupported("post_processor: " + name, entry, "the ids of its tokens");
        }
        parts.add(new PostTemplate.Part.Special(tokens.get(i), tokenIds[i], typeId));
      }
    }
    return parts;
  }

  // ---- the files beside it

  private static ObjectNode sibling(Path folder, String name) {
    Path path = folder.resolve(name);
    return Files.exists(path) ? Json.readObject(path) : Json.newObject();
  }

  private void checkConfig(ObjectNode config, List<AddedToken> added) {
    var contents = new HashMap<String, String>();
    added.forEach(token -> contents.put(Integer.toString(token.id()), token.content()));
    ObjectNode decoder =
        Json.findObject(config, CONFIG_FILE, "added_tokens_decoder").orElse(Json.newObject());
    for (var entry : decoder.properties()) {
      String at = CONFIG_FILE + ": added_tokens_decoder: " + entry.getKey();
      String content = Json.requireString(entry.getValue(), at, "content");
      if (!content.equals(contents.get(entry.getKey()))) {
        throw new ConfigException(
            "%s: found \"%s\", need %s as in %s"
                .formatted(at, content, quoted(contents.get(entry.getKey())), FILE));
      }
    }
  }

  private static String quoted(String content) {
    return content == null ? "no such id" : "\"" + content + "\"";
  }

  private static Map<String, String> named(ObjectNode config, ObjectNode legacy) {
    var named = new LinkedHashMap<String, String>();
    for (String name : NAMED) {
      boolean inConfig = Json.has(config, name);
      JsonNode node = inConfig ? config.get(name) : legacy.path(name);
      String at = inConfig ? CONFIG_FILE : SPECIALS_FILE;
      if (node.isString()) {
        named.put(name, node.stringValue());
      } else if (!node.isNull() && !node.isMissingNode()) {
        named.put(name, Json.requireString(node, at + ": " + name, "content"));
      }
    }
    return named;
  }

  // ---- errors

  private String type(JsonNode node) {
    return Json.requireString(node, source, "type");
  }

  private void refuseUnlessAbsent(ObjectNode object, String key) {
    if (Json.has(object, key)) {
      throw unsupported(key, object.get(key), "null");
    }
  }

  private ConfigException unsupported(String key, JsonNode found, String need) {
    String type = found.path("type").isString() ? " of type " + found.path("type") : "";
    return new ConfigException(
        "%s: %s: not supported: found %s%s, need %s"
            .formatted(source, key, Json.describe(found), type, need));
  }
}
