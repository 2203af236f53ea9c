package dev.chrysalis.models.tokenizer;

/// A text, a token id or a conversation that cannot be used; the message says what was found and
/// what was expected. A tokenizer file that cannot be used is a
/// [dev.chrysalis.models.json.ConfigException].
public final class TokenizerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TokenizerException(String message) {
    super(message);
  }

  public TokenizerException(String message, Throwable cause) {
    super(message, cause);
  }
}
