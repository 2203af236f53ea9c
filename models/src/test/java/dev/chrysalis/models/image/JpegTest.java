package dev.chrysalis.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JpegTest {
  private static final int JFIF = 0xE0;
  private static final int ADOBE = 0xEE;
  private static final byte[] JFIF_PAYLOAD =
      Samples.bytes('J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);

  private static Picture read(byte[] jpeg) {
    return new PictureReader().read("test.jpg", jpeg);
  }

  /// Two roads to the same colours: raw components converted here, and the JDK's own conversion.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void coloursEqualTheJdks(boolean progressive) throws IOException {
    byte[] jpeg = Samples.jpeg(Samples.gradient(61, 43), progressive);
    Picture expected = Picture.of(ImageIO.read(new ByteArrayInputStream(jpeg)));
    assertEquals(expected, read(jpeg));
  }

  @Test
  void isCloseToWhatWasWritten() {
    Picture written = Samples.gradient(64, 48);
    Picture found = read(Samples.jpeg(written, false));
    for (int i = 0; i < written.rgb().length; i++) {
      int off = Math.abs((written.rgb()[i] & 0xFF) - (found.rgb()[i] & 0xFF));
      assertTrue(off <= 24, "byte " + i + " off by " + off);
    }
  }

  @Test
  void greyStaysAsStored() {
    for (int v : new int[] {0, 1, 50, 100, 127, 200, 255}) {
      assertColour("grey " + v, v * 0x010101, read(Samples.greyJpeg(20, 10, v)));
    }
  }

  /// Constant components, the segments around them, and the colour they mean.
  record Case(String name, byte[] jpeg, int colour) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Case> cases() {
    byte[] ycc = Samples.rawJpeg(16, 16, 76, 85, 255); // red
    byte[] light = Samples.rawJpeg(16, 16, 255, 0, 0, 255); // no cyan, full magenta and yellow
    byte[] ycck = Samples.rawJpeg(16, 16, 179, 171, 0, 255); // 255 − red in YCbCr
    byte[] dark = Samples.rawJpeg(16, 16, 255, 255, 255, 51);
    byte[] mixed = Samples.rawJpeg(16, 16, 200, 100, 50, 128);
    return List.of(
        new Case("YCbCr by JFIF", Samples.splice(ycc, JFIF, JFIF_PAYLOAD), 0xFE0000),
        new Case("YCbCr by Adobe", Samples.splice(ycc, ADOBE, Samples.adobe(1)), 0xFE0000),
        new Case("RGB by Adobe", Samples.splice(ycc, ADOBE, Samples.adobe(0)), 0x4C55FF),
        new Case("JFIF beats Adobe", jfifAndAdobe(ycc), 0xFE0000),
        new Case("CMYK by Adobe", Samples.splice(light, ADOBE, Samples.adobe(0)), 0xFF0000),
        new Case("CMYK without marker", light, 0xFF0000),
        new Case("YCCK by Adobe", Samples.splice(ycck, ADOBE, Samples.adobe(2)), 0xFF0000),
        new Case("CMYK, black only", Samples.splice(dark, ADOBE, Samples.adobe(0)), 0x333333),
        new Case("CMYK, mixed", Samples.splice(mixed, ADOBE, Samples.adobe(0)), 0x643219));
  }

  private static byte[] jfifAndAdobe(byte[] jpeg) {
    return Samples.splice(Samples.splice(jpeg, ADOBE, Samples.adobe(0)), JFIF, JFIF_PAYLOAD);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void colourSpaceIsReadFromTheMarkers(Case c) {
    assertColour(c.name, c.colour, read(c.jpeg));
  }

  private static void assertColour(String name, int colour, Picture picture) {
    for (int y = 0; y < picture.height(); y++) {
      for (int x = 0; x < picture.width(); x++) {
        for (int channel = 0; channel < 3; channel++) {
          int expected = colour >> 16 - 8 * channel & 0xFF;
          int found = picture.at(x, y, channel);
          assertTrue(
              Math.abs(expected - found) <= 2,
              "%s at (%d, %d): got %06x, need %06x"
                  .formatted(name, x, y, picture.colour(x, y), colour));
        }
      }
    }
  }

  @Test
  void aBrokenColourProfileDoesNoHarm() {
    byte[] jpeg = Samples.jpeg(Samples.gradient(20, 20), false);
    byte[] profile =
        Samples.join(
            "ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII), Samples.bytes(1, 1, 9, 9, 9));
    assertEquals(read(jpeg), read(Samples.splice(jpeg, 0xE2, profile)));
  }

  @Test
  void bytesBehindTheEndAreIgnored() {
    byte[] jpeg = Samples.jpeg(Samples.gradient(20, 20), false);
    assertEquals(read(jpeg), read(Samples.join(jpeg, Samples.bytes(1, 2, 3, 0xFF, 0xD8))));
  }
}
