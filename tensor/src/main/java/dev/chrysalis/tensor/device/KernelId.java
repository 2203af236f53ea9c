package dev.chrysalis.tensor.device;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// A kernel in one of its builds.
///
/// @param file it lies in, as in `rows.cl`
/// @param defines names that are defined in this build, as in `T_F32`, with blanks between them
/// @param name of the kernel
public record KernelId(String file, String defines, String name) {
  /// The whole source of its file, with what begins all of them.
  public String source() {
    return text("portable.h") + text(file);
  }

  /// `softmax of rows.cl, T_F32`.
  @Override
  public String toString() {
    return "%s of %s%s".formatted(name, file, defines.isEmpty() ? "" : ", " + defines);
  }

  private static String text(String file) {
    try (InputStream in = KernelId.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
