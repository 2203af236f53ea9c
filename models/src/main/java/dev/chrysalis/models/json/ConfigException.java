package dev.chrysalis.models.json;

/// A configuration or JSON file that cannot be used: the message names the file, the place in it,
/// what was found and what was expected.
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }

  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
