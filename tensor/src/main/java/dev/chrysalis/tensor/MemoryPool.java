package dev.chrysalis.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.TreeMap;

/// Native memory blocks that scopes give back and later allocations take again.
///
/// Sizes are rounded up to one of eight steps per power of two, and a waiting block serves sizes
/// down to two thirds of its own, so that steps of a training loop find the blocks of the step
/// before, also when batches differ in length. Blocks come from automatic arenas: one that is never
/// given back is reclaimed by the garbage collector.
public final class MemoryPool {
  private static final long ALIGNMENT = 64;

  private final TreeMap<Long, ArrayDeque<MemorySegment>> free = new TreeMap<>();
  private long pooledBytes;

  /// A pool with nothing in it.
  public MemoryPool() {}

  /// A storage of at least `sizeBytes`; its content is undefined.
  ///
  /// @throws OutOfMemoryError if there is no room for it, even after collecting what nobody uses
  public Storage allocate(long sizeBytes) {
    long rounded = round(sizeBytes);
    MemorySegment block = take(rounded);
    if (block == null) {
      block = reserve(rounded);
    }
    MemorySegment segment = block;
    return new Storage(segment, () -> give(segment));
  }

  /// Bytes that wait to be used again.
  public synchronized long pooledBytes() {
    return pooledBytes;
  }

  /// Forgets all waiting blocks.
  public synchronized void trim() {
    free.clear();
    pooledBytes = 0;
  }

  private MemorySegment reserve(long sizeBytes) {
    try {
      return Arena.ofAuto().allocate(sizeBytes, ALIGNMENT);
    } catch (OutOfMemoryError e) {
      trim();
      System.gc();
      return reserveNow(sizeBytes);
    }
  }

  private static MemorySegment reserveNow(long sizeBytes) {
    try {
      return Arena.ofAuto().allocate(sizeBytes, ALIGNMENT);
    } catch (OutOfMemoryError e) {
      OutOfMemoryError named =
          new OutOfMemoryError(
              "no room for a tensor of %d bytes; more is allowed with -XX:MaxDirectMemorySize (%s)"
                  .formatted(sizeBytes, e.getMessage()));
      named.initCause(e);
      throw named;
    }
  }

  /// A waiting block of this size, or the next larger one that is at most half as large again: so
  /// batches of changing length share blocks instead of leaving a set behind for each length.
  private synchronized MemorySegment take(long rounded) {
    Long size = rounded;
    while (size != null && size <= rounded + rounded / 2) {
      ArrayDeque<MemorySegment> blocks = free.get(size);
      if (blocks != null && !blocks.isEmpty()) {
        pooledBytes -= size;
        return blocks.pollLast();
      }
      size = free.higherKey(size);
    }
    return null;
  }

  private synchronized void give(MemorySegment block) {
    free.computeIfAbsent(block.byteSize(), _ -> new ArrayDeque<>()).addLast(block);
    pooledBytes += block.byteSize();
  }

  private static long round(long sizeBytes) {
    long size = Math.max(ALIGNMENT, sizeBytes);
    long step = Math.max(ALIGNMENT, Long.highestOneBit(size) >> 3);
    if (size > Long.MAX_VALUE - step) {
      throw new OutOfMemoryError("tensor of %d bytes".formatted(sizeBytes));
    }
    return (size + step - 1) / step * step;
  }
}
