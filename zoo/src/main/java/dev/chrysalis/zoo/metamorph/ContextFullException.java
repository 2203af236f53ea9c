package dev.chrysalis.zoo.metamorph;

/// More words and pictures than the model's context holds.
public final class ContextFullException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public ContextFullException(String message) {
    super(message);
  }
}
