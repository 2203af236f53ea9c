package dev.chrysalis.models.image;

import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// JPEG (ITU-T T.81, JFIF, Adobe technical note 5116) to RGB.
///
/// The marker segments are checked here; the codec is handed the coded picture without its
/// application segments and gives back raw components, which are turned into colours here. Which
/// colour space they are in is decided as the Independent JPEG Group's library does. Four
/// components are read as inverted CMYK, the convention of Adobe that practically every CMYK file
/// follows and that Pillow assumes.
final class JpegDecoder {
  static final int SOS = 0xDA;
  static final int EOI = 0xD9;

  private static final int SOI = 0xD8;
  private static final int TEM = 0x01;
  private static final int DHT = 0xC4;
  private static final int JPG = 0xC8;
  private static final int DAC = 0xCC;
  private static final int DNL = 0xDC;
  private static final int COM = 0xFE;
  private static final int APP0 = 0xE0;
  private static final int APP1 = 0xE1;
  private static final int APP14 = 0xEE;

  /// Scans a progressive picture may have. Usual files have about ten; each costs a full pass.
  private static final int MAX_SCANS = 100;

  /// How the stored components spell a colour.
  private enum Colours {
    GREY,
    YCBCR,
    RGB,
    CMYK,
    YCCK
  }

  private final String name;
  private final byte[] data;
  private final ByteArrayOutputStream plain;
  private int width;
  private int height;
  private int components;
  private String componentIds = "";
  private boolean jfif;
  private int adobeTransform = -1;
  private int scans;
  private Orientation orientation = Orientation.UPRIGHT;
  private boolean seenExif;

  private JpegDecoder(String name, byte[] data) {
    this.name = name;
    this.data = data;
    this.plain = new ByteArrayOutputStream(data.length);
  }

  static Picture decode(String name, byte[] data) {
    JpegDecoder decoder = new JpegDecoder(name, data);
    decoder.walk();
    Raster raster =
        Codec.decode(
            name,
            "jpeg",
            decoder.plain.toByteArray(),
            JpegDecoder::isFatal,
            reader -> reader.readRaster(0, null));
    return decoder.orientation.upright(decoder.colours(raster));
  }

