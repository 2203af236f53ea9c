package dev.chrysalis.tensor.device;

/// A block of a device's memory; what it is made of is the driver's affair.
public interface Block {
  /// Its size.
  long sizeBytes();
}
