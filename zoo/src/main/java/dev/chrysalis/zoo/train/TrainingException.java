package dev.chrysalis.zoo.train;

/// A training that cannot go on.
public final class TrainingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TrainingException(String message) {
    super(message);
  }
}
