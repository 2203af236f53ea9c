package dev.chrysalis.models.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The rotation tag of Exif (tag 0x0112): how a stored picture must be turned to stand upright.
///
/// Source: CIPA DC-008 (Exif 2.32), section 4.6.4, "Orientation"; the block around it is TIFF 6.0.
/// A block that is damaged, or a value that is none of 1 to 8, counts as upright.
enum Orientation {
  UPRIGHT(1),
  MIRRORED(2),
  UPSIDE_DOWN(3),
  FLIPPED(4),
  TRANSPOSED(5),
  TURN_RIGHT(6),
  TRANSVERSED(7),
  TURN_LEFT(8);

  private static final int TAG = 0x0112;
  private static final int SHORT = 3;
  private static final int ENTRY_BYTES = 12;

  private final int code;

  Orientation(int code) {
    this.code = code;
  }

  /// Reads the tag from a TIFF block that lies at `data[from, to)`; never looks outside it.
  static Orientation parse(byte[] data, int from, int to) {
    int length = to - from;
    if (length < 8) {
      return UPRIGHT;
    }
    ByteBuffer tiff = ByteBuffer.wrap(data, from, length).slice();
    if (tiff.get(0) == 'I' && tiff.get(1) == 'I') {
      tiff.order(ByteOrder.LITTLE_ENDIAN);
    } else if (tiff.get(0) != 'M' || tiff.get(1) != 'M') {
      return UPRIGHT;
    }
    long directory = Integer.toUnsignedLong(tiff.getInt(4));
    if (tiff.getShort(2) != 42 || directory + 2 > length) {
      return UPRIGHT;
    }
    int count = Short.toUnsignedInt(tiff.getShort((int) directory));
    for (int i = 0; i < count; i++) {
      long entry = directory + 2 + (long) i * ENTRY_BYTES;
      if (entry + ENTRY_BYTES > length) {
        return UPRIGHT;
      }
      int at = (int) entry;
      if (Short.toUnsignedInt(tiff.getShort(at)) == TAG) {
        boolean one = tiff.getShort(at + 2) == SHORT && tiff.getInt(at + 4) == 1;
        return one ? of(tiff.getShort(at + 8)) : UPRIGHT;
      }
    }
    return UPRIGHT;
  }

  private static Orientation of(int code) {
    for (Orientation orientation : values()) {
      if (orientation.code == code) {
        return orientation;
      }
    }
    return UPRIGHT;
  }

  /// The stored picture `(w, h)` turned upright: `(w, h)` for codes 1 to 4, else `(h, w)`.
  Picture upright(Picture stored) {
    if (this == UPRIGHT) {
      return stored;
    }
    int w = stored.width();
    int h = stored.height();
    boolean turned = code >= 5;
    int outWidth = turned ? h : w;
    int outHeight = turned ? w : h;
    byte[] in = stored.rgb();
    byte[] out = new byte[in.length];
    for (int y = 0, at = 0; y < outHeight; y++) {
      for (int x = 0; x < outWidth; x++, at += Picture.CHANNELS) {
        int from = source(x, y, w, h) * Picture.CHANNELS;
        out[at] = in[from];
        out[at + 1] = in[from + 1];
        out[at + 2] = in[from + 2];
      }
    }
    return new Picture(outWidth, outHeight, out);
  }

  /// Index of the stored pixel shown at `(x, y)`; `w` and `h` are the stored size.
  private int source(int x, int y, int w, int h) {
    return switch (this) {
      case UPRIGHT -> y * w + x;
      case MIRRORED -> y * w + (w - 1 - x);
      case UPSIDE_DOWN -> (h - 1 - y) * w + (w - 1 - x);
      case FLIPPED -> (h - 1 - y) * w + x;
      case TRANSPOSED -> x * w + y;
      case TURN_RIGHT -> (h - 1 - x) * w + y;
      case TRANSVERSED -> (h - 1 - x) * w + (w - 1 - y);
      case TURN_LEFT -> x * w + (w - 1 - y);
    };
  }
}
