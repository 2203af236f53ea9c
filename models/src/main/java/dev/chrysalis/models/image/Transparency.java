package dev.chrysalis.models.image;

import java.util.Locale;

/// What becomes of a picture's alpha channel, since models read opaque colours.
public sealed interface Transparency {
  /// The default: transparent parts show white.
  Transparency OVER_WHITE = new Over(0xFFFFFF);

  /// Lay the picture over one colour, `0xRRGGBB`: `c = round((alpha · c + (255 − alpha) ·
  /// background) / 255)`.
  record Over(int background) implements Transparency {
    public Over {
      if (background < 0 || background > 0xFFFFFF) {
        throw new PictureException(
            "background: got 0x%x, need 0x000000 to 0xffffff".formatted(background));
      }
    }
  }

  /// Keep the colour stored under transparent pixels and forget alpha, as Pillow's `convert("RGB")`
  /// does. The reference preprocessing does this; such hidden colours are often black, so it is of
  /// use for comparisons only.
  record Dropped() implements Transparency {}

  /// Reads `white`, `black`, `grey` or `#rrggbb`.
  static Transparency over(String colour) {
    String text = colour.toLowerCase(Locale.ROOT);
    return switch (text) {
      case "white" -> OVER_WHITE;
      case "black" -> new Over(0);
      case "grey", "gray" -> new Over(0x808080);
      default -> {
        if (!text.matches("#[0-9a-f]{6}")) {
          throw PictureException.of(
              "background", "'" + colour + "'", "white, black, grey or #rrggbb");
        }
        yield new Over(Integer.parseInt(text.substring(1), 16));
      }
    };
  }

  /// Writes one pixel of colour `0xRRGGBB` and `alpha` from 0 to 255 at `rgb[at]`.
  default void put(byte[] rgb, int at, int colour, int alpha) {
    int shown =
        switch (this) {
          case Dropped() -> colour;
          case Over(int background) -> alpha == 255 ? colour : blend(colour, alpha, background);
        };
    rgb[at] = (byte) (shown >> 16);
    rgb[at + 1] = (byte) (shown >> 8);
    rgb[at + 2] = (byte) shown;
  }

  private static int blend(int colour, int alpha, int background) {
    int shown = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int top = (colour >> shift) & 0xFF;
      int under = (background >> shift) & 0xFF;
      shown |= (top * alpha + under * (255 - alpha) + 127) / 255 << shift;
    }
    return shown;
  }
}
