package dev.chrysalis.zoo.train;

import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import dev.chrysalis.zoo.metamorph.Sequences;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;

/// Pairs of words drawn at random, then some of these words again, each followed by the other of
/// its pair: `a b c d e f c d b a …`. Which word comes again nobody can know, so it is read; its
/// other is to be found, and nothing but looking back finds it.
///
/// Heads of attention that find a word and what stood beside it (induction heads, Olsson et al.
/// 2022, arXiv:2209.11895; associative recall, Arora et al. 2023, arXiv:2312.04927) form here,
/// where nothing else helps, and hardly in text of a few dozen words, where guessing is half right.
final class RecallRows {
  private static final int FEWEST_PAIRS = 3;
  private static final int MOST_PAIRS = 6;

  /// Words that are asked for in a row.
  static final int ASKED = 12;

  /// The first tokens of a vocabulary are single bytes and hardly used.
  private static final int BYTES = 256;

  private RecallRows() {}

  /// Row `index` of a seed, of words of a model's vocabulary.
  ///
  /// @param forward share of what is asked for by the first word of its pair
  static Sequences.Row row(long seed, long index, MetaMorphConfig config, double forward) {
    return row(seed, index, BYTES, config.language().bosTokenId(), forward);
  }

  /// The same, of words with ids from `first` to before `end`.
  static Sequences.Row row(long seed, long index, int first, int end, double forward) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + index);
    int pairs = FEWEST_PAIRS + random.nextInt(MOST_PAIRS - FEWEST_PAIRS + 1);
    int[] words = random.ints(first, end).distinct().limit(2L * pairs).toArray();
    int[] ids = Arrays.copyOf(words, 2 * pairs + 2 * ASKED);
    int[] labels = new int[ids.length];
    Arrays.fill(labels, MetaMorphPrompt.IGNORE_INDEX);
    for (int at = 2 * pairs; at < ids.length; at += 2) {
      int known = 2 * random.nextInt(pairs) + (random.nextDouble() < forward ? 0 : 1);
      ids[at] = ids[known];
      ids[at + 1] = ids[known ^ 1];
      labels[at + 1] = ids[at + 1];
    }
    return new Sequences.Row(ids, labels);
  }

  /// A row in which each of some words is another word, drawn at random, wherever it stands: a
  /// scene in words that say nothing, where what is sought cannot be guessed either.
  ///
  /// @param names ids of the words that are exchanged
  static Sequences.Row renamed(
      Sequences.Row row, List<Integer> names, long seed, MetaMorphConfig config) {
    return renamed(row, names, seed, BYTES, config.language().bosTokenId());
  }

  /// The same, with words of ids from `first` to before `end`.
  static Sequences.Row renamed(
      Sequences.Row row, List<Integer> names, long seed, int first, int end) {
    SplittableRandom random = new SplittableRandom(seed);
    Set<Integer> taken = Arrays.stream(row.inputIds()).boxed().collect(Collectors.toSet());
    Map<Integer, Integer> others = new HashMap<>();
    for (int name : names) {
      int other = random.nextInt(first, end);
      while (!taken.add(other)) {
        other = random.nextInt(first, end);
      }
      others.put(name, other);
    }
    IntUnaryOperator exchange = id -> others.getOrDefault(id, id);
    return new Sequences.Row(
        Arrays.stream(row.inputIds()).map(exchange).toArray(),
        Arrays.stream(row.labels()).map(exchange).toArray());
  }
}
