package dev.chrysalis.bench;

/// A measurement that is not worth reporting, because what was to be timed computes wrong values.
public final class BenchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public BenchException(String message) {
    super(message);
  }
}
