package dev.chrysalis.models.image;

/// A picture file, or the settings of a picture processor, that cannot be used.
///
/// The message names the file, what was found there and what is needed.
public final class PictureException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PictureException(String message) {
    super(message);
  }

  public PictureException(String message, Throwable cause) {
    super(message, cause);
  }

  /// `name: got found, need expected`.
  static PictureException of(String name, String found, String expected) {
    return new PictureException(name + ": got " + found + ", need " + expected);
  }
}