  /// True for a start-of-frame marker, of whatever coding.
  static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != DHT && marker != JPG && marker != DAC;
  }

  /// True for a marker that no length follows.
  static boolean isStandalone(int marker) {
    return marker == TEM || isRestart(marker);
  }

  private static boolean isRestart(int marker) {
    return marker >= 0xD0 && marker <= 0xD7;
  }

  /// Missing or undecodable data; stray bytes between segments do no harm.
  private static boolean isFatal(String warning) {
    return warning.startsWith("Premature end")
        || (warning.startsWith("Corrupt JPEG data") && !warning.contains("extraneous"));
  }

  /// Checks every segment up to the end marker and copies those that carry the picture.
  private void walk() {
    keep(0, 2);
    int at = 2;
    while (true) {
      int start = at;
      at = behindMarker(at);
      int marker = data[at - 1] & 0xFF;
      if (marker == EOI) {
        keep(at - 2, at);
        break;
      }
      if (isStandalone(marker)) {
        continue;
      }
      int end = at + segmentLength(marker, at);
      boolean wanted = takeSegment(marker, at + 2, end);
      at = marker == SOS ? endOfScan(end) : end;
      if (wanted) {
        keep(start, at);
      }
    }
    if (scans == 0) {
      throw PictureException.of(name, "a JPEG without picture data", "a whole JPEG");
    }
  }

  /// The place behind the marker at `at`, which any number of `ff` may precede.
  private int behindMarker(int at) {
    int i = at;
    while (i < data.length && (data[i] & 0xFF) == 0xFF) {
      i++;
    }
    if (i >= data.length) {
      throw cutOff();
    }
    if (i == at || data[i] == 0 || (data[i] & 0xFF) == SOI) {
      throw PictureException.of(
          name, "byte 0x%02x at byte %d".formatted(data[i], i), "a JPEG marker");
    }
    return i + 1;
  }

  /// Bytes of a segment from its length field on, all of which are there.
  private int segmentLength(int marker, int at) {
    if (data.length - at < 2 || u16(at) > data.length - at) {
      throw cutOff();
    }
    if (u16(at) < 2) {
      throw PictureException.of(
          name, "JPEG segment 0x%02x of length %d".formatted(marker, u16(at)), "2 or more");
    }
    return u16(at);
  }

  private PictureException cutOff() {
    return PictureException.of(
        name, "a JPEG cut off at byte " + data.length, "its end marker (ff d9)");
  }

  private void keep(int from, int to) {
    plain.write(data, from, to - from);
  }

  /// Skips coded data: a marker ends it, unless it is a stuffed zero or a restart.
  private int endOfScan(int from) {
    for (int i = from; i + 1 < data.length; i++) {
      if ((data[i] & 0xFF) == 0xFF) {
        int next = data[i + 1] & 0xFF;
        if (next != 0 && next != 0xFF && !isRestart(next)) {
          return i;
        }
      }
    }
    return data.length;
  }

  /// Notes what a segment with payload `[from, to)` says; true when the codec needs it too.
  private boolean takeSegment(int marker, int from, int to) {
    if (isFrame(marker)) {
      readFrame(marker, from, to);
    } else if (marker == SOS) {
      if (components == 0 || ++scans > MAX_SCANS) {
        throw PictureException.of(
            name,
            components == 0 ? "JPEG data before its frame header" : scans + " JPEG scans",
            "a frame header, then at most " + MAX_SCANS + " scans");
      }
    } else if (marker == APP0) {
      jfif |= startsWith(from, to, "JFIF\0");
    } else if (marker == APP1) {
      if (!seenExif && startsWith(from, to, "Exif\0\0")) {
        seenExif = true;
        orientation = Orientation.parse(data, from + 6, to);
      }
    } else if (marker == APP14) {
      if (startsWith(from, to, "Adobe") && to - from >= 12) {
        adobeTransform = data[from + 11] & 0xFF;
      }
    } else if (marker == DAC || marker == DNL || marker == JPG) {
      throw PictureException.of(
          name, "a JPEG with marker 0x%02x".formatted(marker), "Huffman coding, size in header");
    }
    boolean application = marker >= APP0 && marker <= APP0 + 15;
    return !application && marker != COM;
  }

  private void readFrame(int marker, int from, int to) {
    if (marker > 0xC2) {
      throw PictureException.of(
          name,
          "a lossless, hierarchical or arithmetic JPEG (frame 0x%02x)".formatted(marker),
          "a baseline or progressive one with Huffman coding");
    }
    if (components != 0 || to - from < 6 || to - from != 6 + 3 * (data[from + 5] & 0xFF)) {
      throw PictureException.of(name, "a second or misshapen JPEG frame header", "one, whole");
    }
    int precision = data[from] & 0xFF;
    PictureHeader size =
        PictureHeader.checked(name, PictureHeader.Format.JPEG, u16(from + 3), u16(from + 1));
    height = size.height();
    width = size.width();
    components = data[from + 5] & 0xFF;
    if (precision != 8 || (components != 1 && components != 3 && components != 4)) {
      throw PictureException.of(
          name,
          "a JPEG of %d components of %d bits".formatted(components, precision),
          "1, 3 or 4 components of 8 bits");
    }
    for (int i = 0; i < components; i++) {
      componentIds += (char) (data[from + 6 + 3 * i] & 0xFF);
    }
  }

  private Colours colourSpace() {
    return switch (components) {
      case 1 -> Colours.GREY;
      case 3 -> {
        boolean adobeRgb =
            adobeTransform == 0 || (adobeTransform < 0 && componentIds.equals("RGB"));
        yield !jfif && adobeRgb ? Colours.RGB : Colours.YCBCR;
      }
      default -> adobeTransform > 0 ? Colours.YCCK : Colours.CMYK;
    };
  }

  private Picture colours(Raster raster) {
    if (raster.getNumBands() != components
        || raster.getWidth() != width
        || raster.getHeight() != height) {
      throw PictureException.of(
          name, raster.getNumBands() + " JPEG channels", components + " channels");
    }
    Colours colours = colourSpace();
    byte[] rgb = new byte[width * height * Picture.CHANNELS];
    int[] row = new int[width * components];
    int[] pixel = new int[Picture.CHANNELS];
    for (int y = 0, at = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++, at += Picture.CHANNELS) {
        toRgb(colours, row, x * components, pixel);
        rgb[at] = (byte) pixel[0];
        rgb[at + 1] = (byte) pixel[1];
        rgb[at + 2] = (byte) pixel[2];
      }
    }
    return new Picture(width, height, rgb);
  }

  private static void toRgb(Colours colours, int[] row, int i, int[] pixel) {
    switch (colours) {
      case GREY -> pixel[0] = pixel[1] = pixel[2] = row[i];
      case RGB -> System.arraycopy(row, i, pixel, 0, 3);
      case YCBCR -> fromYcc(row[i], row[i + 1] - 128, row[i + 2] - 128, pixel);
      case CMYK -> addInk(row[i], row[i + 1], row[i + 2], row[i + 3], pixel);
      case YCCK -> {
        // Stored Y, Cb, Cr spell 255 − C, 255 − M, 255 − Y; the stored CMY are inverted again.
        fromYcc(row[i], row[i + 1] - 128, row[i + 2] - 128, pixel);
        addInk(255 - pixel[0], 255 - pixel[1], 255 - pixel[2], row[i + 3], pixel);
      }
    }
  }

  /// JFIF: `R = Y + 1.402 Cr`, `G = Y − 0.34414 Cb − 0.71414 Cr`, `B = Y + 1.772 Cb`, with the
  /// factors times 2^16 and the product rounded, as common decoders do.
  private static void fromYcc(int y, int cb, int cr, int[] pixel) {
    pixel[0] = clip(y + (91881 * cr + 32768 >> 16));
    pixel[1] = clip(y + (-22554 * cb - 46802 * cr + 32768 >> 16));
    pixel[2] = clip(y + (116130 * cb + 32768 >> 16));
  }

  /// Stored values are light, not ink: `R = K − K · (255 − C) / 255`, and so on.
  private static void addInk(int c, int m, int y, int k, int[] pixel) {
    pixel[0] = k - scale(255 - c, k);
    pixel[1] = k - scale(255 - m, k);
    pixel[2] = k - scale(255 - y, k);
  }

  /// `round(a · b / 255)`.
  private static int scale(int a, int b) {
    return (2 * a * b + 255) / 510;
  }

  private static int clip(int v) {
    return Math.clamp(v, 0, 255);
  }

  private int u16(int at) {
    return (data[at] & 0xFF) << 8 | data[at + 1] & 0xFF;
  }

  private boolean startsWith(int from, int to, String text) {
    byte[] want = text.getBytes(StandardCharsets.ISO_8859_1);
    if (to - from < want.length) {
      return false;
    }
    for (int i = 0; i < want.length; i++) {
      if (data[from + i] != want[i]) {
        return false;
      }
    }
    return true;
  }
}
