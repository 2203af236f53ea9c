package dev.chrysalis.models.image;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;

/// Format and stored size of a picture file, read from its first bytes: nothing is decoded and
/// nothing is allocated for what the header claims.
public record PictureHeader(Format format, int width, int height) {
  /// Most pixels a picture may have: 40 megapixels, 120 MB once decoded.
  public static final long MAX_PIXELS = 40_000_000;

  /// Segments allowed in front of a JPEG's frame header; a colour profile may take 255 of them.
  private static final int MAX_JPEG_SEGMENTS = 2048;

  private static final long PNG_SIGNATURE = 0x89504E470D0A1A0AL;
  private static final int IHDR = 0x49484452;

  /// The file formats that are read.
  public enum Format {
    PNG,
    JPEG
  }

  /// Refuses an empty picture and one of more than `MAX_PIXELS`.
  static PictureHeader checked(String name, Format format, long width, long height) {
    if (width < 1 || height < 1 || width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
      throw PictureException.of(
          name, "a " + format + " of " + width + " x " + height + " pixels", "at least 1 x 1");
    }
    if (width * height > MAX_PIXELS) {
      throw PictureException.of(
          name,
          "a " + format + " of " + width + " x " + height + " pixels",
          "at most " + MAX_PIXELS / 1_000_000 + " megapixels");
    }
    return new PictureHeader(format, (int) width, (int) height);
  }

  /// Reads as far as the size and no further.
  static PictureHeader read(String name, InputStream stream) throws IOException {
    byte[] start = stream.readNBytes(8);
    DataInputStream in = new DataInputStream(stream);
    try {
      if (start.length == 8 && toLong(start) == PNG_SIGNATURE) {
        return readPng(name, in);
      }
      if (start.length >= 3 && (start[0] & start[2] & 0xFF) == 0xFF && start[1] == (byte) 0xD8) {
        return readJpeg(name, start, in);
      }
    } catch (EOFException e) {
      throw PictureException.of(name, "a file that ends inside its header", "a whole PNG or JPEG");
    }
    throw PictureException.of(name, describe(start), "a PNG or JPEG picture");
  }

  private static PictureHeader readPng(String name, DataInputStream in) throws IOException {
    if (in.readInt() != 13 || in.readInt() != IHDR) {
      throw PictureException.of(name, "a PNG that starts without IHDR", "IHDR as first chunk");
    }
    long width = Integer.toUnsignedLong(in.readInt());
    return checked(name, Format.PNG, width, Integer.toUnsignedLong(in.readInt()));
  }

  /// Walks the marker segments up to the frame header; `start` holds the first bytes.
  private static PictureHeader readJpeg(String name, byte[] start, InputStream rest)
      throws IOException {
    InputStream known = new ByteArrayInputStream(start, 2, start.length - 2);
    try (DataInputStream in = new DataInputStream(new SequenceInputStream(known, rest))) {
      for (int segments = 0; segments < MAX_JPEG_SEGMENTS; segments++) {
        int marker = nextMarker(name, in);
        if (JpegDecoder.isStandalone(marker)) {
          continue;
        }
        int length = in.readUnsignedShort() - 2;
        if (JpegDecoder.isFrame(marker) && length >= 6) {
          in.readUnsignedByte(); // sample precision
          int height = in.readUnsignedShort();
          return checked(name, Format.JPEG, in.readUnsignedShort(), height);
        }
        if (length < 0 || marker == JpegDecoder.SOS || marker == JpegDecoder.EOI) {
          break;
        }
        in.skipNBytes(length);
      }
    }
    throw PictureException.of(name, "a JPEG without a frame header", "a whole JPEG");
  }

  private static int nextMarker(String name, DataInputStream in) throws IOException {
    int value = in.readUnsignedByte();
    if (value != 0xFF) {
      throw PictureException.of(
          name, "byte 0x%02x between JPEG segments".formatted(value), "a marker");
    }
    while (value == 0xFF) {
      value = in.readUnsignedByte();
    }
    return value;
  }

  private static long toLong(byte[] bytes) {
    long value = 0;
    for (byte b : bytes) {
      value = value << 8 | (b & 0xFF);
    }
    return value;
  }

  /// Names a few formats people try, so that the message helps.
  private static String describe(byte[] start) {
    String text = new String(start, StandardCharsets.ISO_8859_1);
    if (text.isEmpty()) {
      return "an empty file";
    }
    if (text.startsWith("GIF8")) {
      return "a GIF file";
    }
    if (text.startsWith("BM")) {
      return "a BMP file";
    }
    if (text.startsWith("RIFF")) {
      return "a WebP or other RIFF file";
    }
    if (text.startsWith("II*\0") || text.startsWith("MM\0*")) {
      return "a TIFF file";
    }
    if (text.startsWith("%PDF")) {
      return "a PDF file";
    }
    if (text.endsWith("ftyp")) {
      return "a HEIC, AVIF or MP4 file";
    }
    StringBuilder hex = new StringBuilder("a file starting with bytes");
    for (byte b : start) {
      hex.append(" %02x".formatted(b));
    }
    return hex.toString();
  }
}
