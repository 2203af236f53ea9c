package dev.chrysalis.zoo.train;

import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.zoo.metamorph.Sequences;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Pairs of words drawn at random, then some of these words again, each followed by the other of
/// its pair: `a b c d e f c d b a …`. Which word comes again nobody can know, so it is read; its
/// other is to be found, and nothing but looking back finds it.
///
/// Heads of attention that find a word and what stood beside it (induction heads, Olsson et al.
/// 2022, arXiv:2209.11895; associative recall, Arora et al. 2023, arXiv:2312.04927) form here
/// within hundreds of steps. In text of a few dozen words, where guessing is half right, they do
/// not in thousands.
final class RecallRows {
  private static final int FEWEST_PAIRS = 3;
  private static final int MOST_PAIRS = 6;

  /// Words that are asked for in a row.
  static final int ASKED = 12;

  /// Of these, the first words of their pairs; the others are second words.
  private static final double FORWARD = 0.7;

  private RecallRows() {}

  /// Row `index` of a seed, of words with ids from `first` to before `end`.
  static Sequences.Row row(long seed, long index, int first, int end) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + index);
    List<Integer> words = new ArrayList<>();
    for (int i = first; i < end; i++) {
      words.add(i);
    }
    int pairs = FEWEST_PAIRS + random.nextInt(MOST_PAIRS - FEWEST_PAIRS + 1);
    for (int i = 0; i < 2 * pairs; i++) {
      Collections.swap(words, i, i + random.nextInt(words.size() - i));
    }
    int[] ids = IntStream.range(0, 2 * pairs + 2 * ASKED).map(i -> words.get(i)).toArray();
    int[] labels = new int[ids.length];
    Arrays.fill(labels, MetaMorphPrompt.IGNORE_INDEX);
    for (int at = 2 * pairs; at < ids.length; at += 2) {
      int known = 2 * random.nextInt(pairs) + (random.nextDouble() < FORWARD ? 0 : 1);
      ids[at] = ids[known];
      ids[at + 1] = ids[known ^ 1];
      labels[at + 1] = ids[at + 1];
    }
    return new Sequences.Row(ids, labels);
  }
}
