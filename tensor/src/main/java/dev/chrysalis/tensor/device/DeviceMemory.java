package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.BackendException;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Blocks of a device that are given back and taken again.
///
/// Sizes are rounded up to one of eight steps per power of two, and a waiting block serves sizes
/// down to two thirds of its own, as a small one of `MemoryPool`.
final class DeviceMemory {
  private static final long SMALLEST = 256;
  private static final int NAMED = 3;
  private static final long CLEANING_MILLIS = 100;

  private final Device device;
  private final TreeMap<Long, ArrayDeque<Block>> free = new TreeMap<>();

  /// How many blocks of a size are in use.
  private final TreeMap<Long, Integer> used = new TreeMap<>();

  private long usedBytes;
  private long freeBytes;

  DeviceMemory(Device device) {
    this.device = device;
  }

  Device device() {
    return device;
  }

  /// A block of at least `sizeBytes`; its content is undefined.
  ///
  /// @throws BackendException if the device has no room for it, even after collecting what nobody
  ///   uses
  Block take(long sizeBytes) {
    if (sizeBytes > device.info().largestBytes()) {
      throw exhausted(sizeBytes);
    }
    long rounded = Math.max(sizeBytes, Math.min(rounded(sizeBytes), device.info().largestBytes()));
    return attempt(rounded)
        .or(() -> {
          collect();
          return attempt(rounded);
        })
        .orElseThrow(() -> exhausted(rounded));
  }

  private synchronized Optional<Block> attempt(long rounded) {
    Optional<Block> block = waiting(rounded).or(() -> reserved(rounded));
    block.ifPresent(taken -> {
      usedBytes += taken.sizeBytes();
      used.merge(taken.sizeBytes(), 1, Integer::sum);
    });
    return block;
  }

  /// Waits for what was asked for, and gives storages that nobody holds the time to give their
  /// blocks back.
  private void collect() {
    device.finish();
    System.gc();
    try {
      Thread.sleep(CLEANING_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  synchronized void give(Block block) {
    usedBytes -= block.sizeBytes();
    used.computeIfPresent(block.sizeBytes(), (_, count) -> count == 1 ? null : count - 1);
    freeBytes += block.sizeBytes();
    free.computeIfAbsent(block.sizeBytes(), _ -> new ArrayDeque<>()).addLast(block);
  }

  private Optional<Block> waiting(long rounded) {
    Map.Entry<Long, ArrayDeque<Block>> entry = free.ceilingEntry(rounded);
    while (entry != null && entry.getKey() <= rounded + rounded / 2) {
      if (!entry.getValue().isEmpty()) {
        freeBytes -= entry.getKey();
        return Optional.of(entry.getValue().pollLast());
      }
      entry = free.higherEntry(entry.getKey());
    }
    return Optional.empty();
  }

  /// A new block; if there is no room, those that wait are let go first.
  private Optional<Block> reserved(long sizeBytes) {
    if (usedBytes + freeBytes + sizeBytes <= device.info().memoryBytes()) {
      Optional<Block> block = device.allocate(sizeBytes);
      if (block.isPresent()) {
        return block;
      }
    }
    trim();
    return usedBytes + sizeBytes > device.info().memoryBytes()
        ? Optional.empty()
        : device.allocate(sizeBytes);
  }

  /// Lets go of all blocks that wait.
  private void trim() {
    for (ArrayDeque<Block> blocks : free.values()) {
      while (!blocks.isEmpty()) {
        Block block = blocks.pollLast();
        freeBytes -= block.sizeBytes();
        device.free(block);
      }
    }
    free.clear();
  }

  /// What was needed, what there is, what takes most.
  private synchronized BackendException exhausted(long sizeBytes) {
    StringBuilder most = new StringBuilder();
    used.entrySet().stream()
        .sorted((a, b) -> Long.compare(b.getKey() * b.getValue(), a.getKey() * a.getValue()))
        .limit(NAMED)
        .forEach(e ->
            most.append(most.isEmpty() ? "; most of it: " : ", ")
                .append("%d x %d".formatted(e.getValue(), e.getKey())));
    return new BackendException(
        "%s has no memory for a block of %d bytes: %d bytes in all, at most %d in one block, %d in use%s"
            .formatted(
                device.label(),
                sizeBytes,
                device.info().memoryBytes(),
                device.info().largestBytes(),
                usedBytes,
                most));
  }

  /// Up to one of eight steps per power of two.
  private static long rounded(long sizeBytes) {
    long size = Math.max(SMALLEST, sizeBytes);
    long step = Math.max(SMALLEST, Long.highestOneBit(size) >> 3);
    return (size + step - 1) / step * step;
  }
}
