package dev.chrysalis.zoo.parity;

/// A folder of expected values cannot be run at all.
public final class ParityException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ParityException(String message) {
    super(message);
  }

  ParityException(String message, Throwable cause) {
    super(message, cause);
  }
}
