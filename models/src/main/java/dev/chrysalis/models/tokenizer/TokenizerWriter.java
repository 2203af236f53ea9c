package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.tokenizer.PostTemplate.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes a tokenizer as the Python tools read it: `tokenizer.json` with merges as strings,
/// `tokenizer_config.json`, `special_tokens_map.json`. The same tokenizer gives the same bytes.
final class TokenizerWriter {
  private final TokenizerSpec spec;

  private TokenizerWriter(TokenizerSpec spec) {
    this.spec = spec;
  }

  static void write(TokenizerSpec spec, Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new TokenizerException(folder + ": cannot be made a folder: " + e.getMessage(), e);
    }
    var writer = new TokenizerWriter(spec);
    Json.write(folder.resolve(TokenizerReader.FILE), writer.tokenizer());
    Json.write(folder.resolve(TokenizerReader.CONFIG_FILE), writer.config());
    Json.write(folder.resolve(TokenizerReader.SPECIALS_FILE), writer.specials());
  }

  private ObjectNode tokenizer() {
    ObjectNode root = Json.newObject();
    root.put("version", "1.0").putNull("truncation").putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (AddedToken token : spec.added()) {
      ObjectNode node = added.addObject().put("id", token.id()).put("content", token.content());
      flags(node).put("normalized", false).put("special", token.special());
    }
    root.putNull("normalizer");
    root.set("pre_tokenizer", preTokenizer());
    root.set("post_processor", postProcessor());
    byteLevel(root.putObject("decoder"), true, true, true);
    root.set("model", model());
    return root;
  }

  private static ObjectNode flags(ObjectNode node) {
    return node.put("single_word", false).put("lstrip", false).put("rstrip", false);
  }

  private ObjectNode preTokenizer() {
    ObjectNode sequence = Json.newObject().put("type", "Sequence");
    ArrayNode steps = sequence.putArray("pretokenizers");
    ObjectNode split = steps.addObject().put("type", "Split");
    split.putObject("pattern").put("Regex", spec.pattern());
    split.put("behavior", "Isolated").put("invert", false);
    byteLevel(steps.addObject(), false, true, false);
    return sequence;
  }

  private static void byteLevel(
      ObjectNode node, boolean addPrefixSpace, boolean trimOffsets, boolean useRegex) {
    node.put("type", "ByteLevel")
        .put("add_prefix_space", addPrefixSpace)
        .put("trim_offsets", trimOffsets)
        .put("use_regex", useRegex);
  }

  private ObjectNode postProcessor() {
    ObjectNode sequence = Json.newObject().put("type", "Sequence");
    ArrayNode steps = sequence.putArray("processors");
    byteLevel(steps.addObject(), true, false, true);
    ObjectNode template = steps.addObject().put("type", "TemplateProcessing");
    ObjectNode declared = Json.newObject();
    parts(template.putArray("single"), spec.template().single(), declared);
    parts(template.putArray("pair"), spec.template().pair(), declared);
    template.set("special_tokens", declared);
    return sequence;
  }

  private static void parts(ArrayNode out, List<Part> parts, ObjectNode declared) {
    for (Part part : parts) {
      switch (part) {
        case Part.Special(String token, int id, int typeId) -> {
          out.addObject().putObject("SpecialToken").put("id", token).put("type_id", typeId);
          ObjectNode entry = declared.putObject(token).put("id", token);
          entry.putArray("ids").add(id);
          entry.putArray("tokens").add(token);
        }
        case Part.Sequence(boolean second, int typeId) ->
            out.addObject()
                .putObject("Sequence")
                .put("id", second ? "B" : "A")
                .put("type_id", typeId);
      }
    }
  }

  private ObjectNode model() {
    ObjectNode model = Json.newObject().put("type", "BPE");
    model.putNull("dropout").putNull("unk_token");
    model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    model.put("fuse_unk", false).put("byte_fallback", false);
    model.put("ignore_merges", spec.ignoreMerges());
    var tokens = new String[spec.size()];
    ObjectNode vocab = model.putObject("vocab");
    spec.vocab().entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .forEach(entry -> {
          vocab.put(entry.getKey(), entry.getValue());
          tokens[entry.getValue()] = entry.getKey();
        });
    ArrayNode merges = model.putArray("merges");
    spec.merges().forEach(merge -> merges.add(tokens[merge.left()] + " " + tokens[merge.right()]));
    return model;
  }

  private ObjectNode config() {
    ObjectNode config = spec.config().deepCopy();
    ObjectNode decoder = config.putObject("added_tokens_decoder");
    for (AddedToken token : spec.added()) {
      ObjectNode node =
          decoder.putObject(Integer.toString(token.id())).put("content", token.content());
      flags(node).put("normalized", false).put("special", token.special());
    }
    spec.named().forEach(config::put);
    if (!config.has("tokenizer_class")) {
      config.put("tokenizer_class", "PreTrainedTokenizerFast");
    }
    return config;
  }

  private ObjectNode specials() {
    ObjectNode root = Json.newObject();
    spec.named()
        .forEach((name, token) ->
            flags(root.putObject(name).put("content", token)).put("normalized", false));
    return root;
  }
}
