package dev.chrysalis.zoo.shapes;

import java.util.Locale;

/// One shape of a scene: centre and radius in pixels of the 64 x 64 picture, `rgb` the value that
/// goes by `hue`.
record Item(Figure figure, Hue hue, int rgb, Texture texture, double x, double y, double radius) {

  enum Texture {
    PLAIN,
    STRIPED,
    DOTTED;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Below this radius a thing is called small; none is drawn between 9 and 11.
  private static final double SMALL = 10;

  /// A plain thing of the canonical colour.
  static Item plain(Figure figure, Hue hue, double x, double y, double radius) {
    return new Item(figure, hue, hue.rgb(), Texture.PLAIN, x, y, radius);
  }

  boolean small() {
    return radius < SMALL;
  }

  Place place() {
    return Place.of(x, y).orElseThrow();
  }

  Item at(double newX, double newY) {
    return new Item(figure, hue, rgb, texture, newX, newY, radius);
  }

  Item as(Figure newFigure) {
    return new Item(newFigure, hue, rgb, texture, x, y, radius);
  }

  Item in(Hue newHue) {
    return colored(newHue, newHue.rgb());
  }

  Item colored(Hue newHue, int newRgb) {
    return new Item(figure, newHue, newRgb, texture, x, y, radius);
  }

  Item sized(double newRadius) {
    return new Item(figure, hue, rgb, texture, x, y, newRadius);
  }

  boolean sameKind(Item other) {
    return figure == other.figure && hue == other.hue;
  }

  /// Whether the boxes around both, one pixel of air included, overlap.
  boolean touches(Item other) {
    double reach = 1.1 * (radius + other.radius) + 1;
    return Math.abs(x - other.x) < reach && Math.abs(y - other.y) < reach;
  }
}
