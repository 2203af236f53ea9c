package dev.chrysalis.models.llama;

/// More positions, of words or pictures, than the model's context holds.
public final class ContextFullException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public ContextFullException(String message) {
    super(message);
  }
}
