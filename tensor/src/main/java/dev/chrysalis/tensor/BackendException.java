package dev.chrysalis.tensor;

/// A device that cannot be used, a kernel that does not build, or memory of a device that has run
/// out. The message names the device, what was wanted and what there is.
public final class BackendException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message device, what was wanted and what there is
  public BackendException(String message) {
    super(message);
  }

  /// @param message device, what was wanted and what there is
  /// @param cause what went wrong below
  public BackendException(String message, Throwable cause) {
    super(message, cause);
  }
}
