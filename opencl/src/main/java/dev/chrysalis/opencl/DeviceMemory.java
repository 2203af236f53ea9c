package dev.chrysalis.opencl;

import dev.chrysalis.tensor.BackendException;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_mem;

/// Blocks of a device that are given back and taken again, in the sizes of `MemoryPool`.
final class DeviceMemory {
  private static final long SMALLEST = 256;
  private static final int NAMED = 3;

  /// A block and its size.
  record Block(cl_mem memory, long sizeBytes) {}

  private final Device device;
  private final TreeMap<Long, ArrayDeque<Block>> free = new TreeMap<>();

  /// How many blocks of a size are in use.
  private final TreeMap<Long, Integer> used = new TreeMap<>();

  private long usedBytes;
  private long freeBytes;

  DeviceMemory(Device device) {
    this.device = device;
  }

  /// A block of at least `sizeBytes`; its content is undefined.
  ///
  /// @throws BackendException if the device has no room for it
  synchronized Block take(long sizeBytes) {
    long rounded = rounded(sizeBytes);
    Block block = waiting(rounded);
    if (block == null) {
      block = reserved(rounded);
    }
    usedBytes += block.sizeBytes();
    used.merge(block.sizeBytes(), 1, Integer::sum);
    return block;
  }

  synchronized void give(Block block) {
    usedBytes -= block.sizeBytes();
    used.computeIfPresent(block.sizeBytes(), (_, count) -> count == 1 ? null : count - 1);
    freeBytes += block.sizeBytes();
    free.computeIfAbsent(block.sizeBytes(), _ -> new ArrayDeque<>()).addLast(block);
  }

  private Block waiting(long rounded) {
    Map.Entry<Long, ArrayDeque<Block>> entry = free.ceilingEntry(rounded);
    while (entry != null && entry.getKey() <= rounded + rounded / 2) {
      if (!entry.getValue().isEmpty()) {
        freeBytes -= entry.getKey();
        return entry.getValue().pollLast();
      }
      entry = free.higherEntry(entry.getKey());
    }
    return null;
  }

  /// A new block; if there is no room, those that wait are let go first.
  private Block reserved(long sizeBytes) {
    if (sizeBytes > device.info().largestBytes()) {
      throw exhausted("a block of %d bytes".formatted(sizeBytes), null);
    }
    if (usedBytes + freeBytes + sizeBytes > device.info().memoryBytes()) {
      trim();
    }
    if (usedBytes + sizeBytes > device.info().memoryBytes()) {
      throw exhausted("a block of %d bytes".formatted(sizeBytes), null);
    }
    try {
      return created(sizeBytes);
    } catch (CLException e) {
      if (!Device.isOutOfMemory(e)) {
        throw new BackendException("opencl: no block: " + e.getMessage(), e);
      }
      trim();
    }
    try {
      return created(sizeBytes);
    } catch (CLException e) {
      throw exhausted("a block of %d bytes".formatted(sizeBytes), e);
    }
  }

  private Block created(long sizeBytes) {
    return new Block(
        CL.clCreateBuffer(device.context(), CL.CL_MEM_READ_WRITE, sizeBytes, null, null),
        sizeBytes);
  }

  /// Lets go of all blocks that wait.
  private void trim() {
    free.values().forEach(blocks -> blocks.forEach(b -> CL.clReleaseMemObject(b.memory())));
    free.clear();
    freeBytes = 0;
  }

  /// What to say when memory has run out: what was needed, what there is, what takes most.
  synchronized BackendException exhausted(String wanted, CLException cause) {
    StringBuilder most = new StringBuilder();
    used.descendingMap().entrySet().stream()
        .sorted((a, b) -> Long.compare(b.getKey() * b.getValue(), a.getKey() * a.getValue()))
        .limit(NAMED)
        .forEach(e ->
            most.append(most.isEmpty() ? "; most of it: " : ", ")
                .append("%d x %d".formatted(e.getValue(), e.getKey())));
    return new BackendException(
        "opencl: %s has no memory for %s: %d bytes in all, at most %d in one block, %d in use%s"
            .formatted(
                device.info().label(),
                wanted,
                device.info().memoryBytes(),
                device.info().largestBytes(),
                usedBytes,
                most),
        cause);
  }

  /// Up to one of eight steps per power of two.
  private static long rounded(long sizeBytes) {
    long size = Math.max(SMALLEST, sizeBytes);
    long step = Math.max(SMALLEST, Long.highestOneBit(size) >> 3);
    return (size + step - 1) / step * step;
  }
}
