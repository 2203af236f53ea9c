package dev.chrysalis.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Reading, resizing and normalizing against Pillow 12.3 and the reference processor.
class GoldenPicturesTest {
  private static final double PIXEL_TOLERANCE = 2e-6;

  static List<String> names() throws IOException {
    return Golden.open().names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void decodesTheSamePixels(String name) throws IOException {
    Golden golden = Golden.open();
    Picture read = new PictureReader(new Transparency.Dropped()).read(golden.file(name));
    assertEquals(golden.picture(name + ".rgb_u8"), read);
  }

  @ParameterizedTest
  @MethodSource("names")
  void resizesToTheSameBytes(String name) throws IOException {
    Golden golden = Golden.open();
    Picture in = golden.picture(name + ".rgb_u8");
    Picture expected = golden.picture(name + ".resized_u8");
    assertEquals(expected, ImageProcessor.load(golden.folder()).resized(in));
  }

  @Test
  void everyFilterGivesTheSameBytes() throws IOException {
    Golden golden = Golden.open();
    Picture in = golden.picture("rgb_97x61.rgb_u8");
    Map<String, Filter> filters =
        Map.of(
            "bilinear", Filter.BILINEAR,
            "nearest", Filter.NEAREST,
            "lanczos", Filter.LANCZOS,
            "box", Filter.BOX);
    filters.forEach((name, filter) -> {
      Picture expected = golden.picture("rgb_97x61.resized_u8_" + name);
      assertEquals(expected, Resize.apply(in, 56, 56, filter), name);
    });
  }

  @Test
  void pixelValuesMatch() throws IOException {
    Golden golden = Golden.open();
    ImageProcessor processor = ImageProcessor.load(golden.folder());
    PictureReader reader = new PictureReader(new Transparency.Dropped());
    List<String> stored =
        golden.names().stream().filter(n -> golden.has(n + ".pixel_values")).toList();
    assertEquals(2, stored.size());
    for (String name : stored) {
      float[] expected = golden.floats(name + ".pixel_values");
      float[] found = processor.process(reader.read(golden.file(name)));
      assertEquals(expected.length, found.length, name);
      double worst = 0;
      for (int i = 0; i < expected.length; i++) {
        worst = Math.max(worst, Math.abs(expected[i] - found[i]));
      }
      assertTrue(worst <= PIXEL_TOLERANCE, name + ": " + worst);
    }
  }
}
