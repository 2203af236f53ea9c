package dev.chrysalis.models.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpeTrainerTest {
  @TempDir Path folder;

  private static List<String> corpus(long seed, int texts) {
    var random = new Random(seed);
    String[] words = {
      "a", "red", "circle", "left", "of", "blue", "square", "the", "picture", "shows", "größer",
      "猫", "3", "42", "is", "there", "green", "triangle", "above", "\n", "?", "😀"
    };
    var corpus = new ArrayList<String>();
    for (int i = 0; i < texts; i++) {
      var text = new StringBuilder();
      for (int k = 0; k < 12; k++) {
        text.append(k == 0 ? "" : " ").append(words[random.nextInt(words.length)]);
      }
      corpus.add(text.toString());
    }
    return corpus;
  }

  @Test
  void mergesTheMostFrequentPairFirst() throws IOException { // counted by hand
    var trainer = new BpeTrainer(256 + 4 + 1, List.of("<s>"));
    // pieces: "abab" 3 times, " cd" 4 times; (a,b) 6, (b,a) 3, (Ġ,c) 4, (c,d) 4
    trainer.train(List.of("abab cd cd", "abab", "abab cd", "x cd")).save(folder);
    assertEquals(List.of("a b", "c d", "Ġ cd", "ab ab"), merges(folder));
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertEquals(261, tokenizer.vocabSize());
    assertArrayEquals(
        new int[] {tokenizer.idOf("abab"), tokenizer.idOf("Ġcd"), tokenizer.idOf("Ġ")},
        tokenizer.encode("abab cd "));
  }

  private static List<String> merges(Path folder) {
    var model = Json.readObject(folder.resolve("tokenizer.json")).get("model");
    return Json.requireStrings(model, "tokenizer.json", "merges");
  }

  /// Counts everything anew before every merge.
  private static List<String> learnPlainly(List<String> texts, int count) {
    var pieces = new TreeMap<String, Integer>();
    var splitter = new PreTokenizer(PreTokenizer.LLAMA_3, "test");
    texts.forEach(t -> splitter.split(t).forEach(p -> pieces.merge(p, 1, Integer::sum)));
    var words = new HashMap<List<String>, Integer>();
    pieces.forEach((piece, n) -> {
      var symbols = new ArrayList<String>();
      for (byte b : piece.getBytes(StandardCharsets.UTF_8)) {
        symbols.add(String.valueOf(ByteAlphabet.charOf(b & 0xff)));
      }
      words.put(symbols, n);
    });
    var order = new ArrayList<String>(); // position = id
    for (int b = 0; b < 256; b++) {
      order.add(String.valueOf(ByteAlphabet.charOf(b)));
    }
    Collections.sort(order);
    var merges = new ArrayList<String>();
    while (order.size() < 256 + count) {
      var pairs = new HashMap<List<String>, Integer>();
      words.forEach((word, n) -> {
        for (int i = 0; i + 1 < word.size(); i++) {
          pairs.merge(word.subList(i, i + 2), n, Integer::sum);
        }
      });
      List<String> best =
          Collections.min(
                  pairs.entrySet(),
                  Comparator.comparing((Map.Entry<List<String>, Integer> e) -> -e.getValue())
                      .thenComparing(e -> order.indexOf(e.getKey().get(0)))
                      .thenComparing(e -> order.indexOf(e.getKey().get(1))))
              .getKey();
      List<String> pair = List.copyOf(best);
      String merged = String.join("", pair);
      if (!merges.contains(String.join(" ", pair))) {
        merges.add(String.join(" ", pair));
      }
      if (!order.contains(merged)) {
        order.add(merged);
      }
      var next = new HashMap<List<String>, Integer>();
      words.forEach((word, n) -> {
        var out = new ArrayList<String>();
        for (int i = 0; i < word.size(); i++) {
          boolean match = i + 1 < word.size() && word.subList(i, i + 2).equals(pair);
          out.add(match ? merged : word.get(i));
          i += match ? 1 : 0;
        }
        next.put(out, n);
      });
      words.clear();
      words.putAll(next);
    }
    return merges;
  }

  @Test
  void learnsWhatAPlainRecountLearns() {
    for (int seed = 0; seed < 5; seed++) {
      List<String> texts = corpus(seed, 40);
      new BpeTrainer(256 + 70, List.of(), 1).train(texts).save(folder);
      assertEquals(learnPlainly(texts, 70), merges(folder), "seed " + seed);
    }
  }

  @Test
  void aTokenMayBeReachedInTwoWays() {
    var random = new Random(3);
    for (int round = 0; round < 20; round++) { // two letters: the same strings come up again
      var texts = new ArrayList<String>();
      for (int i = 0; i < 60; i++) {
        var word = new StringBuilder();
        for (int k = 0; k < 2 + random.nextInt(14); k++) {
          word.append(random.nextBoolean() ? 'a' : 'b');
        }
        texts.add(word.toString());
      }
      new BpeTrainer(256 + 40, List.of(), 1).train(texts).save(folder);
      assertEquals(learnPlainly(texts, 40), merges(folder), "round " + round);
      Tokenizer tokenizer = Tokenizer.load(folder);
      texts.forEach(t -> assertEquals(t, tokenizer.decode(tokenizer.encode(t), true)));
    }
  }

  @Test
  void isDeterministicAndIndependentOfTheOrderOfTexts() throws IOException {
    List<String> texts = corpus(1, 300);
    var shuffled = new ArrayList<>(texts);
    Collections.shuffle(shuffled, new Random(5));
    var trainer = new BpeTrainer(340, BpeTrainer.METAMORPH_SPECIALS);
    trainer.train(texts).save(folder.resolve("a"));
    trainer.train(shuffled).save(folder.resolve("b"));
    for (String file :
        List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")) {
      assertEquals(
          -1, Files.mismatch(folder.resolve("a/" + file), folder.resolve("b/" + file)), file);
    }
  }

  @Test
  void whatItWritesTheLoaderReads() {
    List<String> texts = corpus(2, 300);
    Tokenizer trained = new BpeTrainer(340, BpeTrainer.METAMORPH_SPECIALS).train(texts);
    trained.save(folder);
    Tokenizer loaded = Tokenizer.load(folder);
    assertEquals(340, loaded.vocabSize());
    assertEquals(330, loaded.bosId().orElseThrow());
    assertEquals("<|eot_id|>", loaded.tokenOf(loaded.eosId().orElseThrow()));
    assertEquals("<|finetune_right_pad_id|>", loaded.tokenOf(loaded.padId().orElseThrow()));
    int plain = 0;
    int ids = 0;
    for (String text : texts) {
      int[] encoded = loaded.encode(text);
      assertArrayEquals(trained.encode(text), encoded);
      assertEquals(text, loaded.decode(encoded, true));
      plain += text.getBytes(StandardCharsets.UTF_8).length;
      ids += encoded.length;
    }
    assertTrue(ids < plain / 3, "bytes %d, tokens %d".formatted(plain, ids));
    var random = new Random(9);
    for (int i = 0; i < 500; i++) {
      String text = TokenizerFixtures.randomText(random);
      assertEquals(text, loaded.decode(loaded.encode(text), true));
      assertEquals(330, loaded.encodeWithSpecials(text, true)[0]);
    }
    int[] layout =
        MetaMorphPrompt.DEFAULT.encodeInference(
            loaded, List.of(MetaMorphPrompt.Turn.parse("human", "<image> what?")));
    assertTrue(Arrays.stream(layout).anyMatch(id -> id == -200));
  }

  @Test
  void refusesWhatCannotBeTrained() {
    var few = assertThrows(TokenizerException.class, () -> new BpeTrainer(256, List.of("<s>")));
    assertTrue(few.getMessage().contains("got 256, need at least 257"), few.getMessage());
    assertThrows(TokenizerException.class, () -> new BpeTrainer(300, List.of("<s>", "<s>")));
    assertThrows(TokenizerException.class, () -> new BpeTrainer(300, List.of(), 0));
    var trainer = new BpeTrainer(400, List.of());
    var starved = assertThrows(TokenizerException.class, () -> trainer.train(List.of("ab ab")));
    assertTrue(starved.getMessage().contains("only 257 tokens, need 400"), starved.getMessage());
    assertThrows(TokenizerException.class, () -> trainer.train(List.of("\ud800")));
  }
}
