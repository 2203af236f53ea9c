package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.Storage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.Optional;

/// A block of a device and, once the host has asked for it, its copy there. Each of the two may be
/// out of date, never both; whoever asks for one gets it brought up to date first.
final class DeviceStorage extends Storage {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final long ALIGNMENT = 64;

  private final Copies copies;

  private DeviceStorage(Copies copies) {
    super(MemorySegment.NULL, copies::free);
    this.copies = copies;
  }

  static DeviceStorage of(DeviceMemory memory, long sizeBytes) {
    Copies copies = new Copies(memory, sizeBytes);
    DeviceStorage storage = new DeviceStorage(copies);
    CLEANER.register(storage, copies::free); // for those that no scope owns
    return storage;
  }

  @Override
  protected MemorySegment host(boolean written) {
    return copies.host(written);
  }

  /// The block on the device.
  ///
  /// @param written whether the device will write to it
  Block device(boolean written) {
    checkAlive();
    return copies.device(written);
  }

  /// Whether it lies in this memory.
  boolean isIn(DeviceMemory memory) {
    return copies.memory == memory;
  }

  /// What outlives the storage until it is cleaned up.
  private static final class Copies {
    private final DeviceMemory memory;
    private final long sizeBytes;
    private Optional<Block> block = Optional.empty();
    private MemorySegment host = MemorySegment.NULL;
    private boolean hostIsNew;
    private boolean deviceIsNew;

    Copies(DeviceMemory memory, long sizeBytes) {
      this.memory = memory;
      this.sizeBytes = sizeBytes;
    }

    synchronized MemorySegment host(boolean written) {
      if (host.byteSize() < sizeBytes) {
        host = Arena.ofAuto().allocate(sizeBytes, ALIGNMENT);
      }
      if (deviceIsNew && !hostIsNew && sizeBytes > 0) {
        memory.device().download(block.orElseThrow(), host);
      }
      hostIsNew = true;
      deviceIsNew &= !written;
      return host;
    }

    synchronized Block device(boolean written) {
      if (block.isEmpty()) {
        block = Optional.of(memory.take(sizeBytes));
      }
      if (hostIsNew && !deviceIsNew && sizeBytes > 0) {
        memory.device().upload(host, block.get());
      }
      deviceIsNew = true;
      hostIsNew &= !written;
      return block.get();
    }

    synchronized void free() {
      block.ifPresent(memory::give);
      block = Optional.empty();
      host = MemorySegment.NULL;
    }
  }
}
