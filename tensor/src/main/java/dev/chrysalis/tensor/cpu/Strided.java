package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;

/// Copies of runs of elements, of any size in bytes and with any steps.
final class Strided {
  /// Shorter runs are copied one by one, to spare them the set-up of a block copy.
  private static final int BLOCK_COPY = 16;

  private Strided() {}

  /// Copies `count` elements of `sizeBytes` bytes, element `i` from `fromIndex + i·fromStep` to
  /// `toIndex + i·toStep`.
  static void copy(
      MemorySegment from,
      long fromIndex,
      long fromStep,
      MemorySegment to,
      long toIndex,
      long toStep,
      long count,
      int sizeBytes) {
    if (fromStep == 1 && toStep == 1 && count >= BLOCK_COPY) {
      MemorySegment.copy(from, fromIndex * sizeBytes, to, toIndex * sizeBytes, count * sizeBytes);
      return;
    }
    switch (sizeBytes) {
      case 1 -> copyBytes(from, fromIndex, fromStep, to, toIndex, toStep, count);
      case 2 -> copyShorts(from, fromIndex, fromStep, to, toIndex, toStep, count);
      case 4 -> copyInts(from, fromIndex, fromStep, to, toIndex, toStep, count);
      case 8 -> copyLongs(from, fromIndex, fromStep, to, toIndex, toStep, count);
      default -> throw new AssertionError(sizeBytes);
    }
  }

  private static void copyBytes(
      MemorySegment from, long a, long da, MemorySegment to, long b, long db, long count) {
    for (long i = 0; i < count; i++) {
      to.set(Elements.I8, b + i * db, from.get(Elements.I8, a + i * da));
    }
  }

  private static void copyShorts(
      MemorySegment from, long a, long da, MemorySegment to, long b, long db, long count) {
    for (long i = 0; i < count; i++) {
      to.set(Elements.I16, (b + i * db) * 2, from.get(Elements.I16, (a + i * da) * 2));
    }
  }

  private static void copyInts(
      MemorySegment from, long a, long da, MemorySegment to, long b, long db, long count) {
    for (long i = 0; i < count; i++) {
      to.set(Elements.I32, (b + i * db) * 4, from.get(Elements.I32, (a + i * da) * 4));
    }
  }

  private static void copyLongs(
      MemorySegment from, long a, long da, MemorySegment to, long b, long db, long count) {
    for (long i = 0; i < count; i++) {
      to.set(Elements.I64, (b + i * db) * 8, from.get(Elements.I64, (a + i * da) * 8));
    }
  }
}
