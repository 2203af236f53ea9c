package dev.chrysalis.opencl;

import dev.chrysalis.tensor.Storage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.Optional;
import org.jocl.cl_mem;

/// A block of a device and, once the host has asked for it, its copy there. Each of the two may be
/// out of date, never both; whoever asks for one gets it brought up to date first.
final class DeviceStorage extends Storage {
  private static final Cleaner CLEANER = Cleaner.create();

  private final long sizeBytes;
  private final Blocks blocks;

  private DeviceStorage(long sizeBytes, Blocks blocks) {
    super(MemorySegment.NULL, blocks::free);
    this.sizeBytes = sizeBytes;
    this.blocks = blocks;
  }

  static DeviceStorage of(Device device, long sizeBytes) {
    Blocks blocks = new Blocks(device, sizeBytes);
    DeviceStorage storage = new DeviceStorage(sizeBytes, blocks);
    CLEANER.register(storage, blocks::free); // for those that no scope owns
    return storage;
  }

  long sizeBytes() {
    return sizeBytes;
  }

  @Override
  protected MemorySegment host(boolean written) {
    return blocks.host(written);
  }

  /// The block on the device.
  ///
  /// @param written whether the device will write to it
  cl_mem device(boolean written) {
    checkAlive();
    return blocks.device(written);
  }

  Device owner() {
    return blocks.device;
  }

  /// What outlives the storage until it is cleaned up.
  private static final class Blocks {
    private final Device device;
    private final long sizeBytes;
    private Optional<DeviceMemory.Block> block = Optional.empty();
    private MemorySegment host = MemorySegment.NULL;
    private boolean hostIsNew;
    private boolean deviceIsNew;

    Blocks(Device device, long sizeBytes) {
      this.device = device;
      this.sizeBytes = sizeBytes;
    }

    synchronized MemorySegment host(boolean written) {
      if (host.byteSize() < sizeBytes) {
        host = Arena.ofAuto().allocate(sizeBytes, 64);
      }
      if (deviceIsNew && !hostIsNew && sizeBytes > 0) {
        device.download(block.orElseThrow().memory(), host);
      }
      hostIsNew = true;
      deviceIsNew &= !written;
      return host;
    }

    synchronized cl_mem device(boolean written) {
      if (block.isEmpty()) {
        block = Optional.of(device.memory().take(sizeBytes));
      }
      cl_mem memory = block.get().memory();
      if (hostIsNew && !deviceIsNew && sizeBytes > 0) {
        device.upload(host, memory);
      }
      deviceIsNew = true;
      hostIsNew &= !written;
      return memory;
    }

    synchronized void free() {
      block.ifPresent(device.memory()::give);
      block = Optional.empty();
      host = MemorySegment.NULL;
    }
  }
}
