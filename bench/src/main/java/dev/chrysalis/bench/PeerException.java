package dev.chrysalis.bench;

/// Another library that cannot be measured: it is not there, or it failed.
public final class PeerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message which peer, and what it said
  public PeerException(String message) {
    super(message);
  }
}
