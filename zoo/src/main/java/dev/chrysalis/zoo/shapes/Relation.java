package dev.chrysalis.zoo.shapes;

import java.util.List;
import java.util.Optional;

/// Where one thing lies as seen from another.
public enum Relation {
  LEFT("left", "left of", "to the left of", "on the left of"),
  RIGHT("right", "right of", "to the right of", "on the right of"),
  ABOVE("above", "above", "over", "on top of"),
  BELOW("below", "below", "under", "beneath", "underneath");

  public static final List<Relation> ALL = List.of(values());

  private final String word;
  private final List<String> phrases;

  Relation(String word, String... phrases) {
    this.word = word;
    this.phrases = List.of(phrases);
  }

  /// The one-word answer: left, right, above, below.
  public String word() {
    return word;
  }

  /// The words between two things, plainest first.
  public List<String> phrases() {
    return phrases;
  }

  public Relation opposite() {
    return switch (this) {
      case LEFT -> RIGHT;
      case RIGHT -> LEFT;
      case ABOVE -> BELOW;
      case BELOW -> ABOVE;
    };
  }

  /// How a point (dx, dy) away from another lies to it; empty when the two are close or on a
  /// diagonal.
  public static Optional<Relation> of(double dx, double dy) {
    double x = Math.abs(dx);
    double y = Math.abs(dy);
    if (x >= 11 && x >= 1.3 * y) {
      return Optional.of(dx < 0 ? LEFT : RIGHT);
    }
    if (y >= 11 && y >= 1.3 * x) {
      return Optional.of(dy < 0 ? ABOVE : BELOW);
    }
    return Optional.empty();
  }

  static Optional<Relation> of(Item a, Item b) {
    return of(a.x() - b.x(), a.y() - b.y());
  }
}
