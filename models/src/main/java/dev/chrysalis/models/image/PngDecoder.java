package dev.chrysalis.models.image;

import java.awt.image.Raster;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;

/// PNG (W3C, third edition) to RGB.
///
/// The chunks are checked here; the codec is handed the header, the palette and the data only, and
/// its raw samples are turned into colours here. So text, profile and animation chunks cost
/// nothing, and transparency (`tRNS`) works for every colour type.
final class PngDecoder {
  private static final int IHDR = 0x49484452;
  private static final int PLTE = 0x504C5445;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454E44;
  private static final int TRNS = 0x74524E53;
  private static final int EXIF = 0x65584966;
  private static final int SIGNATURE_BYTES = 8;
  private static final int CHUNK_BYTES = 12; // length, type, CRC

  private static final int GREY = 0;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int GREY_ALPHA = 4;
  private static final int RGBA = 6;

  private final String name;
  private final byte[] data;
  private final Transparency transparency;
  private int width;
  private int height;
  private int depth;
  private int colourType;
  private byte[] palette = {};
  private byte[] transparent = {};
  private Orientation orientation = Orientation.UPRIGHT;

  private PngDecoder(String name, byte[] data, Transparency transparency) {
    this.name = name;
    this.data = data;
    this.transparency = transparency;
  }

  static Picture decode(String name, byte[] data, Transparency transparency) {
    PngDecoder decoder = new PngDecoder(name, data, transparency);
    byte[] plain = decoder.plainFile();
    Raster raster =
        Codec.decode(name, "png", plain, warning -> false, reader -> reader.read(0).getRaster());
    return decoder.orientation.upright(decoder.colours(raster));
  }

