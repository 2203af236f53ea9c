package dev.chrysalis.autograd;

/// A gradient that was asked for and does not exist.
public final class GradientException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /// @param message which op or parameter has none
  public GradientException(String message) {
    super(message);
  }
}
