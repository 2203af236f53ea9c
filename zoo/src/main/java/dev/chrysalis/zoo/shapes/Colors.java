package dev.chrysalis.zoo.shapes;

/// Names colours by the nearest named value in CIELAB (D65), where distances are closer to what an
/// eye sees.
final class Colors {
  private static final double[][] HUES =
      Hue.ALL.stream().map(h -> lab(h.rgb())).toArray(double[][]::new);

  private static final double[][] PALE =
      Ground.PALE.stream().map(g -> lab(g.top())).toArray(double[][]::new);

  /// What lies between the shades of a name and the colours that have none.
  private static final double MARGIN = 6;

  private static final double[] REACH = Hue.ALL.stream().mapToDouble(Colors::reach).toArray();

  private Colors() {}

  /// How far the shades of a name lie from its canonical value at most.
  private static double reach(Hue hue) {
    double[] canonical = HUES[hue.ordinal()];
    return hue.extremes().stream()
        .mapToDouble(rgb -> distance(lab(rgb), canonical))
        .max()
        .orElseThrow();
  }

  /// Whether a colour lies as near to a named one as the shades of that name do.
  static boolean named(int rgb) {
    int hue = nearest(rgb).ordinal();
    return distance(lab(rgb), HUES[hue]) < REACH[hue] + MARGIN;
  }

  static Hue nearest(int rgb) {
    return Hue.ALL.get(nearest(lab(rgb), HUES));
  }

  /// The name of a ground: one of the pale ones or a full colour.
  static String ground(int rgb) {
    double[] lab = lab(rgb);
    int hue = nearest(lab, HUES);
    int pale = nearest(lab, PALE);
    return distance(lab, PALE[pale]) <= distance(lab, HUES[hue])
        ? Ground.PALE.get(pale).name()
        : Hue.ALL.get(hue).word();
  }

  private static int nearest(double[] lab, double[][] named) {
    int best = 0;
    for (int i = 1; i < named.length; i++) {
      if (distance(lab, named[i]) < distance(lab, named[best])) {
        best = i;
      }
    }
    return best;
  }

  private static double distance(double[] a, double[] b) {
    return Math.hypot(Math.hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
  }

  private static double[] lab(int rgb) {
    double r = linear(rgb >> 16 & 255);
    double g = linear(rgb >> 8 & 255);
    double b = linear(rgb & 255);
    double x = root((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
    double y = root(0.2126 * r + 0.7152 * g + 0.0722 * b);
    double z = root((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
    return new double[] {116 * y - 16, 500 * (x - y), 200 * (y - z)};
  }

  private static double linear(int level) {
    double v = level / 255.0;
    return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
  }

  private static double root(double t) {
    return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116.0;
  }
}
