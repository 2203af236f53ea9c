package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StandardOutputTest {
  private final StringWriter err = new StringWriter();

  private int close(OutputStream target, int status) {
    var standard = new StandardOutput(target, StandardCharsets.UTF_8);
    standard.writer().println("Größe");
    return standard.close(status, new PrintWriter(err, true));
  }

  private static OutputStream failing(String message) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException(message);
      }
    };
  }

  @Test
  void writtenTextKeepsTheStatus() {
    var target = new ByteArrayOutputStream();
    assertEquals(0, close(target, 0));
    assertEquals("Größe" + System.lineSeparator(), target.toString(StandardCharsets.UTF_8));
    assertEquals("", err.toString());
  }

  @Test
  void fullDiskIsAFailure() {
    assertEquals(1, close(failing("No space left on device"), 0));
    assertEquals(
        "chrysalis: standard output: cannot be written: No space left on device",
        err.toString().strip());
  }

  @Test
  void readerThatWentAwayNeedsNoLine() {
    assertEquals(1, close(failing("Broken pipe"), 0));
    assertEquals("", err.toString());
  }

  @Test
  void wrongUsageStaysWrongUsage() {
    assertEquals(2, close(failing("Broken pipe"), 2));
  }
}
