package dev.chrysalis.zoo.shapes;

import java.awt.Color;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// The nameable colours. Each has one canonical value, used for everything that is asked to be
/// drawn, and a range in hue (degrees), saturation and value from which the pictures to be looked
/// at take theirs.
public enum Hue {
  RED(0xDE2424, -6, 6, 0.80, 1.00, 0.78, 1.00),
  ORANGE(0xF78C14, 26, 34, 0.85, 1.00, 0.92, 1.00),
  YELLOW(0xF6D61E, 49, 60, 0.75, 1.00, 0.92, 1.00),
  GREEN(0x249E40, 112, 145, 0.65, 1.00, 0.50, 0.90),
  BLUE(0x2454D6, 214, 241, 0.75, 1.00, 0.70, 1.00),
  PURPLE(0x8630A8, 276, 296, 0.65, 1.00, 0.50, 0.75),
  PINK(0xF68CBE, 322, 345, 0.35, 0.52, 0.93, 1.00),
  BROWN(0x804C24, 20, 30, 0.62, 0.82, 0.42, 0.56),
  BLACK(0x18181C, 0, 360, 0.00, 0.20, 0.00, 0.14),
  WHITE(0xFAFAFA, 0, 360, 0.00, 0.02, 0.96, 1.00);

  /// Colours a thing may have on a pale ground: all but white.
  public static final List<Hue> INKS =
      List.of(RED, ORANGE, YELLOW, GREEN, BLUE, PURPLE, PINK, BROWN, BLACK);

  public static final List<Hue> ALL = List.of(values());

  private final int canonical;
  private final double[] range;

  Hue(int canonical, double... range) {
    this.canonical = canonical;
    this.range = range;
  }

  /// The lower-case English word.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The canonical value, `0xRRGGBB`.
  public int rgb() {
    return canonical;
  }

  /// One of the values that still go by this name.
  int shade(Dice dice) {
    double h = dice.between(range[0], range[1]);
    double s = dice.between(range[2], range[3]);
    double v = dice.between(range[4], range[5]);
    return rgb(h, s, v);
  }

  /// The corners of the range that the shades come from.
  List<Integer> extremes() {
    return IntStream.range(0, 8)
        .mapToObj(i -> rgb(range[i & 1], range[2 + (i >> 1 & 1)], range[4 + (i >> 2)]))
        .toList();
  }

  private static int rgb(double hue, double saturation, double value) {
    return Color.HSBtoRGB((float) (hue / 360), (float) saturation, (float) value) & 0xFFFFFF;
  }

  /// Whether two values lie far enough apart to be told from each other side by side.
  static boolean contrast(int a, int b) {
    return distance(a, b) > 110;
  }

  /// Euclidean distance in RGB, 0 to 442.
  static double distance(int a, int b) {
    int dr = (a >> 16 & 255) - (b >> 16 & 255);
    int dg = (a >> 8 & 255) - (b >> 8 & 255);
    int db = (a & 255) - (b & 255);
    return Math.sqrt(dr * dr + dg * dg + db * db);
  }
}
