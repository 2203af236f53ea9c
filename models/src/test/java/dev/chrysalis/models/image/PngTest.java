package dev.chrysalis.models.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every colour type and depth of the standard, as bytes written by hand.
class PngTest {
  private static final PictureReader OVER_WHITE = new PictureReader();
  private static final PictureReader OVER_BLUE = new PictureReader(new Transparency.Over(0x0000FF));
  private static final PictureReader DROPPED = new PictureReader(new Transparency.Dropped());

  /// A file of a few pixels in one row, and their colours by the three ways of reading.
  record Case(String name, byte[] png, int[] overWhite, int[] overBlue, int[] dropped) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>(greyCases());
    cases.addAll(colourCases());
    byte[] palette = Samples.chunk("PLTE", Samples.bytes(255, 0, 0, 0, 255, 0, 9, 8, 7));
    byte[] alphas = Samples.chunk("tRNS", Samples.bytes(255, 0));
    int[] plain = {0xFF0000, 0x00FF00, 0x090807, 0};
    cases.add(opaque("palette 8", row(4, 8, 3, new int[] {0, 1, 2, 200}, palette), plain));
    for (int depth : new int[] {2, 4}) {
      byte[] packed = Samples.bytes(depth == 2 ? new int[] {0x1B} : new int[] {0x01, 0x23});
      cases.add(opaque("palette " + depth, row(4, depth, 3, packed, palette), plain));
    }
    cases.add(
        opaque(
            "palette 1", row(3, 1, 3, Samples.bytes(0x40), palette), 0xFF0000, 0x00FF00, 0xFF0000));
    byte[] keyed = row(3, 8, 3, Samples.bytes(0, 1, 2), palette, alphas);
    cases.add(
        new Case(
            "palette with transparency",
            keyed,
            new int[] {0xFF0000, 0xFFFFFF, 0x090807},
            new int[] {0xFF0000, 0x0000FF, 0x090807},
            new int[] {0xFF0000, 0x00FF00, 0x090807}));
    return cases;
  }

  private static List<Case> greyCases() {
    return List.of(
        opaque("grey 1", row(3, 1, 0, Samples.bytes(0xA0)), 0xFFFFFF, 0, 0xFFFFFF),
        opaque("grey 2", row(4, 2, 0, Samples.bytes(0x1B)), 0, 0x555555, 0xAAAAAA, 0xFFFFFF),
        opaque("grey 4", row(2, 4, 0, Samples.bytes(0x7F)), 0x777777, 0xFFFFFF),
        opaque("grey 8", row(3, 8, 0, Samples.bytes(0, 100, 255)), 0, 0x646464, 0xFFFFFF),
        opaque("grey 16", row(2, 16, 0, Samples.bytes(0x12, 0xFF, 0xFF, 0)), 0x121212, 0xFFFFFF),
        new Case(
            "grey 16 with a transparent value",
            row(2, 16, 0, Samples.bytes(5, 1, 5, 2), Samples.chunk("tRNS", Samples.bytes(5, 2))),
            new int[] {0x050505, 0xFFFFFF},
            new int[] {0x050505, 0x0000FF},
            new int[] {0x050505, 0x050505}),
        new Case(
            "grey 1 with a transparent value",
            row(2, 1, 0, Samples.bytes(0x40), Samples.chunk("tRNS", Samples.bytes(0, 1))),
            new int[] {0, 0xFFFFFF},
            new int[] {0, 0x0000FF},
            new int[] {0, 0xFFFFFF}),
        new Case(
            "grey with alpha 8",
            row(3, 8, 4, Samples.bytes(100, 255, 100, 0, 100, 128)),
            new int[] {0x646464, 0xFFFFFF, 0xB1B1B1},
            new int[] {0x646464, 0x0000FF, 0x3232B1},
            new int[] {0x646464, 0x646464, 0x646464}),
        new Case(
            "grey with alpha 16",
            row(2, 16, 4, Samples.bytes(100, 7, 255, 255, 100, 7, 0, 9)),
            new int[] {0x646464, 0xFFFFFF},
            new int[] {0x646464, 0x0000FF},
            new int[] {0x646464, 0x646464}));
  }

  private static List<Case> colourCases() {
    byte[] key = Samples.chunk("tRNS", Samples.bytes(0, 1, 0, 2, 0, 3));
    byte[] wideKey = Samples.chunk("tRNS", Samples.bytes(1, 2, 3, 4, 5, 6));
    return List.of(
        opaque("rgb 8", row(2, 8, 2, Samples.bytes(1, 2, 3, 255, 0, 9)), 0x010203, 0xFF0009),
        opaque("rgb 16", row(1, 16, 2, Samples.bytes(1, 255, 2, 0, 3, 128)), 0x010203),
        new Case(
            "rgb 8 with a transparent colour",
            row(2, 8, 2, Samples.bytes(1, 2, 3, 1, 2, 4), key),
            new int[] {0xFFFFFF, 0x010204},
            new int[] {0x0000FF, 0x010204},
            new int[] {0x010203, 0x010204}),
        new Case(
            "rgb 16 with a transparent colour",
            row(2, 16, 2, Samples.bytes(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7), wideKey),
            new int[] {0xFFFFFF, 0x010305},
            new int[] {0x0000FF, 0x010305},
            new int[] {0x010305, 0x010305}),
        new Case(
            "rgba 8, black where transparent",
            row(3, 8, 6, Samples.bytes(200, 100, 50, 255, 0, 0, 0, 0, 255, 0, 0, 51)),
            new int[] {0xC86432, 0xFFFFFF, 0xFFCCCC},
            new int[] {0xC86432, 0x0000FF, 0x3300CC},
            new int[] {0xC86432, 0x000000, 0xFF0000}),
        new Case(
            "rgba 16",
            row(1, 16, 6, Samples.bytes(200, 1, 100, 2, 50, 3, 0, 4)),
            new int[] {0xFFFFFF},
            new int[] {0x0000FF},
            new int[] {0xC86432}));
  }

  private static byte[] row(int width, int depth, int type, byte[] samples, byte[]... extra) {
    return Samples.png(width, 1, depth, type, samples, extra);
  }

  private static byte[] row(int width, int depth, int type, int[] samples, byte[]... extra) {
    return row(width, depth, type, Samples.bytes(samples), extra);
  }

  private static Case opaque(String name, byte[] png, int... colours) {
    return new Case(name, png, colours, colours, colours);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void coloursAreRight(Case c) {
    assertArrayEquals(c.overWhite, colours(OVER_WHITE, c), "over white");
    assertArrayEquals(c.overBlue, colours(OVER_BLUE, c), "over blue");
    assertArrayEquals(c.dropped, colours(DROPPED, c), "alpha dropped");
  }

  private static int[] colours(PictureReader reader, Case c) {
    Picture picture = reader.read(c.name, c.png);
    int[] colours = new int[picture.width()];
    for (int x = 0; x < colours.length; x++) {
      colours[x] = picture.colour(x, 0);
    }
    return colours;
  }

  /// A linear gamma or a colour profile must not brighten grey, as the JDK's own conversion does.
  @Test
  void everyGreyValueStaysAsStored() {
    byte[] values = new byte[256];
    for (int v = 0; v < values.length; v++) {
      values[v] = (byte) v;
    }
    byte[] gamma = Samples.chunk("gAMA", ByteBuffer.allocate(4).putInt(100_000).array());
    Picture picture = OVER_WHITE.read("grey", row(256, 8, 0, values, gamma));
    for (int v = 0; v < values.length; v++) {
      assertEquals(v * 0x010101, picture.colour(v, 0));
    }
  }

  @Test
  void interlacedPicturesAreRead() {
    // 2 x 2, Adam7: pass 1 holds (0, 0), pass 6 holds (1, 0), pass 7 holds the second row.
    byte[] data = Samples.bytes(0, 10, 0, 20, 0, 30, 40);
    byte[] png =
        Samples.join(
            Samples.PNG_SIGNATURE,
            Samples.header(2, 2, 8, 0, 1),
            Samples.chunk("IDAT", Samples.deflate(data)),
            Samples.chunk("IEND", new byte[0]));
    Picture picture = OVER_WHITE.read("interlaced", png);
    int[] found = {
      picture.at(0, 0, 0), picture.at(1, 0, 0), picture.at(0, 1, 0), picture.at(1, 1, 0)
    };
    assertArrayEquals(new int[] {10, 20, 30, 40}, found);
  }

  @Test
  void metadataOfAnySizeIsPassedOver() {
    byte[] text = Samples.chunk("tEXt", new byte[1 << 20]);
    byte[] bomb = Samples.chunk("zTXt", Samples.deflate(new byte[1 << 24]));
    byte[] profile = Samples.chunk("iCCP", Samples.bytes('x', 0, 0, 1, 2, 3));
    byte[] png = row(1, 8, 2, Samples.bytes(1, 2, 3), text, bomb, profile);
    assertEquals(0x010203, OVER_WHITE.read("metadata", png).colour(0, 0));
  }
}
