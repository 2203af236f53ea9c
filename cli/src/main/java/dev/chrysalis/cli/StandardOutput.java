package dev.chrysalis.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Standard output that remembers why writing failed, so that a full disk is not taken for success.
///
/// Text is UTF-8, except on a terminal, which has an encoding of its own.
final class StandardOutput extends OutputStream {
  private final OutputStream target;
  private final PrintWriter writer;
  private Optional<IOException> failure = Optional.empty();

  StandardOutput() {
    this(new FileOutputStream(FileDescriptor.out), charset());
  }

  StandardOutput(OutputStream target, Charset charset) {
    this.target = target;
    this.writer =
        new PrintWriter(new OutputStreamWriter(new BufferedOutputStream(this), charset), true);
  }

  private static Charset charset() {
    boolean terminal = System.console() != null && System.console().isTerminal();
    return terminal ? System.out.charset() : StandardCharsets.UTF_8;
  }

  PrintWriter writer() {
    return writer;
  }

  /// Writes out what is left.
  ///
  /// @param status exit status of the command
  /// @param err where a failure is said; a reader that went away needs no line
  /// @return the exit status, 1 if the command was done and its output is not complete
  int close(int status, PrintWriter err) {
    writer.close();
    if (failure.isEmpty()) {
      return status;
    }
    String message = String.valueOf(failure.get().getMessage());
    if (!message.contains("Broken pipe")) {
      err.println("chrysalis: standard output: cannot be written: " + Console.oneLine(message));
    }
    return status == ChrysalisCommand.DONE ? ChrysalisCommand.FAILED : status;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      target.write(bytes, offset, length);
    } catch (IOException e) {
      failure = failure.or(() -> Optional.of(e));
      throw e;
    }
  }
}
