package dev.chrysalis.models.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Writes pictures as 8-bit RGB PNG without metadata: the same pixels give the same bytes.
public final class PictureWriter {
  private PictureWriter() {}

  /// Writes a file whole or not at all; an existing one is replaced.
  public static void write(Picture picture, Path file) {
    AtomicFile.write(file, png(picture));
  }

  /// The bytes of the PNG file.
  public static byte[] png(Picture picture) {
    ImageWriter writer = Codec.pngWriter();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(picture.toImage());
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
