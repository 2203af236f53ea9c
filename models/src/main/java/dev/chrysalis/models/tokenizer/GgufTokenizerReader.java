package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.tokenizer.TokenizerSpec.Merge;
import dev.chrysalis.tensor.gguf.GgufFile;
import dev.chrysalis.tensor.gguf.GgufValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// Reads the tokenizer in the metadata of a GGUF file: byte-level BPE with Llama 3's split pattern,
/// `tokenizer.ggml.model` being `gpt2` and `tokenizer.ggml.pre` one of its names. As with
/// llama.cpp, a piece that is a token is taken whole, and begin-of-text stands in front unless the
/// file says otherwise.
final class GgufTokenizerReader {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final Set<String> LLAMA_3 = Set.of("llama-bpe", "llama3", "llama-v3");

  /// Kinds of tokens, as in `tokenizer.ggml.token_type`: such as text does not become by itself.
  private static final int NORMAL = 1;

  private static final int USER_DEFINED = 4;

  private final GgufFile file;
  private final String source;

  private GgufTokenizerReader(GgufFile file) {
    this.file = file;
    this.source = file.path().toString();
  }

  static TokenizerSpec read(GgufFile file) {
    return new GgufTokenizerReader(file).spec();
  }

  private TokenizerSpec spec() {
    requireOneOf("model", Set.of("gpt2"));
    requireOneOf("pre", LLAMA_3);
    List<String> tokens = texts("tokens");
    var vocab = new LinkedHashMap<String, Integer>();
    var added = new ArrayList<AddedToken>();
    List<Long> kinds = kinds(tokens.size());
    for (int id = 0; id < tokens.size(); id++) {
      long kind = kinds.get(id);
      if (kind != NORMAL) {
        added.add(new AddedToken(id, tokens.get(id), kind != USER_DEFINED));
      } else if (vocab.put(tokens.get(id), id) != null) {
        throw new ConfigException(
            "%s: %stokens[%d]: \"%s\" occurs twice".formatted(source, PREFIX, id, tokens.get(id)));
      }
    }
    Map<String, String> named = named(tokens);
    String bos = named.get("bos_token");
    PostTemplate template =
        bos != null && addsBos()
            ? PostTemplate.beginningWith(bos, tokens.indexOf(bos))
            : PostTemplate.NONE;
    return new TokenizerSpec(
        source, PreTokenizer.LLAMA_3, true, vocab, merges(vocab), added, template, named, config());
  }

  private List<Long> kinds(int count) {
    return switch (file.metadata().get(PREFIX + "token_type")) {
      case null -> Collections.nCopies(count, (long) NORMAL);
      case GgufValue.Wholes(List<Long> kinds) when kinds.size() == count -> kinds;
      case GgufValue other -> throw wrong("token_type", other, count + " whole numbers");
    };
  }

  private List<Merge> merges(Map<String, Integer> vocab) {
    var merges = new ArrayList<Merge>();
    for (String text : texts("merges")) {
      String at = "%s: %smerges[%d]".formatted(source, PREFIX, merges.size());
      String[] pair =
          Merge.halves(text)
              .orElseThrow(() ->
                  new ConfigException("%s: found \"%s\", need \"left right\"".formatted(at, text)));
      merges.add(Merge.of(vocab, pair[0], pair[1], at));
    }
    return merges;
  }

  private Map<String, String> named(List<String> tokens) {
    var named = new LinkedHashMap<String, String>();
    Map.of(
            "bos_token_id",
            "bos_token",
            "eos_token_id",
            "eos_token",
            "padding_token_id",
            "pad_token")
        .forEach((key, name) -> {
          switch (file.metadata().get(PREFIX + key)) {
            case null -> {}
            case GgufValue.Whole(long id) when id >= 0 && id < tokens.size() ->
                named.put(name, tokens.get((int) id));
            case GgufValue other -> throw wrong(key, other, "0 to " + (tokens.size() - 1));
          }
        });
    return named;
  }

  private boolean addsBos() {
    return switch (file.metadata().get(PREFIX + "add_bos_token")) {
      case null -> true;
      case GgufValue.Flag(boolean adds) -> adds;
      case GgufValue other -> throw wrong("add_bos_token", other, "true or false");
    };
  }

  private ObjectNode config() {
    ObjectNode config = Json.newObject();
    if (file.metadata().get("tokenizer.chat_template") instanceof GgufValue.Text(String template)) {
      config.put("chat_template", template);
    }
    return config;
  }

  private List<String> texts(String key) {
    return switch (file.metadata().get(PREFIX + key)) {
      case null -> throw new ConfigException("%s: %s%s is missing".formatted(source, PREFIX, key));
      case GgufValue.Texts(List<String> texts) -> texts;
      case GgufValue other -> throw wrong(key, other, "texts");
    };
  }

  private void requireOneOf(String key, Set<String> names) {
    GgufValue found = file.metadata().get(PREFIX + key);
    if (!(found instanceof GgufValue.Text(String name) && names.contains(name))) {
      String need = String.join(" or ", names.stream().sorted().toList());
      throw found == null
          ? new ConfigException("%s: %s%s is missing, need %s".formatted(source, PREFIX, key, need))
          : wrong(key, found, need);
    }
  }

  private ConfigException wrong(String key, GgufValue found, String need) {
    String text = found.toString();
    return new ConfigException(
        "%s: %s%s: found %s, need %s"
            .formatted(
                source,
                PREFIX,
                key,
                text.length() > 80 ? text.substring(0, 80) + " …" : text,
                need));
  }
}
