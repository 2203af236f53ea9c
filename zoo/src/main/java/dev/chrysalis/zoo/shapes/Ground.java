package dev.chrysalis.zoo.shapes;

import java.util.List;

/// What lies behind the things: a vertical run from `top` to `bottom` of one named colour.
record Ground(String name, int top, int bottom) {
  static final Ground WHITE = new Ground("white", 0xFFFFFF, 0xFFFFFF);

  /// The pale grounds; every ink stands out on each.
  static final List<Ground> PALE =
      List.of(
          WHITE,
          new Ground("gray", 0xD4D4D8, 0xD4D4D8),
          new Ground("light blue", 0xC8E2FA, 0xC8E2FA),
          new Ground("light green", 0xCCF0CC, 0xCCF0CC),
          new Ground("light yellow", 0xFCF4C4, 0xFCF4C4));

  /// A ground in a full colour.
  static Ground of(Hue hue) {
    int rgb = hue == Hue.WHITE ? 0xFFFFFF : hue.rgb();
    return new Ground(hue.word(), rgb, rgb);
  }

  boolean white() {
    return name.equals("white");
  }

  /// The same colour by name, a little lighter or darker, and in one of three pictures running from
  /// one to the other.
  Ground varied(Dice dice) {
    int first = scaled(top, dice.between(0.96, 1.02));
    int second = dice.chance(0.33) ? scaled(top, dice.between(0.92, 1.02)) : first;
    return new Ground(name, first, second);
  }

  boolean shows(int rgb) {
    return Hue.contrast(rgb, top) && Hue.contrast(rgb, bottom);
  }

  private static int scaled(int rgb, double by) {
    int r = Math.min(255, (int) ((rgb >> 16 & 255) * by));
    int g = Math.min(255, (int) ((rgb >> 8 & 255) * by));
    int b = Math.min(255, (int) ((rgb & 255) * by));
    return r << 16 | g << 8 | b;
  }
}
