package dev.chrysalis.tensor;

/// Shapes, axes or indices that do not fit an operation.
public final class ShapeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /// @param message op, problem, what was found and what was needed
  public ShapeException(String message) {
    super(message);
  }
}
