package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.ConfigException;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// All that defines a byte-level BPE tokenizer: what `tokenizer.json` and `tokenizer_config.json`
/// say, checked.
///
/// @param source the file, for error messages
/// @param pattern the regular expression whose matches are the pieces
/// @param ignoreMerges a piece that is itself in the vocabulary is taken whole
/// @param vocab byte-pair tokens in the `ByteAlphabet`, with their ids; handed over, since a
///   published one has 128,000 entries
/// @param merges in order of rank, the lowest first
/// @param named `bos_token`, `eos_token`, `pad_token` and the like, as far as given
/// @param config the other entries of `tokenizer_config.json`, kept as they are
record TokenizerSpec(
    String source,
    String pattern,
    boolean ignoreMerges,
    Map<String, Integer> vocab,
    List<Merge> merges,
    List<AddedToken> added,
    PostTemplate template,
    Map<String, String> named,
    ObjectNode config) {

  /// `left right -> result`, all ids.
  record Merge(int left, int right, int result) {
    /// @param at what error messages call it
    static Merge of(Map<String, Integer> vocab, String left, String right, String at) {
      return new Merge(
          known(vocab, left, at), known(vocab, right, at), known(vocab, left + right, at));
    }

    private static int known(Map<String, Integer> vocab, String token, String at) {
      Integer id = vocab.get(token);
      if (id == null) {
        throw new ConfigException("%s: \"%s\" is not in the vocabulary".formatted(at, token));
      }
      return id;
    }

    /// `left` and `right` of `"left right"`.
    static Optional<String[]> halves(String text) {
      int blank = text.indexOf(' ');
      return blank > 0 && blank == text.lastIndexOf(' ') && blank < text.length() - 1
          ? Optional.of(new String[] {text.substring(0, blank), text.substring(blank + 1)})
          : Optional.empty();
    }
  }

  private static final int MAX_ADDED_LENGTH = 512;

  TokenizerSpec {
    vocab = Collections.unmodifiableMap(vocab);
    merges = List.copyOf(merges);
    added = List.copyOf(added);
    named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
    Map<String, Integer> addedIds = checkAdded(source, added);
    checkIds(source, vocab, addedIds);
    checkBytes(source, vocab, addedIds);
    checkMerges(source, merges, addedIds);
    for (var entry : named.entrySet()) {
      String token = entry.getValue();
      if (!addedIds.containsKey(token) && !vocab.containsKey(token)) {
        throw new ConfigException(
            "%s: %s: got \"%s\", need a token of the vocabulary"
                .formatted(source, entry.getKey(), token));
      }
    }
  }

  /// The same with other added tokens.
  TokenizerSpec withAdded(List<AddedToken> tokens) {
    return new TokenizerSpec(
        source, pattern, ignoreMerges, vocab, merges, tokens, template, named, config);
  }

  /// Number of ids: they are `0..size-1`.
  int size() {
    long both = added.stream().filter(token -> vocab.containsKey(token.content())).count();
    return Math.toIntExact(vocab.size() + added.size() - both);
  }

  private static Map<String, Integer> checkAdded(String source, List<AddedToken> added) {
    var ids = new HashMap<String, Integer>();
    for (AddedToken token : added) {
      String content = token.content();
      if (content.isEmpty() || content.length() > MAX_ADDED_LENGTH) {
        throw new ConfigException(
            "%s: added token %d: got %d characters, need 1 to %d"
                .formatted(source, token.id(), content.length(), MAX_ADDED_LENGTH));
      }
      if (Utf8.firstLoneSurrogate(content) >= 0) {
        throw new ConfigException(
            "%s: added token %d: unpaired surrogate in its text".formatted(source, token.id()));
      }
      if (ids.put(content, token.id()) != null) {
        throw new ConfigException(
            "%s: added token \"%s\" is given twice".formatted(source, content));
      }
    }
    return ids;
  }

  private static void checkIds(
      String source, Map<String, Integer> vocab, Map<String, Integer> added) {
    int size = vocab.size();
    for (var entry : added.entrySet()) {
      Integer other = vocab.get(entry.getKey());
      if (other == null) {
        size++;
      } else if (!other.equals(entry.getValue())) {
        throw new ConfigException(
            "%s: \"%s\" has id %d in the vocabulary and %d as an added token"
                .formatted(source, entry.getKey(), other, entry.getValue()));
      }
    }
    var seen = new BitSet(size);
    for (var entry : vocab.entrySet()) {
      checkId(source, entry, size, seen);
    }
    for (var entry : added.entrySet()) {
      if (!vocab.containsKey(entry.getKey())) {
        checkId(source, entry, size, seen);
      }
    }
  }

  private static void checkId(
      String source, Map.Entry<String, Integer> entry, int size, BitSet seen) {
    int id = entry.getValue();
    if (id < 0 || id >= size) {
      throw new ConfigException(
          "%s: \"%s\": id out of range: got %d, need 0 to %d since there are %d tokens"
              .formatted(source, entry.getKey(), id, size - 1, size));
    }
    if (seen.get(id)) {
      throw new ConfigException(
          "%s: \"%s\": id %d belongs to another token too".formatted(source, entry.getKey(), id));
    }
    seen.set(id);
  }

  private static void checkBytes(
      String source, Map<String, Integer> vocab, Map<String, Integer> added) {
    for (String token : vocab.keySet()) {
      if (token.isEmpty() || !added.containsKey(token) && !ByteAlphabet.covers(token)) {
        throw new ConfigException(
            "%s: vocabulary entry \"%s\": need characters of the byte-level alphabet"
                .formatted(source, token));
      }
    }
    for (int b = 0; b < ByteAlphabet.SIZE; b++) {
      if (!vocab.containsKey(String.valueOf(ByteAlphabet.charOf(b)))) {
        throw new ConfigException(
            "%s: no token for byte 0x%02x, need all 256".formatted(source, b));
      }
    }
  }

  private static void checkMerges(String source, List<Merge> merges, Map<String, Integer> added) {
    var control = new BitSet();
    added.values().forEach(control::set);
    for (int rank = 0; rank < merges.size(); rank++) {
      if (control.get(merges.get(rank).result())) { // else plain text could become a control token
        throw new ConfigException(
            "%s: merge %d produces added token %d"
                .formatted(source, rank, merges.get(rank).result()));
      }
    }
  }
}
