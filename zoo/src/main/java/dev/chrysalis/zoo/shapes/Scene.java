package dev.chrysalis.zoo.shapes;

import java.util.ArrayList;
import java.util.List;

/// What a picture shows. A scene holds everything that is drawn and nothing else.
sealed interface Scene {
  Ground ground();

  /// One to four shapes that do not touch; none of them hides another.
  record Things(Ground ground, List<Item> items) implements Scene {
    public Things {
      items = List.copyOf(items);
    }

    long count(Hue hue) {
      return items.stream().filter(i -> i.hue() == hue).count();
    }

    long count(Figure figure) {
      return items.stream().filter(i -> i.figure() == figure).count();
    }

    long count(Item like) {
      return items.stream().filter(like::sameKind).count();
    }

    /// The same scene with `old` replaced by `fresh`.
    Things with(Item old, Item fresh) {
      List<Item> changed = new ArrayList<>(items);
      changed.set(items.indexOf(old), fresh);
      return new Things(ground, changed);
    }

    Things without(Item item) {
      List<Item> rest = new ArrayList<>(items);
      rest.remove(item);
      return new Things(ground, rest);
    }

    Things plus(Item item) {
      List<Item> more = new ArrayList<>(items);
      more.add(item);
      return new Things(ground, more);
    }
  }

  /// A word of capital letters or a number, written across the picture; `scale` pixels to a dot of
  /// the font.
  record Writing(Ground ground, String text, Hue ink, int rgb, int scale, int x, int y)
      implements Scene {
    boolean number() {
      return Character.isDigit(text.charAt(0));
    }
  }

  /// Bars of 1 to 5 units, left to right, all of different colours.
  record Chart(Ground ground, List<Bar> bars) implements Scene {
    public Chart {
      bars = List.copyOf(bars);
    }
  }

  record Bar(Hue hue, int rgb, int value) {}

  /// A flag that fills the frame; outside the frame lies the ground.
  record Flag(Ground ground, Look look, Frame frame) implements Scene {}

  /// What a flag shows.
  sealed interface Look {
    /// Stripes of equal width, left to right when `upright`, top to bottom otherwise.
    record Stripes(List<Hue> hues, boolean upright) implements Look {
      public Stripes {
        hues = List.copyOf(hues);
      }
    }

    /// One shape in the middle of a field.
    record Emblem(Hue hue, Figure figure, Hue field) implements Look {}
  }

  /// Where in the picture a flag hangs.
  enum Frame {
    FULL(0, 0, 64, 64),
    WIDE(2, 12, 60, 40),
    HIGH(6, 3, 52, 36),
    LOW(6, 25, 52, 36),
    SMALL(12, 17, 40, 30),
    TALL(13, 2, 38, 60);

    final int x;
    final int y;
    final int width;
    final int height;

    Frame(int x, int y, int width, int height) {
      this.x = x;
      this.y = y;
      this.width = width;
      this.height = height;
    }
  }
}