  /// Walks and checks the chunks; returns a file of `IHDR`, `PLTE`, `IDAT`, `IEND` alone.
  private byte[] plainFile() {
    ByteBuffer in = ByteBuffer.wrap(data);
    ByteBuffer out = ByteBuffer.allocate(data.length);
    out.put(data, 0, SIGNATURE_BYTES);
    int at = SIGNATURE_BYTES;
    boolean seenData = false;
    while (true) {
      if (data.length - at < CHUNK_BYTES) {
        throw PictureException.of(name, "a PNG cut off at byte " + data.length, "chunk IEND");
      }
      int length = in.getInt(at);
      int type = in.getInt(at + 4);
      if (length < 0 || length > data.length - at - CHUNK_BYTES) {
        throw PictureException.of(
            name,
            "a PNG chunk %s of %d bytes at byte %d of %d"
                .formatted(text(type), Integer.toUnsignedLong(length), at, data.length),
            "the whole chunk");
      }
      boolean keep = takeChunk(type, at, length);
      seenData |= type == IDAT;
      if (keep) {
        out.put(data, at, length + CHUNK_BYTES);
      }
      if (type == IEND) {
        break;
      }
      at += length + CHUNK_BYTES;
    }
    if (!seenData || (colourType == PALETTE && palette.length == 0)) {
      throw PictureException.of(name, "a PNG without " + (seenData ? "PLTE" : "IDAT"), "one");
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  /// Notes what a chunk says; true when the codec needs it too.
  private boolean takeChunk(int type, int at, int length) {
    int from = at + 8;
    boolean first = at == SIGNATURE_BYTES;
    if (first != (type == IHDR)) {
      throw PictureException.of(name, "PNG chunk " + text(type) + " at byte " + at, "IHDR first");
    }
    switch (type) {
      case IHDR -> readHeader(at, length);
      case PLTE -> {
        takePalette(at, length);
        return colourType == PALETTE;
      }
      case TRNS -> {
        takeTransparent(at, length);
        return false;
      }
      case EXIF -> {
        orientation = Orientation.parse(data, from, from + length);
        return false;
      }
      case IDAT, IEND -> checkSum(at, length);
      default -> {
        if ((type >>> 24 & 0x20) == 0) { // upper case: no reader may skip it
          throw PictureException.of(
              name, "unknown PNG chunk " + text(type) + " at byte " + at, "a PNG");
        }
        return false;
      }
    }
    return true;
  }

  private void takePalette(int at, int length) {
    checkSum(at, length);
    if (length == 0 || length % 3 != 0 || length > 768 || palette.length > 0) {
      throw PictureException.of(
          name, "PNG palette of %d bytes".formatted(length), "one of 3 to 768, in threes");
    }
    palette = Arrays.copyOfRange(data, at + 8, at + 8 + length);
  }

  private void takeTransparent(int at, int length) {
    checkSum(at, length);
    int need = colourType == GREY ? 2 : colourType == RGB ? 6 : 0;
    if (length < need || length > 256) {
      throw PictureException.of(
          name, "PNG chunk tRNS of %d bytes".formatted(length), need + " to 256 bytes");
    }
    transparent = Arrays.copyOfRange(data, at + 8, at + 8 + length);
  }

  private void readHeader(int at, int length) {
    if (length != 13) {
      throw PictureException.of(name, "PNG header of %d bytes".formatted(length), "13");
    }
    checkSum(at, length);
    ByteBuffer in = ByteBuffer.wrap(data);
    PictureHeader size =
        PictureHeader.checked(
            name,
            PictureHeader.Format.PNG,
            Integer.toUnsignedLong(in.getInt(at + 8)),
            Integer.toUnsignedLong(in.getInt(at + 12)));
    width = size.width();
    height = size.height();
    depth = data[at + 16];
    colourType = data[at + 17];
    boolean known =
        switch (colourType) {
          case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
          case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
          case RGB, GREY_ALPHA, RGBA -> depth == 8 || depth == 16;
          default -> false;
        };
    if (!known || data[at + 18] != 0 || data[at + 19] != 0 || (data[at + 20] & ~1) != 0) {
      throw PictureException.of(
          name,
          "PNG header with depth %d, colour type %d, compression %d, filter %d, interlace %d"
              .formatted(depth, colourType, data[at + 18], data[at + 19], data[at + 20]),
          "a combination the PNG standard lists");
    }
  }

  private void checkSum(int at, int length) {
    CRC32 crc = new CRC32();
    crc.update(data, at + 4, length + 4);
    int stored = ByteBuffer.wrap(data).getInt(at + 8 + length);
    if ((int) crc.getValue() != stored) {
      throw PictureException.of(
          name,
          "damaged PNG chunk %s at byte %d (checksum %08x)"
              .formatted(text(ByteBuffer.wrap(data).getInt(at + 4)), at, (int) crc.getValue()),
          "checksum %08x".formatted(stored));
    }
  }

  /// Raw samples to colours, row by row.
  private Picture colours(Raster raster) {
    int bands = raster.getNumBands();
    int need =
        switch (colourType) {
          case RGB -> 3;
          case GREY_ALPHA -> 2;
          case RGBA -> 4;
          default -> 1;
        };
    if (bands != need || raster.getWidth() != width || raster.getHeight() != height) {
      throw PictureException.of(name, bands + " PNG channels", need + " channels");
    }
    byte[] rgb = new byte[width * height * Picture.CHANNELS];
    int[] samples = new int[width * bands];
    for (int y = 0, at = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, samples);
      for (int x = 0; x < width; x++, at += Picture.CHANNELS) {
        putPixel(rgb, at, samples, x * bands);
      }
    }
    return new Picture(width, height, rgb);
  }

  private void putPixel(byte[] rgb, int at, int[] s, int i) {
    switch (colourType) {
      case GREY -> transparency.put(rgb, at, grey(s[i]), isKey(0, s[i]) ? 0 : 255);
      case GREY_ALPHA -> transparency.put(rgb, at, grey(s[i]), to8(s[i + 1]));
      case PALETTE -> {
        int p = s[i] * 3; // an index beyond the palette shows black
        int colour = p < palette.length ? rgb(palette[p], palette[p + 1], palette[p + 2]) : 0;
        int alpha = s[i] < transparent.length ? transparent[s[i]] & 0xFF : 255;
        transparency.put(rgb, at, colour, alpha);
      }
      default -> {
        int colour = rgb(to8(s[i]), to8(s[i + 1]), to8(s[i + 2]));
        boolean key =
            colourType == RGB && isKey(0, s[i]) && isKey(2, s[i + 1]) && isKey(4, s[i + 2]);
        int alpha = colourType == RGBA ? to8(s[i + 3]) : key ? 0 : 255;
        transparency.put(rgb, at, colour, alpha);
      }
    }
  }

  /// True when the sample equals the transparent one stored at byte `at` of `tRNS`.
  private boolean isKey(int at, int sample) {
    if (transparent.length < at + 2) {
      return false;
    }
    int key = (transparent[at] & 0xFF) << 8 | transparent[at + 1] & 0xFF;
    return sample == (key & (1 << depth) - 1);
  }

  private int grey(int sample) {
    int v = to8(sample);
    return rgb(v, v, v);
  }

  /// Spreads 1, 2 and 4 bits over 0 to 255; of 16 bits keeps the high byte.
  private int to8(int sample) {
    return depth == 16 ? sample >> 8 : sample * (255 / ((1 << depth) - 1));
  }

  private static int rgb(int red, int green, int blue) {
    return (red & 0xFF) << 16 | (green & 0xFF) << 8 | blue & 0xFF;
  }

  private static String text(int type) {
    StringBuilder text = new StringBuilder();
    for (int shift = 24; shift >= 0; shift -= 8) {
      int c = type >> shift & 0xFF;
      text.append(c > 32 && c < 127 ? (char) c : '?');
    }
    return text.toString();
  }
}
