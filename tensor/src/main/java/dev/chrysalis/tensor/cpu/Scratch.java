package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.MemoryPool;
import dev.chrysalis.tensor.Storage;
import java.lang.foreign.MemorySegment;

/// Working memory of one thread: arrays, and memory outside of the heap, that grow to the largest
/// size asked for and are used again by every later task. What a slot holds is undefined when it is
/// asked for.
final class Scratch {
  /// What an array is used for; two that are needed at once have different slots.
  enum Slot {
    SHARED,
    LEFT,
    RIGHT,
    TILE,
    ROW,
    IMAGE,
    SCORES,
    SCORE_GRADS,
    OUTPUT,
    STATE,
    QUERY,
    KEY,
    KEY_TRANSPOSED,
    VALUE,
    VALUE_TRANSPOSED,
    OUTPUT_GRAD
  }

  private final float[][] floats = new float[Slot.values().length][0];
  private final int[][] ints = new int[Slot.values().length][0];
  private final long[][] longs = new long[Slot.values().length][0];
  private final Storage[] panels = new Storage[Slot.values().length];
  private final MemoryPool pool;
  private MemorySegment memory = MemorySegment.NULL;

  /// Takes what is read only so that it is in the cache, which the compiler then cannot leave out.
  int touched;

  /// @param pool what memory outside of the heap comes from
  Scratch(MemoryPool pool) {
    this.pool = pool;
  }

  /// At least `sizeBytes` bytes of native memory; what it holds is undefined.
  MemorySegment memory(long sizeBytes) {
    if (memory.byteSize() < sizeBytes) {
      memory = pool.allocate(sizeBytes).segment();
    }
    return memory;
  }

  /// The address of at least `length` floats outside of the heap, on a border of 64 bytes: there no
  /// vector lies in two lines of the cache. It is good until the slot is asked for more.
  long panels(Slot slot, long length) {
    if (length < 0) {
      throw new IllegalArgumentException("%s: got %d floats".formatted(slot, length));
    }
    Storage storage = panels[slot.ordinal()];
    long sizeBytes = Math.multiplyExact(length, Float.BYTES);
    if (storage == null || storage.segment().byteSize() < sizeBytes) {
      panels[slot.ordinal()] = null;
      if (storage != null) {
        storage.release();
      }
      storage = pool.allocate(sizeBytes);
      panels[slot.ordinal()] = storage;
    }
    return storage.segment().address();
  }

  /// The address that the slot was last given.
  long panels(Slot slot) {
    return panels[slot.ordinal()].segment().address();
  }

  /// At least `length` floats.
  float[] floats(Slot slot, int length) {
    float[] array = floats[slot.ordinal()];
    if (array.length < length) {
      array = new float[length];
      floats[slot.ordinal()] = array;
    }
    return array;
  }

  /// At least `length` ints.
  int[] ints(Slot slot, int length) {
    int[] array = ints[slot.ordinal()];
    if (array.length < length) {
      array = new int[length];
      ints[slot.ordinal()] = array;
    }
    return array;
  }

  /// At least `length` longs.
  long[] longs(Slot slot, int length) {
    long[] array = longs[slot.ordinal()];
    if (array.length < length) {
      array = new long[length];
      longs[slot.ordinal()] = array;
    }
    return array;
  }
}
