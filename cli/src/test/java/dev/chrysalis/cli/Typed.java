package dev.chrysalis.cli;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// Runs a command with standard input from a text.
final class Typed {
  private Typed() {}

  static Run of(String input, Object... args) {
    return of(input.getBytes(StandardCharsets.UTF_8), args);
  }

  static Run of(byte[] input, Object... args) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input));
    try {
      return Run.of(args);
    } finally {
      System.setIn(before);
    }
  }
}
