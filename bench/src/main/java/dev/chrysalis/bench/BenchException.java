package dev.chrysalis.bench;

/// A measurement that is not worth reporting, because what was to be timed computes wrong values.
public final class BenchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message what computes wrongly, what was found and what was needed
  public BenchException(String message) {
    super(message);
  }
}
