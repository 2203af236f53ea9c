package dev.chrysalis.tensor.device;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// A device that is open, through its driver.
///
/// Commands are done in the order in which they were given, so a block may be given back as soon as
/// the last command on it was given. Methods may be called from several threads at once. Failures
/// are `BackendException`s.
public interface Device {
  /// What its driver says of it.
  DeviceInfo info();

  /// What it is called in messages: `opencl: NAME (PLATFORM)`.
  default String label() {
    return info().backend() + ": " + info().label();
  }

  /// A new block of this size; empty if there is no room.
  Optional<Block> allocate(long sizeBytes);

  /// Gives a block back to the driver.
  void free(Block block);

  /// Copies all of `from`, native memory, to the front of a block.
  void upload(MemorySegment from, Block to);

  /// Copies the first bytes of a block to native memory of the host, after all commands so far.
  void download(Block from, MemorySegment to);

  /// Runs a kernel.
  void launch(KernelId kernel, List<Argument> arguments, Grid grid);

  /// Waits until all commands are done.
  void finish();
}
