package dev.chrysalis.models.llama;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Keys and values of the positions a decoder has seen, one pair of tensors a layer, written in
/// place.
///
/// Made outside of the scopes that forward passes run in. Not for training: the tape does not see
/// the writes.
public final class KvCache {
  /// What attention reads.
  ///
  /// @param keys `(B, G, S, d)`
  /// @param values `(B, G, S, d)`
  public record Past(Tensor keys, Tensor values) {}

  private final List<Past> layers = new ArrayList<>();
  private final int capacity;
  private int length;

  /// @param capacity positions it has room for
  public KvCache(LlamaConfig config, int batch, int capacity) {
    this.capacity = capacity;
    int[] sizes = {batch, config.numKeyValueHeads(), capacity, config.headDim()};
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      layers.add(new Past(Tensor.zeros(DType.F32, sizes), Tensor.zeros(DType.F32, sizes)));
    }
  }

  /// Positions held.
  public int length() {
    return length;
  }

  /// Positions it has room for.
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
    Ops.copyInto(keys, past.keys().slice(2, length, end));
    Ops.copyInto(values, past.values().slice(2, length, end));
    return new Past(past.keys().slice(2, 0, end), past.values().slice(2, 0, end));
  }

  void advance(int count) {
    length += count;
  }
}
