package dev.chrysalis.tensor;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;

/// How often each of several things happened, counted from any number of threads. To count what was
/// counted before allocates nothing.
///
/// @param <K> what things are told apart by
public final class Tally<K> {
  private final Map<K, LongAdder> counts = new ConcurrentHashMap<>();

  /// Nothing is counted yet.
  public Tally() {}

  /// Counts `key` once.
  public void add(K key) {
    LongAdder count = counts.get(key);
    if (count == null) {
      count = counts.computeIfAbsent(key, _ -> new LongAdder());
    }
    count.increment();
  }

  /// Of all keys.
  public long total() {
    return counts.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /// Calls `body` with each key and its count, in no order.
  public void forEach(BiConsumer<K, Long> body) {
    counts.forEach((key, count) -> body.accept(key, count.sum()));
  }
}
