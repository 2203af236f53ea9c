package dev.chrysalis.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResizeTest {
  @ParameterizedTest
  @EnumSource(Filter.class)
  void oneColourStaysThatColour(Filter filter) {
    Picture in = Picture.filled(13, 7, 0xFE8001);
    for (int size : new int[] {1, 3, 7, 20, 64}) {
      assertEquals(Picture.filled(size, size, 0xFE8001), Resize.apply(in, size, size, filter));
    }
  }

  @ParameterizedTest
  @EnumSource(Filter.class)
  void sameSizeChangesNothing(Filter filter) {
    Picture in = Samples.gradient(9, 5);
    assertEquals(in, Resize.apply(in, 9, 5, filter));
  }

  /// The definition in 64 bit: every filter, both axes, rounding between the passes.
  @ParameterizedTest
  @CsvSource({"41,17,13,9", "5,6,31,40", "64,3,10,3", "1,1,8,8", "30,30,1,1", "100,2,7,5"})
  void matchesTheDefinition(int width, int height, int outWidth, int outHeight) {
    Picture in = Samples.gradient(width, height);
    for (Filter filter : Filter.values()) {
      if (filter == Filter.NEAREST) {
        continue;
      }
      Picture out = Resize.apply(in, outWidth, outHeight, filter);
      for (int y = 0; y < outHeight; y++) {
        for (int x = 0; x < outWidth; x++) {
          for (int channel = 0; channel < 3; channel++) {
            double exact = sample(in, x, y, channel, outWidth, outHeight, filter);
            double off = Math.abs(exact - out.at(x, y, channel));
            assertTrue(off <= 1.5, "%s (%d, %d): off by %f".formatted(filter, x, y, off));
          }
        }
      }
    }
  }

  /// One sample as a single sum over the plane, clipped at the end only.
  private static double sample(
      Picture in, int x, int y, int channel, int outWidth, int outHeight, Filter filter) {
    double sx = (double) in.width() / outWidth;
    double sy = (double) in.height() / outHeight;
    double rx = Math.max(sx, 1);
    double ry = Math.max(sy, 1);
    double sum = 0;
    double total = 0;
    for (int j = 0; j < in.height(); j++) {
      double wy = filter.weight((j - (y + 0.5) * sy + 0.5) * (1 / ry));
      for (int i = 0; i < in.width(); i++) {
        double w = wy * filter.weight((i - (x + 0.5) * sx + 0.5) * (1 / rx));
        sum += w * in.at(i, j, channel);
        total += w;
      }
    }
    return Math.clamp(sum / total, 0, 255);
  }

  @Test
  void nearestTakesTheMiddle() {
    Picture in = new Picture(4, 1, Samples.bytes(1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4));
    assertEquals(
        new Picture(2, 1, Samples.bytes(2, 2, 2, 4, 4, 4)), Resize.apply(in, 2, 1, Filter.NEAREST));
    Picture twice = Resize.apply(in, 8, 2, Filter.NEAREST);
    for (int x = 0; x < 8; x++) {
      assertEquals(in.colour(x / 2, 0), twice.colour(x, 1));
    }
  }

  @Test
  void refusesImpossibleSizes() {
    Picture in = Picture.filled(2, 2, 0);
    assertThrows(PictureException.class, () -> Resize.apply(in, 0, 1, Filter.BOX));
    assertThrows(PictureException.class, () -> Resize.apply(in, 1 << 16, 1 << 16, Filter.BOX));
  }

  @Test
  void anUntouchedAxisIsNotCopied() {
    Picture in = Samples.gradient(6, 6);
    assertSame(in, Resize.apply(in, 6, 6, Filter.BICUBIC));
  }
}
