package dev.chrysalis.tensor;

/// Shapes, axes or indices that do not fit an operation.
public final class ShapeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public ShapeException(String message) {
    super(message);
  }
}
