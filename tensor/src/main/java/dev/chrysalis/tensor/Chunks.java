package dev.chrysalis.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;

/// Large pieces of memory that blocks are cut from and given back to.
final class Chunks {
  /// A chunk; its own segment tells it from others.
  ///
  /// @param position bytes of all chunks that were made before
  private record Chunk(MemorySegment memory, long position) {}

  /// A part of a chunk.
  record Range(Chunk chunk, long position, long sizeBytes) {
    /// It keeps the whole chunk.
    MemorySegment memory() {
      return chunk.memory().asSlice(position - chunk.position(), sizeBytes);
    }

    private boolean isChunk() {
      return sizeBytes == chunk.memory().byteSize();
    }

    private long end() {
      return position + sizeBytes;
    }

    private Range first(long bytes) {
      return new Range(chunk, position, bytes);
    }

    private Range without(long bytes) {
      return new Range(chunk, position + bytes, sizeBytes - bytes);
    }

    private boolean continuesIn(Range next) {
      return next.chunk == chunk && next.position == end();
    }
  }

  /// What is free, by position; neighbors of a chunk are one.
  private final TreeMap<Long, Range> free = new TreeMap<>();

  private long madeBytes;

  /// Bytes that are free, in ranges of at least `smallest` bytes.
  synchronized long freeBytes(long smallest) {
    return free.values().stream()
        .mapToLong(Range::sizeBytes)
        .filter(size -> size >= smallest)
        .sum();
  }

  /// A block of the first free range of just this size, else of the first that is large enough; the
  /// oldest chunk comes first. Null if there is none.
  synchronized Range cut(long sizeBytes) {
    Range found = null;
    for (Range range : free.values()) {
      if (range.sizeBytes() == sizeBytes) {
        found = range;
        break;
      }
      if (found == null && range.sizeBytes() > sizeBytes) {
        found = range;
      }
    }
    if (found == null) {
      return null;
    }
    free.remove(found.position());
    return cut(found, sizeBytes);
  }

  /// The first block of a new chunk.
  synchronized Range cutFrom(MemorySegment memory, long sizeBytes) {
    Chunk chunk = new Chunk(memory, madeBytes);
    madeBytes += memory.byteSize();
    return cut(new Range(chunk, chunk.position(), memory.byteSize()), sizeBytes);
  }

  private Range cut(Range range, long sizeBytes) {
    if (range.sizeBytes() > sizeBytes) {
      Range rest = range.without(sizeBytes);
      free.put(rest.position(), rest);
    }
    return range.first(sizeBytes);
  }

  /// Takes back what was cut, once.
  synchronized void give(Range range) {
    Range whole = range;
    Map.Entry<Long, Range> before = free.lowerEntry(whole.position());
    if (before != null && before.getValue().continuesIn(whole)) {
      Range front = before.getValue();
      free.remove(front.position());
      whole = front.first(front.sizeBytes() + whole.sizeBytes());
    }
    Range after = free.get(whole.end());
    if (after != null && whole.continuesIn(after)) {
      free.remove(after.position());
      whole = whole.first(whole.sizeBytes() + after.sizeBytes());
    }
    free.put(whole.position(), whole);
  }

  /// Forgets the chunks that nothing is cut from.
  synchronized void trim() {
    free.values().removeIf(Range::isChunk);
  }
}
