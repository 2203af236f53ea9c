package dev.chrysalis.tensor;

/// Element types that do not fit an operation; nothing is converted silently.
public final class DTypeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /// @param message op, problem, what was found and what was needed
  public DTypeException(String message) {
    super(message);
  }
}
