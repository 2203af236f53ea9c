package dev.chrysalis.models.image;

import dev.chrysalis.models.file.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Writes pictures as 8-bit RGB PNG without metadata: the same pixels give the same bytes.
public final class PictureWriter {
  private PictureWriter() {}

  /// Writes a file whole or not at all; an existing one is replaced.
  ///
  /// @throws PictureException if it cannot be written
  public static void write(Picture picture, Path file) {
    if (Files.isDirectory(file)) {
      throw PictureException.of(file.toString(), "a folder", "a file name to write to");
    }
    try {
      AtomicFile.write(file, png(picture));
    } catch (NoSuchFileException e) {
      throw new PictureException(file + ": cannot be written: its folder does not exist", e);
    } catch (AccessDeniedException e) {
      throw new PictureException(file + ": cannot be written: no permission", e);
    } catch (IOException e) {
      throw new PictureException(file + ": cannot be written: " + e.getMessage(), e);
    }
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
