package dev.chrysalis.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/// Native memory blocks that scopes give back and later allocations take again.
///
/// Sizes are rounded up to one of eight steps per power of two. A waiting small block serves sizes
/// down to two thirds of its own, so that steps of a training loop find the blocks of the step
/// before, also when batches differ in length. Large blocks are cut from chunks: what is free of a
/// chunk serves any size up to its own, and neighbours that are given back become one again, so
/// that a few chunks hold what is alive at once, whatever its sizes. Memory comes from automatic
/// arenas: a block that is never given back is reclaimed by the garbage collector, a large one for
/// its chunk.
public final class MemoryPool {
  private static final long ALIGNMENT = 64;

  /// Blocks from this size on are large.
  private static final long LARGE = 1 << 20;

  /// The smallest chunk.
  private static final long CHUNK = 16 * LARGE;

  /// Waiting small blocks, by size.
  private final TreeMap<Long, ArrayDeque<MemorySegment>> free = new TreeMap<>();

  /// What is free of chunks, by address.
  private final TreeMap<Long, Range> ranges = new TreeMap<>();

  private long pooledBytes;

  /// A pool with nothing in it.
  public MemoryPool() {}

  /// A storage of at least `sizeBytes`; its content is undefined.
  ///
  /// @throws OutOfMemoryError if there is no room for it, even after collecting what nobody uses
  public Storage allocate(long sizeBytes) {
    long rounded = round(sizeBytes);
    if (rounded >= LARGE) {
      return lend(cut(rounded));
    }
    MemorySegment block = take(rounded);
    if (block == null) {
      block = request(rounded);
    }
    MemorySegment segment = block;
    return new Storage(segment, () -> give(segment));
  }

  /// Makes a chunk of `sizeBytes`, to be cut for large blocks, unless so much is free of chunks;
  /// for less than a large block nothing is done.
  ///
  /// @throws OutOfMemoryError as `allocate`
  public void reserve(long sizeBytes) {
    long rounded = round(sizeBytes);
    if (rounded >= LARGE && chunkBytes() < sizeBytes) {
      give(cut(rounded));
    }
  }

  /// Bytes that are free of chunks.
  private synchronized long chunkBytes() {
    return ranges.values().stream().mapToLong(Range::sizeBytes).sum();
  }

  /// Bytes that wait to be used again.
  public synchronized long pooledBytes() {
    return pooledBytes;
  }

  /// Forgets all waiting blocks, and chunks that nothing is cut from.
  public synchronized void trim() {
    free.clear();
    ranges.values().removeIf(Range::isChunk);
    pooledBytes = chunkBytes();
  }

  private MemorySegment request(long sizeBytes) {
    try {
      return Arena.ofAuto().allocate(sizeBytes, ALIGNMENT);
    } catch (OutOfMemoryError e) {
      trim();
      System.gc();
      return requestNow(sizeBytes);
    }
  }

  private static MemorySegment requestNow(long sizeBytes) {
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

  /// A part of a chunk. Parts of the same chunk have its very segment.
  private record Range(MemorySegment chunk, long address, long sizeBytes) {
    boolean isChunk() {
      return sizeBytes == chunk.byteSize();
    }

    long end() {
      return address + sizeBytes;
    }

    Range first(long bytes) {
      return new Range(chunk, address, bytes);
    }

    Range without(long bytes) {
      return new Range(chunk, address + bytes, sizeBytes - bytes);
    }

    boolean continuesIn(Range next) {
      return next.chunk == chunk && next.address == end();
    }
  }

  private Range cut(long rounded) {
    Range range = cutFree(rounded);
    if (range != null) {
      return range;
    }
    MemorySegment chunk = request(Math.max(rounded, CHUNK));
    Range whole = new Range(chunk, chunk.address(), chunk.byteSize());
    if (rounded < whole.sizeBytes()) {
      give(whole.without(rounded));
    }
    return whole.first(rounded);
  }

  /// From the first range that is large enough: what is given back at the low end is then found
  /// before large ranges are cut.
  private synchronized Range cutFree(long rounded) {
    for (Range range : ranges.values()) {
      if (range.sizeBytes() >= rounded) {
        ranges.remove(range.address());
        if (range.sizeBytes() > rounded) {
          Range rest = range.without(rounded);
          ranges.put(rest.address(), rest);
        }
        pooledBytes -= rounded;
        return range.first(rounded);
      }
    }
    return null;
  }

  private synchronized void give(Range range) {
    Range whole = range;
    var before = ranges.lowerEntry(whole.address());
    if (before != null && before.getValue().continuesIn(whole)) {
      ranges.remove(before.getKey());
      whole = before.getValue().first(before.getValue().sizeBytes() + whole.sizeBytes());
    }
    Range after = ranges.get(whole.end());
    if (after != null && whole.continuesIn(after)) {
      ranges.remove(after.address());
      whole = whole.first(whole.sizeBytes() + after.sizeBytes());
    }
    ranges.put(whole.address(), whole);
    pooledBytes += range.sizeBytes();
  }

  /// The block has an arena of its own, which gives the range back if nobody else does.
  @SuppressWarnings("restricted") // the range is a part of its chunk, which it keeps alive
  private Storage lend(Range range) {
    AtomicBoolean lent = new AtomicBoolean(true);
    Runnable giveBack =
        () -> {
          if (lent.getAndSet(false)) {
            give(range);
          }
        };
    MemorySegment block =
        range
            .chunk()
            .asSlice(range.address() - range.chunk().address(), range.sizeBytes())
            .reinterpret(Arena.ofAuto(), _ -> giveBack.run());
    return new Storage(block, giveBack);
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
