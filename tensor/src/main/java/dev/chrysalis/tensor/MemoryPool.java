package dev.chrysalis.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
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

  private final Chunks chunks = new Chunks();

  /// Held while a chunk is made, so that threads that need one at the same time share it.
  private final Object growth = new Object();

  private long smallBytes;

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
    if (rounded < LARGE || chunks.freeBytes(rounded / PIECES) >= sizeBytes) {
      return;
    }
    try {
      chunks.give(cut(round(sizeBytes + sizeBytes / BETWEEN)));
    } catch (OutOfMemoryError e) {
      trim();
    }
  }

  /// Bytes that wait to be used again.
  public synchronized long pooledBytes() {
    return smallBytes + chunks.freeBytes(0);
  }

  /// Forgets all waiting blocks, and chunks that nothing is cut from.
  public synchronized void trim() {
    free.forEach(ArrayDeque::clear);
    smallBytes = 0;
    chunks.trim();
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
    int last = Math.min(free.size() - 1, sizeClass(rounded + rounded / 2));
    for (int at = sizeClass(rounded); at <= last; at++) {
      MemorySegment block = free.get(at).pollLast();
      if (block != null) {
        smallBytes -= block.byteSize();
        return block;
      }
    }
    return null;
  }

  private synchronized void give(MemorySegment block) {
    free.get(sizeClass(block.byteSize())).addLast(block);
    smallBytes += block.byteSize();
  }

  private Chunks.Range cut(long rounded) {
    Chunks.Range range = chunks.cut(rounded);
    if (range != null) {
      return range;
    }
    synchronized (growth) {
      range = chunks.cut(rounded);
      return range == null ? cutNew(rounded) : range;
    }
  }

  private Chunks.Range cutNew(long rounded) {
    long size = rounded > CHUNK / 4 ? rounded : CHUNK;
    try {
      return chunks.cutFrom(Arena.ofAuto().allocate(size, ALIGNMENT), rounded);
    } catch (OutOfMemoryError e) { // lost blocks have been looked for, and may have come back
      Chunks.Range range = chunks.cut(rounded);
      return range == null ? chunks.cutFrom(request(rounded), rounded) : range;
    }
  }

  /// The block has an arena of its own, which gives the range back if nobody else does.
  @SuppressWarnings("restricted") // the range is a part of its chunk, which it keeps alive
  private Storage lend(Chunks.Range range) {
    AtomicBoolean lent = new AtomicBoolean(true);
    Runnable giveBack =
        () -> {
          if (lent.getAndSet(false)) {
            chunks.give(range);
          }
        };
    MemorySegment block = range.memory().reinterpret(Arena.ofAuto(), _ -> giveBack.run());
    return new Storage(block, giveBack);
  }

  /// Rounded sizes in ascending order have the numbers from 1 on; another size has that of the next
  /// smaller one.
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
