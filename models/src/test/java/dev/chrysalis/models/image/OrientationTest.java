package dev.chrysalis.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrientationTest {
  private static final int EXIF = 0xE1;

  /// The stored pixels are `a b c / d e f`; upright they read as the standard's table says: the
  /// first stored row becomes the named side, the first stored column the other.
  @ParameterizedTest
  @CsvSource({
    "1, abc/def", // row 0 is the top, column 0 the left side
    "2, cba/fed", // top, right
    "3, fed/cba", // bottom, right
    "4, def/abc", // bottom, left
    "5, ad/be/cf", // left, top
    "6, da/eb/fc", // right, top
    "7, fc/eb/da", // right, bottom
    "8, cf/be/ad", // left, bottom
  })
  void allEightTurns(int code, String upright) {
    byte[] png = letters("abc/def", Samples.chunk("eXIf", Samples.tiff(code, true)));
    assertEquals(upright, text(new PictureReader().read("turned.png", png)));
    byte[] big = letters("abc/def", Samples.chunk("eXIf", Samples.tiff(code, false)));
    assertEquals(upright, text(new PictureReader().read("turned.png", big)));
  }

  private static byte[] letters(String rows, byte[]... extra) {
    String[] lines = rows.split("/");
    byte[] samples = Samples.bytes(rows.replace("/", "").chars().toArray());
    return Samples.png(lines[0].length(), lines.length, 8, 0, samples, extra);
  }

  private static String text(Picture picture) {
    StringBuilder text = new StringBuilder();
    for (int y = 0; y < picture.height(); y++) {
      text.append(y == 0 ? "" : "/");
      for (int x = 0; x < picture.width(); x++) {
        text.append((char) picture.at(x, y, 0));
      }
    }
    return text.toString();
  }

  @Test
  void jpegIsTurnedTheSameWay() {
    byte[] jpeg = Samples.jpeg(Samples.gradient(40, 24), false);
    Picture stored = new PictureReader().read("stored.jpg", jpeg);
    for (Orientation orientation : Orientation.values()) {
      int code = orientation.ordinal() + 1;
      byte[] tagged = Samples.splice(jpeg, EXIF, Samples.exif(code, code % 2 == 0));
      assertEquals(orientation.upright(stored), new PictureReader().read("tagged.jpg", tagged));
    }
  }

  @Test
  void turningFourTimesGivesTheStoredPicture() {
    Picture picture = Samples.gradient(5, 3);
    Picture turned = picture;
    for (int i = 0; i < 4; i++) {
      turned = Orientation.TURN_RIGHT.upright(turned);
    }
    assertEquals(picture, turned);
    assertEquals(picture, Orientation.TURN_LEFT.upright(Orientation.TURN_RIGHT.upright(picture)));
  }

  @Test
  void damagedBlocksCountAsUpright() {
    byte[] good = Samples.tiff(6, true);
    assertSame(Orientation.TURN_RIGHT, Orientation.parse(good, 0, good.length));
    for (int length = 0; length < 34; length++) { // the rotation tag ends at byte 34
      assertSame(Orientation.UPRIGHT, Orientation.parse(good, 0, length), "cut at " + length);
    }
    for (int code : new int[] {0, 9, 255, 65535}) {
      byte[] odd = Samples.tiff(code, true);
      assertSame(Orientation.UPRIGHT, Orientation.parse(odd, 0, odd.length));
    }
    byte[] far = Arrays.copyOf(good, good.length);
    Arrays.fill(far, 4, 8, (byte) 0xFF);
    assertSame(Orientation.UPRIGHT, Orientation.parse(far, 0, far.length));
  }
}
