package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.tokenizer.TokenizerSpec.Merge;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// Makes a byte-level BPE tokenizer from texts: the 256 bytes first, then the token of each merge,
/// the most frequent adjacent pair first, then the special tokens.
///
/// Sennrich et al. 2016, arXiv:1508.07909, algorithm 1, on bytes; pieces are cut by Llama 3's split
/// pattern. Equally frequent pairs go by their ids, so that the same texts, in whatever order, give
/// the same tokenizer.
///
/// @param vocabSize number of ids, special tokens included
/// @param specialTokens get the last ids, in this order; the first is put in front of every text
/// @param minFrequency a pair that occurs less often is not merged
public record BpeTrainer(int vocabSize, List<String> specialTokens, long minFrequency) {
  /// Llama 3.1's control tokens that a chat needs, and MetaMorph's two.
  public static final List<String> METAMORPH_SPECIALS =
      List.of(
          "<|begin_of_text|>",
          "<|end_of_text|>",
          "<|finetune_right_pad_id|>",
          "<|start_header_id|>",
          "<|end_header_id|>",
          "<|eom_id|>",
          "<|eot_id|>",
          "<|python_tag|>",
          "<image_start>",
          "<image_end>");

  private static final String END_OF_TURN = "<|eot_id|>";
  private static final String PADDING = "<|finetune_right_pad_id|>";
  private static final String SOURCE = "trainer";

  public BpeTrainer {
    specialTokens = List.copyOf(specialTokens);
    int least = ByteAlphabet.SIZE + specialTokens.size();
    if (vocabSize < least) {
      throw new TokenizerException(
          "train: vocabulary size: got %d, need at least %d (256 bytes, %d special tokens)"
              .formatted(vocabSize, least, specialTokens.size()));
    }
    if (new HashSet<>(specialTokens).size() < specialTokens.size()) {
      throw new TokenizerException("train: special tokens: got one twice, need distinct ones");
    }
    if (minFrequency < 1) {
      throw new TokenizerException(
          "train: minimum frequency: got %d, need at least 1".formatted(minFrequency));
    }
  }

  public BpeTrainer(int vocabSize, List<String> specialTokens) {
    this(vocabSize, specialTokens, 2);
  }

  /// Reads all texts once. Special tokens spelled in them count as plain characters.
  public Tokenizer train(Iterable<String> texts) {
    var preTokenizer = new PreTokenizer(PreTokenizer.LLAMA_3, SOURCE);
    var counts = new TreeMap<String, Long>();
    for (String text : texts) {
      Utf8.requireWellFormed(text);
      for (String piece : preTokenizer.split(text)) {
        counts.merge(piece, 1L, Long::sum);
      }
    }
    Map<String, Integer> vocab = byteVocab();
    var merges = learn(counts, vocab);
    return new Tokenizer(spec(vocab, merges));
  }

  private static Map<String, Integer> byteVocab() {
    var vocab = new LinkedHashMap<String, Integer>();
    var chars = new ArrayList<Character>();
    for (int b = 0; b < ByteAlphabet.SIZE; b++) {
      chars.add(ByteAlphabet.charOf(b));
    }
    chars.stream().sorted().forEach(c -> vocab.put(String.valueOf(c), vocab.size()));
    return vocab;
  }

  /// Adds the merged tokens to `vocab` and returns the merges, the first learnt first.
  private List<Merge> learn(Map<String, Long> counts, Map<String, Integer> vocab) {
    int target = vocabSize - specialTokens.size();
    var words = counts.keySet().stream().map(piece -> byteIds(piece, vocab)).toList();
    var pairs = new PairCounts(words, List.copyOf(counts.values()));
    var tokens = new ArrayList<>(vocab.keySet());
    var merges = new LinkedHashSet<Merge>(); // a pair can come back when a token gets a second way
    while (vocab.size() < target) {
      var best = pairs.mostFrequent(minFrequency);
      if (best.isEmpty()) {
        throw new TokenizerException(
            "train: the texts give only %d tokens, need %d: pass more text or a smaller size"
                .formatted(vocab.size() + specialTokens.size(), vocabSize));
      }
      int left = best.get().left();
      int right = best.get().right();
      String token = tokens.get(left) + tokens.get(right);
      Integer known = vocab.putIfAbsent(token, vocab.size()); // two ways may lead to one token
      int result = known == null ? tokens.size() : known;
      if (known == null) {
        tokens.add(token);
      }
      merges.add(new Merge(left, right, result));
      pairs.merge(left, right, result);
    }
    return List.copyOf(merges);
  }

  private static int[] byteIds(String piece, Map<String, Integer> vocab) {
    return ByteAlphabet.encode(Utf8.encode(piece))
        .chars()
        .map(c -> vocab.get(String.valueOf((char) c)))
        .toArray();
  }

  private TokenizerSpec spec(Map<String, Integer> vocab, List<Merge> merges) {
    var added = new ArrayList<AddedToken>();
    var named = new LinkedHashMap<String, String>();
    for (String token : specialTokens) {
      added.add(new AddedToken(vocab.size() + added.size(), token, true));
    }
    PostTemplate template = PostTemplate.NONE;
    if (!added.isEmpty()) {
      template = PostTemplate.beginningWith(added.get(0).content(), added.get(0).id());
      named.put("bos_token", added.get(0).content());
    }
    if (specialTokens.contains(END_OF_TURN)) {
      named.put("eos_token", END_OF_TURN);
    }
    if (specialTokens.contains(PADDING)) {
      named.put("pad_token", PADDING);
    }
    ObjectNode config = Json.newObject().put("clean_up_tokenization_spaces", false);
    config.putArray("model_input_names").add("input_ids").add("attention_mask");
    return new TokenizerSpec(
        SOURCE, PreTokenizer.LLAMA_3, true, vocab, merges, added, template, named, config);
  }
}
