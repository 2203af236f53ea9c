package dev.chrysalis.zoo.shapes;

import java.util.List;
import java.util.Optional;

/// The nine named places of a picture.
enum Place {
  TOP_LEFT("top left", "at the top left"),
  TOP("top", "at the top"),
  TOP_RIGHT("top right", "at the top right"),
  LEFT("left", "on the left"),
  CENTER("center", "in the center"),
  RIGHT("right", "on the right"),
  BOTTOM_LEFT("bottom left", "at the bottom left"),
  BOTTOM("bottom", "at the bottom"),
  BOTTOM_RIGHT("bottom right", "at the bottom right");

  static final List<Place> ALL = List.of(values());

  /// A centre is this far from its place's own at most; between two places lie 7 px that have no
  /// name.
  private static final double REACH = 6;

  private static final double STEP = 19;

  private final String word;
  private final String phrase;

  Place(String word, String phrase) {
    this.word = word;
    this.phrase = phrase;
  }

  String word() {
    return word;
  }

  String phrase() {
    return phrase;
  }

  double x() {
    return 32 + STEP * (ordinal() % 3 - 1);
  }

  double y() {
    return 32 + STEP * (ordinal() / 3 - 1);
  }

  /// The place a centre lies in, if it lies in one clearly.
  static Optional<Place> of(double x, double y) {
    return ALL.stream()
        .filter(p -> Math.abs(x - p.x()) <= REACH && Math.abs(y - p.y()) <= REACH)
        .findFirst();
  }
}
