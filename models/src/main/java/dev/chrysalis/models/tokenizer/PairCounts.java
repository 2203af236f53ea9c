package dev.chrysalis.models.tokenizer;

import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/// How often every pair of adjacent tokens occurs in the words of a corpus, kept up to date while
/// pairs are merged. A merge touches only the words that hold the pair.
final class PairCounts {
  /// A pair and its count at the time of writing.
  record Candidate(int left, int right, long count) {}

  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparingLong(Candidate::count)
          .reversed()
          .thenComparingInt(Candidate::left)
          .thenComparingInt(Candidate::right);

  private final List<int[]> words;
  private final List<Long> wordCounts;
  private final Long2LongOpenHashMap counts = new Long2LongOpenHashMap();
  private final Map<Long, IntOpenHashSet> wordsOf = new HashMap<>();
  private final PriorityQueue<Candidate> queue = new PriorityQueue<>(BEST_FIRST);

  /// @param words distinct words as ids
  /// @param wordCounts how often each occurs
  PairCounts(List<int[]> words, List<Long> wordCounts) {
    this.words = new ArrayList<>(words);
    this.wordCounts = List.copyOf(wordCounts);
    for (int word = 0; word < words.size(); word++) {
      count(word, wordCounts.get(word));
    }
    counts.keySet().forEach(this::offer);
  }

  /// The pair that occurs most often, if at least `least` times.
  Optional<Candidate> mostFrequent(long least) {
    while (!queue.isEmpty()) {
      Candidate top = queue.poll();
      long now = counts.get(pack(top.left(), top.right()));
      if (now == top.count()) {
        return now >= least ? Optional.of(top) : Optional.empty();
      }
      if (now > 0 && now < top.count()) { // fewer since; a grown count was offered when it grew
        queue.add(new Candidate(top.left(), top.right(), now));
      }
    }
    return Optional.empty();
  }

  /// Replaces `left right` by `result` in all words.
  void merge(int left, int right, int result) {
    long pair = pack(left, right);
    var changed = new LongOpenHashSet();
    for (int word : wordsOf.remove(pair)) {
      long count = wordCounts.get(word);
      count(word, -count);
      int[] ids = replace(words.get(word), left, right, result);
      words.set(word, ids);
      count(word, count);
      for (int i = 0; i + 1 < ids.length; i++) {
        if (ids[i] == result || ids[i + 1] == result) {
          changed.add(pack(ids[i], ids[i + 1]));
        }
      }
    }
    changed.forEach(this::offer);
  }

  private void count(int word, long change) {
    int[] ids = words.get(word);
    for (int i = 0; i + 1 < ids.length; i++) {
      long pair = pack(ids[i], ids[i + 1]);
      counts.addTo(pair, change);
      if (change > 0) {
        wordsOf.computeIfAbsent(pair, p -> new IntOpenHashSet()).add(word);
      }
    }
  }

  private void offer(long pair) {
    queue.add(new Candidate((int) (pair >>> 32), (int) pair, counts.get(pair)));
  }

  private static int[] replace(int[] ids, int left, int right, int result) {
    var out = new int[ids.length];
    int n = 0;
    for (int i = 0; i < ids.length; i++) {
      boolean match = i + 1 < ids.length && ids[i] == left && ids[i + 1] == right;
      out[n++] = match ? result : ids[i];
      if (match) {
        i++;
      }
    }
    return Arrays.copyOf(out, n);
  }

  private static long pack(int left, int right) {
    return (long) left << 32 | right;
  }
}
