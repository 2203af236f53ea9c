package dev.chrysalis.zoo.shapes;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.util.List;
import java.util.Locale;

/// The kinds of shapes. An outline is given around the origin for radius 1 (half the extent), y
/// downwards.
public enum Figure {
  CIRCLE("circles", 0),
  SQUARE("squares", 4),
  TRIANGLE("triangles", 3),
  STAR("stars", 10),
  CROSS("crosses", 12),
  HEART("hearts", 1),
  DIAMOND("diamonds", 4),
  RING("rings", 0);

  public static final List<Figure> ALL = List.of(values());

  private final String plural;
  private final int corners;
  private final Path2D.Double unit;

  Figure(String plural, int corners) {
    this.plural = plural;
    this.corners = corners;
    this.unit = unitOutline(ordinal());
  }

  /// The lower-case English word.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public String plural() {
    return plural;
  }

  public int corners() {
    return corners;
  }

  /// The outline at centre (x, y) with radius `r`, filled by the even-odd rule.
  Shape outline(double x, double y, double r) {
    return unit.createTransformedShape(new AffineTransform(r, 0, 0, r, x, y));
  }

  private static Path2D.Double unitOutline(int ordinal) {
    return switch (ordinal) {
      case 0 -> ellipses(1);
      case 1 -> polygon(-0.88, -0.88, 0.88, -0.88, 0.88, 0.88, -0.88, 0.88);
      case 2 -> polygon(0, -0.98, 1.05, 0.84, -1.05, 0.84);
      case 3 -> star();
      case 4 -> cross(0.34);
      case 5 -> heart();
      case 6 -> polygon(0, -1.1, 0.76, 0, 0, 1.1, -0.76, 0);
      case 7 -> ellipses(1, 0.54);
      default -> throw new AssertionError(ordinal);
    };
  }

  private static Path2D.Double polygon(double... xy) {
    Path2D.Double path = new Path2D.Double(Path2D.WIND_EVEN_ODD);
    path.moveTo(xy[0], xy[1]);
    for (int i = 2; i < xy.length; i += 2) {
      path.lineTo(xy[i], xy[i + 1]);
    }
    path.closePath();
    return path;
  }

  private static Path2D.Double ellipses(double... radii) {
    Path2D.Double path = new Path2D.Double(Path2D.WIND_EVEN_ODD);
    for (double r : radii) {
      path.append(new Ellipse2D.Double(-r, -r, 2 * r, 2 * r), false);
    }
    return path;
  }

  private static Path2D.Double star() {
    double[] xy = new double[20];
    for (int i = 0; i < 10; i++) {
      double r = i % 2 == 0 ? 1.12 : 0.47;
      double angle = Math.PI * i / 5 - Math.PI / 2;
      xy[2 * i] = r * Math.cos(angle);
      xy[2 * i + 1] = r * Math.sin(angle) + 0.06;
    }
    return polygon(xy);
  }

  private static Path2D.Double cross(double w) {
    return polygon(
        -w, -1, w, -1, w, -w, 1, -w, 1, w, w, w, w, 1, -w, 1, -w, w, -1, w, -1, -w, -w, -w);
  }

  private static Path2D.Double heart() {
    Path2D.Double path = new Path2D.Double(Path2D.WIND_EVEN_ODD);
    path.moveTo(0, 0.98);
    path.curveTo(-0.5, 0.5, -1.05, 0.15, -1.05, -0.38);
    path.curveTo(-1.05, -1.08, -0.22, -1.12, 0, -0.45);
    path.curveTo(0.22, -1.12, 1.05, -1.08, 1.05, -0.38);
    path.curveTo(1.05, 0.15, 0.5, 0.5, 0, 0.98);
    path.closePath();
    return path;
  }
}
