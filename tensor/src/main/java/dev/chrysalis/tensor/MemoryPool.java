package dev.chrysalis.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/// Native memory blocks that scopes give back and later allocations take again.
///
/// Sizes are rounded up to one of eight steps per power of two. A waiting small block serves sizes
/// down to two thirds of its own, so that steps of a training loop find the blocks of the step
/// before, also when batches differ in length. Large blocks are cut from chunks: what is free of a
/// chunk serves any size up to its own, and neighbors that are given back become one again, so that
/// a few chunks hold what is alive at once, whatever its sizes.
///
/// Memory comes from automatic arenas. A small block that is never given back is reclaimed by the
/// garbage collector; a large one then returns to its chunk, which is reclaimed when the pool has
/// forgotten it and nothing of it is in use.
public final class MemoryPool {
  private static final long ALIGNMENT = 64;

  /// Sizes from one power of two to the next.
  private static final int STEPS = 8;

  /// Blocks from this size on are large.
  private static final long LARGE = 1 << 20;

  /// The smallest chunk, but for blocks that would fill more than a quarter of it.
  private static final long CHUNK = 16 * LARGE;

  /// What is reserved may be in so many pieces.
  private static final int PIECES = 8;

  /// What is reserved has so many parts, and one more for gaps and for what stays.
  private static final int BETWEEN = 10;

  /// Waiting small blocks, those of each rounded size in a list of their own.
  private final List<ArrayDeque<MemorySegment>> free =
      Stream.generate(ArrayDeque<MemorySegment>::new).limit(sizeClass(LARGE)).toList();

  /// What is free of chunks, by position.
  private final TreeMap<Long, Range> ranges = new TreeMap<>();

  /// Held while a chunk is made, so that threads that need one at the same time share it.
  private final Object growth = new Object();

  private long chunkBytes;
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

  /// Makes a chunk of a little more than `sizeBytes`, to be cut for large blocks, unless so much is
  /// free of chunks, in pieces that are not too small. Nothing is done for less than a large block,
  /// or if there is no room for such a chunk: there may still be for each block.
  public void reserve(long sizeBytes) {
    long rounded = round(sizeBytes);
    if (rounded < LARGE || freeOfChunks(rounded / PIECES) >= sizeBytes) {
      return;
    }
    try {
      give(cut(round(sizeBytes + sizeBytes / BETWEEN)));
    } catch (OutOfMemoryError e) {
      trim();
    }
  }

  /// Bytes that are free of chunks, in pieces of at least `smallest` bytes.
  private synchronized long freeOfChunks(long smallest) {
    return ranges.values().stream()
        .mapToLong(Range::sizeBytes)
        .filter(size -> size >= smallest)
        .sum();
  }

  /// Bytes that wait to be used again.
  public synchronized long pooledBytes() {
    return pooledBytes;
  }

  /// Forgets all waiting blocks, and chunks that nothing is cut from.
  public synchronized void trim() {
    free.forEach(ArrayDeque::clear);
    ranges.values().removeIf(Range::isChunk);
    pooledBytes = freeOfChunks(0);
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
    for (int at = sizeClass(rounded); at < free.size(); at++) {
      ArrayDeque<MemorySegment> blocks = free.get(at);
      if (!blocks.isEmpty()) {
        if (blocks.getLast().byteSize() > rounded + rounded / 2) {
          return null;
        }
        MemorySegment block = blocks.removeLast();
        pooledBytes -= block.byteSize();
        return block;
      }
    }
    return null;
  }

  private synchronized void give(MemorySegment block) {
    free.get(sizeClass(block.byteSize())).addLast(block);
    pooledBytes += block.byteSize();
  }

  /// Memory that large blocks are cut from.
  ///
  /// @param position bytes of all chunks that were made before
  private record Chunk(MemorySegment memory, long position) {}

  /// A part of a chunk.
  private record Range(Chunk chunk, long position, long sizeBytes) {
    boolean isChunk() {
      return sizeBytes == chunk.memory().byteSize();
    }

    long end() {
      return position + sizeBytes;
    }

    Range first(long bytes) {
      return new Range(chunk, position, bytes);
    }

    Range without(long bytes) {
      return new Range(chunk, position + bytes, sizeBytes - bytes);
    }

    boolean continuesIn(Range next) {
      return next.chunk == chunk && next.position == end();
    }

    MemorySegment memory() {
      return chunk.memory().asSlice(position - chunk.position(), sizeBytes);
    }
  }

  private Range cut(long rounded) {
    Range range = cutFree(rounded);
    if (range != null) {
      return range;
    }
    synchronized (growth) {
      range = cutFree(rounded);
      return range == null ? cutNew(rounded) : range;
    }
  }

  private Range cutNew(long rounded) {
    try {
      return cutFrom(
          Arena.ofAuto().allocate(rounded > CHUNK / 4 ? rounded : CHUNK, ALIGNMENT), rounded);
    } catch (OutOfMemoryError e) { // lost blocks have been looked for, and may have come back
      Range range = cutFree(rounded);
      return range == null ? cutFrom(request(rounded), rounded) : range;
    }
  }

  private Range cutFrom(MemorySegment memory, long rounded) {
    Chunk chunk = new Chunk(memory, chunkBytes); // no other thread makes one
    chunkBytes += memory.byteSize();
    Range whole = new Range(chunk, chunk.position(), memory.byteSize());
    if (!whole.first(rounded).isChunk()) {
      give(whole.without(rounded));
    }
    return whole.first(rounded);
  }

  /// Of the first range of just this size, else of the first that is large enough; the oldest chunk
  /// comes first.
  private synchronized Range cutFree(long rounded) {
    Range found = null;
    for (Range range : ranges.values()) {
      if (range.sizeBytes() == rounded) {
        found = range;
        break;
      }
      if (found == null && range.sizeBytes() > rounded) {
        found = range;
      }
    }
    if (found == null) {
      return null;
    }
    ranges.remove(found.position());
    if (found.sizeBytes() > rounded) {
      Range rest = found.without(rounded);
      ranges.put(rest.position(), rest);
    }
    pooledBytes -= rounded;
    return found.first(rounded);
  }

  private synchronized void give(Range range) {
    Range whole = range;
    Map.Entry<Long, Range> before = ranges.lowerEntry(whole.position());
    if (before != null && before.getValue().continuesIn(whole)) {
      Range front = before.getValue();
      ranges.remove(front.position());
      whole = front.first(front.sizeBytes() + whole.sizeBytes());
    }
    Range after = ranges.get(whole.end());
    if (after != null && whole.continuesIn(after)) {
      ranges.remove(after.position());
      whole = whole.first(whole.sizeBytes() + after.sizeBytes());
    }
    ranges.put(whole.position(), whole);
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
    MemorySegment block = range.memory().reinterpret(Arena.ofAuto(), _ -> giveBack.run());
    return new Storage(block, giveBack);
  }

  /// Rounded sizes in ascending order have the numbers from 1 on.
  private static int sizeClass(long rounded) {
    int power = Math.max(0, 63 - Long.numberOfLeadingZeros(rounded / (STEPS * ALIGNMENT)));
    return (int) (power * STEPS + rounded / (ALIGNMENT << power));
  }

  private static long round(long sizeBytes) {
    long size = Math.max(ALIGNMENT, sizeBytes);
    long step = Math.max(ALIGNMENT, Long.highestOneBit(size) / STEPS);
    if (size > Long.MAX_VALUE - step) {
      throw new OutOfMemoryError("tensor of %d bytes".formatted(sizeBytes));
    }
    return (size + step - 1) / step * step;
  }
}
