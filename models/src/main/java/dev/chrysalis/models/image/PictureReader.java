package dev.chrysalis.models.image;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Reads PNG and JPEG pictures from files and bytes into 8-bit sRGB.
///
/// The header comes first, so that a picture above `PictureHeader.MAX_PIXELS` is refused before its
/// data is read. Grey is repeated, palettes are looked up, 16-bit samples keep their high byte (as
/// Pillow does for colour; Pillow clips 16-bit grey to white, which is not followed), CMYK is
/// converted without a colour profile, colour profiles and gamma chunks are ignored as in the
/// reference preprocessing, and the Exif rotation tag is applied.
///
/// @param transparency what becomes of alpha
public record PictureReader(Transparency transparency) {
  /// Most bytes a picture file may have.
  public static final long MAX_FILE_BYTES = 256L << 20;

  /// Lays transparent pictures over white.
  public PictureReader() {
    this(Transparency.OVER_WHITE);
  }

  /// Format and stored size, without decoding. The rotation tag is not applied here.
  public static PictureHeader header(Path file) {
    String name = file.toString();
    if (Files.isDirectory(file)) {
      throw PictureException.of(name, "a folder", "a PNG or JPEG file");
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      return PictureHeader.read(name, in);
    } catch (NoSuchFileException e) {
      throw new PictureException(name + ": got no such file, need a PNG or JPEG file", e);
    } catch (IOException e) {
      throw new PictureException(name + ": cannot be read: " + e, e);
    }
  }

  /// Reads a file, turned upright.
  public Picture read(Path file) {
    String name = file.toString();
    header(file);
    byte[] data;
    try (InputStream in = Files.newInputStream(file)) {
      long sizeBytes = Files.size(file);
      if (sizeBytes > MAX_FILE_BYTES) {
        throw PictureException.of(
            name, sizeBytes + " bytes", "at most %d bytes".formatted(MAX_FILE_BYTES));
      }
      data = in.readNBytes((int) MAX_FILE_BYTES);
    } catch (IOException e) {
      throw new PictureException(name + ": cannot be read: " + e, e);
    }
    return read(name, data);
  }

  /// Reads the bytes of a file, turned upright; `name` stands for the file in messages.
  public Picture read(String name, byte[] data) {
    if (data.length > MAX_FILE_BYTES) {
      throw PictureException.of(
          name, data.length + " bytes", "at most %d bytes".formatted(MAX_FILE_BYTES));
    }
    PictureHeader header;
    try (InputStream in = new ByteArrayInputStream(data)) {
      header = PictureHeader.read(name, in);
    } catch (IOException e) {
      throw new PictureException(name + ": cannot be read: " + e, e);
    }
    return switch (header.format()) {
      case PNG -> PngDecoder.decode(name, data, transparency);
      case JPEG -> JpegDecoder.decode(name, data);
    };
  }
}
