package dev.chrysalis.models.llama;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Keys and values of the positions a decoder has seen, one pair of tensors a layer, written in
/// place.
///
/// Memory grows with what is held, at least twofold at a time: a context may hold many times the
/// positions that a talk takes. It belongs to no scope, and is given back by `close`.
///
/// Not for training: the tape does not see the writes.
public final class KvCache implements AutoCloseable {
  /// What attention reads.
  ///
  /// @param keys `(B, G, S, d)`
  /// @param values `(B, G, S, d)`
  public record Past(Tensor keys, Tensor values) {}

  /// Positions that there is memory for at first.
  private static final int FIRST = 256;

  private final List<Past> layers = new ArrayList<>();
  private final int capacity;
  private int length;

  /// @param capacity positions that it may come to hold
  public KvCache(LlamaConfig config, int batch, int capacity) {
    this.capacity = capacity;
    int[] sizes = {batch, config.numKeyValueHeads(), Math.min(FIRST, capacity), config.headDim()};
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      layers.add(new Past(zeros(sizes), zeros(sizes)));
    }
  }

  private static Tensor zeros(int... sizes) {
    return Scope.computeLasting(() -> Tensor.zeros(DType.F32, sizes));
  }

  /// Positions held.
  public int length() {
    return length;
  }

  /// Positions it may come to hold.
  public int capacity() {
    return capacity;
  }

  /// Forgets all positions from `newLength` on.
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new IllegalArgumentException(
          "cache of %d positions cannot be cut to %d".formatted(length, newLength));
    }
    length = newLength;
  }

  /// Writes new keys and values `(B, G, T, d)` behind the positions held and returns all. The
  /// length grows only with `advance`, once all layers have written.
  Past append(int layer, Tensor keys, Tensor values) {
    int end = length + keys.size(2);
    if (end > capacity) {
      throw new IllegalStateException(
          "context is full: %d positions, room for %d".formatted(end, capacity));
    }
    Past past = layers.get(layer);
    if (end > past.keys().size(2)) {
      int room = Math.min(capacity, Math.max(end, 2 * past.keys().size(2)));
      Past larger = new Past(larger(past.keys(), room), larger(past.values(), room));
      layers.set(layer, larger);
      release(past);
      past = larger;
    }
    Ops.copyInto(keys, past.keys().slice(2, length, end));
    Ops.copyInto(values, past.values().slice(2, length, end));
    return new Past(past.keys().slice(2, 0, end), past.values().slice(2, 0, end));
  }

  private Tensor larger(Tensor held, int room) {
    Tensor larger = zeros(held.size(0), held.size(1), room, held.size(3));
    Ops.copyInto(held.slice(2, 0, length), larger.slice(2, 0, length));
    return larger;
  }

  private static void release(Past past) {
    past.keys().storage().release();
    past.values().storage().release();
  }

  /// Gives the memory back. What `append` returned is gone too.
  @Override
  public void close() {
    layers.forEach(KvCache::release);
    layers.clear();
    length = 0;
  }

  void advance(int count) {
    length += count;
  }
}
