package dev.chrysalis.tensor.device;

/// A device, as its driver describes it.
///
/// @param backend that takes it
/// @param number by which its backend is told to take it, from 0 on
/// @param platform whose driver it is
/// @param version of the interface that the driver offers
/// @param units of it that compute side by side
/// @param memoryBytes of its own
/// @param largestBytes of one block
/// @param doubles whether it computes in F64
public record DeviceInfo(
    String backend,
    int number,
    String name,
    Kind kind,
    String platform,
    String version,
    String driver,
    int units,
    long memoryBytes,
    long largestBytes,
    boolean doubles) {
  /// What a device is.
  public enum Kind {
    /// A processor of the host.
    CPU,
    /// A graphics processor.
    GPU,
    /// Anything else.
    ACCELERATOR
  }

  /// What this device is called in messages.
  public String label() {
    return "%s (%s)".formatted(name, platform);
  }
}
