package dev.chrysalis.tensor.device;

/// An argument of a kernel.
public sealed interface Argument {
  /// A number of 1, 2, 4 or 8 bytes, in the low bytes of `bits`.
  record Number(long bits, int bytes) implements Argument {}

  /// A `struct` of ints.
  record Ints(int[] values) implements Argument {}

  /// A `struct` of longs.
  record Longs(long[] values) implements Argument {}

  /// A `struct` of anything, as it lies in memory; of 64 bytes or more, at a multiple of 64.
  record Bytes(byte[] values) implements Argument {}

  /// The address of a block, and so many bytes more: 0 in portable kernels, which take a block and
  /// a position in it.
  record Memory(Block block, long offsetBytes) implements Argument {}

  /// No address, where this launch has no use for a block.
  record Nothing() implements Argument {}
}
