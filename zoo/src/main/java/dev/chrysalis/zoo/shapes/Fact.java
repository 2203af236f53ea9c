package dev.chrysalis.zoo.shapes;

/// One thing to know about the world outside the pictures.
sealed interface Fact {
  /// Whom or what the fact is about; it decides whether the fact is only ever read.
  String subject();

  record Flag(String subject, Scene.Look look) implements Fact {}

  record Favorite(String subject, Hue hue, Figure figure) implements Fact {}

  record Colored(String subject, Hue hue) implements Fact {}

  record Shaped(String subject, Figure figure) implements Fact {}

  record Opposite(String subject, String opposite) implements Fact {}

  record Legs(String subject, String count) implements Fact {}

  record Sound(String subject, String animal) implements Fact {}

  record Kind(String subject, String kind) implements Fact {}

  record Successor(String subject, String next) implements Fact {}

  record Mixture(String subject, Hue first, Hue second, String result) implements Fact {}

  record Corners(String subject, Figure figure) implements Fact {}

  record Light(String subject, Hue hue, String meaning) implements Fact {}
}
