package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.Storage;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.WeakHashMap;

/// What the device holds of blocks that lie on the host.
///
/// A block that cannot be written to, as of a mapped checkpoint, is copied once and kept as long as
/// its storage; any other is copied each time, since nothing tells when the host writes to it.
final class HostCopies {
  private final DeviceMemory memory;
  private final Map<Storage, DeviceStorage> kept = new WeakHashMap<>();

  HostCopies(DeviceMemory memory) {
    this.memory = memory;
  }

  /// The device's copy of a block that nobody writes to.
  synchronized DeviceStorage kept(Storage storage) {
    return kept.computeIfAbsent(storage, _ -> copied(storage.reading()));
  }

  /// A copy of what is on the host now.
  DeviceStorage copied(MemorySegment host) {
    DeviceStorage copy = DeviceStorage.of(memory, host.byteSize());
    if (host.isNative()) {
      memory.device().upload(host, copy.device(true));
    } else {
      copy.segment().copyFrom(host);
    }
    return copy;
  }
}
