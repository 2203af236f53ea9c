package dev.chrysalis.tensor;

/// A checkpoint that cannot be read, does not fit the model, or cannot be written. The message
/// names the file, the tensor, what was found and what was expected.
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message file, tensor, what was found and what was expected
  public CheckpointException(String message) {
    super(message);
  }

  /// @param message file, tensor, what was found and what was expected
  /// @param cause what went wrong below
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
