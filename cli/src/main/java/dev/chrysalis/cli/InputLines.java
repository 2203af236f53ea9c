package dev.chrysalis.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.Optional;

/// Lines of standard input as a user types or pipes them. A line that is too long or not in the
/// expected encoding is an error of its own, after which the next one can be read.
final class InputLines {
  private static final int MAX_LINE_BYTES = 1 << 20;

  private final InputStream in;
  private final Charset charset;
  private int number;

  /// @param in buffered
  InputLines(InputStream in, Charset charset) {
    this.in = in;
    this.charset = charset;
  }

  /// The next line without its end; empty at the end of the input.
  ///
  /// @throws CommandException if it cannot be taken
  Optional<String> next() {
    var line = new ByteArrayOutputStream();
    boolean some = false;
    long length = 0;
    try {
      for (int b = in.read(); b >= 0; b = in.read()) {
        some = true;
        if (b == '\n') {
          break;
        }
        if (length++ < MAX_LINE_BYTES) {
          line.write(b);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!some) {
      return Optional.empty();
    }
    number++;
    if (length > MAX_LINE_BYTES) {
      throw new CommandException(
          "line %d: got %d bytes, need at most %d".formatted(number, length, MAX_LINE_BYTES));
    }
    return Optional.of(decode(line.toByteArray()));
  }

  private String decode(byte[] bytes) {
    try {
      String line = charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    } catch (CharacterCodingException e) {
      throw new CommandException("line %d: is not text in %s".formatted(number, charset.name()), e);
    }
  }
}
