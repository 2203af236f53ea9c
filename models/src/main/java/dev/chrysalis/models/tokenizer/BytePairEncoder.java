package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.tokenizer.TokenizerSpec.Merge;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongHeapPriorityQueue;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// One piece of text to ids: start from its bytes and merge, again and again, the adjacent pair of
/// lowest rank (the leftmost of equals) until no pair has a rank.
///
/// Sennrich et al. 2016, arXiv:1508.07909, over bytes. `O(n log n)` in the bytes of the piece: a
/// linked list of symbols and a heap of `rank, position`. Safe for use by several threads.
final class BytePairEncoder {
  private static final long NO_MERGE = -1;
  private static final int MAX_CACHED_PIECES = 1 << 15;
  private static final int MAX_CACHED_LENGTH = 32;

  private final boolean ignoreMerges;
  private final Map<String, Integer> vocab;
  private final Set<String> added;
  private final int[] idOfByte = new int[ByteAlphabet.SIZE];
  private final Long2LongOpenHashMap merges; // left, right -> rank, result
  private final Map<String, int[]> cache = new ConcurrentHashMap<>();

  BytePairEncoder(TokenizerSpec spec) {
    ignoreMerges = spec.ignoreMerges();
    vocab = spec.vocab();
    added = spec.added().stream().map(AddedToken::content).collect(Collectors.toSet());
    for (int b = 0; b < ByteAlphabet.SIZE; b++) {
      idOfByte[b] = spec.vocab().get(String.valueOf(ByteAlphabet.charOf(b)));
    }
    merges = new Long2LongOpenHashMap(spec.merges().size());
    merges.defaultReturnValue(NO_MERGE);
    for (int rank = 0; rank < spec.merges().size(); rank++) {
      Merge merge = spec.merges().get(rank);
      long old = merges.put(pack(merge.left(), merge.right()), pack(rank, merge.result()));
      if (old != NO_MERGE) {
        throw new ConfigException(
            "%s: merge %d repeats merge %d".formatted(spec.source(), rank, high(old)));
      }
    }
  }

  /// The ids of a non-empty, well-formed piece. The array is shared: read only.
  int[] encode(String piece) {
    int[] known = cache.get(piece);
    if (known != null) {
      return known;
    }
    int[] ids = compute(piece);
    if (piece.length() <= MAX_CACHED_LENGTH && cache.size() < MAX_CACHED_PIECES) {
      cache.put(piece, ids);
    }
    return ids;
  }

  private int[] compute(String piece) {
    byte[] bytes = Utf8.encode(piece);
    if (ignoreMerges) {
      String spelled = ByteAlphabet.encode(bytes);
      Integer whole = vocab.get(spelled);
      if (whole != null && !added.contains(spelled)) { // added ones never come from plain text
        return new int[] {whole};
      }
    }
    var ids = new int[bytes.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = idOfByte[bytes[i] & 0xff];
    }
    return merge(ids);
  }

  private int[] merge(int[] ids) {
    int n = ids.length;
    var next = new int[n];
    var previous = new int[n];
    var queue = new LongHeapPriorityQueue(n);
    for (int i = 0; i < n; i++) {
      next[i] = i + 1;
      previous[i] = i - 1;
    }
    for (int i = 0; i + 1 < n; i++) {
      offer(queue, ids, i, i + 1);
    }
    int left = n;
    while (!queue.isEmpty()) {
      long entry = queue.dequeueLong();
      int at = low(entry);
      int other = next[at];
      if (ids[at] < 0 || other >= n) {
        continue; // merged into its left neighbour, or now the last
      }
      long merge = merges.get(pack(ids[at], ids[other]));
      if (merge == NO_MERGE || high(merge) != high(entry)) {
        continue; // a neighbour has changed since
      }
      ids[at] = low(merge);
      ids[other] = -1;
      next[at] = next[other];
      if (next[at] < n) {
        previous[next[at]] = at;
        offer(queue, ids, at, next[at]);
      }
      if (previous[at] >= 0) {
        offer(queue, ids, previous[at], at);
      }
      left--;
    }
    var out = new int[left];
    for (int i = 0, k = 0; i < n; i = next[i]) {
      out[k++] = ids[i];
    }
    return out;
  }

  private void offer(LongHeapPriorityQueue queue, int[] ids, int at, int next) {
    long merge = merges.get(pack(ids[at], ids[next]));
    if (merge != NO_MERGE) {
      queue.enqueue(pack(high(merge), at));
    }
  }

  private static long pack(int high, int low) {
    return (long) high << 32 | low;
  }

  private static int high(long packed) {
    return (int) (packed >>> 32);
  }

  private static int low(long packed) {
    return (int) packed;
  }
}
