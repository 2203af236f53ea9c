package dev.chrysalis.zoo.shapes;

import static dev.chrysalis.zoo.shapes.GeneralForms.say;

import dev.chrysalis.zoo.shapes.Form.Asked;
import dev.chrysalis.zoo.shapes.Form.Round;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/// Questions that count the things of a colour, a shape or a size.
final class CountForms {
  private static final List<String> COUNT =
      Speech.lines(
          """
          How many {k} are there?
          How many {k} are there?
          How many {k} do you see?
          How many {k} are in the picture?
          How many {k} can you see?
          How many {k} are there in the image?
          How many {k} does the picture show?
          Count the {k}.
          What is the number of {k}?
          Tell me how many {k} there are.
          """);

  private CountForms() {}

  static Optional<Asked> ofColor(Scene scene, Round r) {
    int wished = r.wished(List.of(0, 1, 2, 3));
    Hue hue = r.dice().pick(Hue.ALL);
    Kind kind = new Kind(hue.word(), item -> item.hue() == hue, item -> item.figure().word());
    return count(scene, r, kind, hue.word() + " {things}", wished);
  }

  static Optional<Asked> ofShape(Scene scene, Round r) {
    int wished = r.wished(List.of(0, 1, 2, 3));
    Figure figure = r.dice().pick(Figure.ALL);
    Kind kind = new Kind(figure.word(), item -> item.figure() == figure, item -> item.hue().word());
    return count(scene, r, kind, figure.plural(), wished);
  }

  static Optional<Asked> ofSize(Scene scene, Round r) {
    int wished = r.wished(List.of(0, 1, 2, 3));
    boolean small = r.dice().chance(0.5);
    if (((Scene.Things) scene).items().size() < 2) {
      return Optional.empty();
    }
    Kind kind =
        new Kind(
            small ? "small" : "big", item -> item.small() == small, item -> item.figure().word());
    return count(scene, r, kind, (small ? "small" : "large") + " {things}", wished);
  }

  /// What is counted.
  ///
  /// @param word what such things have in common, as they are told
  /// @param other what tells them apart
  private record Kind(String word, Predicate<Item> holds, Function<Item, String> other) {}

  private static Optional<Asked> count(Scene scene, Round r, Kind kind, String asked, int wished) {
    Scene.Things things = (Scene.Things) scene;
    List<Item> found = Describer.sorted(things).stream().filter(kind.holds()).toList();
    if (found.size() != wished) {
      return Optional.empty();
    }
    String listed = numbered(found, item -> kind.word() + " " + kind.other().apply(item));
    return Optional.of(
        Asked.of(say(r, COUNT, "k", asked), Speech.number(wished))
            .after(things)
            .by(found.isEmpty() ? "no " + kind.word() : listed));
  }

  /// `red cross one, red star two`.
  static String numbered(List<Item> items, Function<Item, String> named) {
    List<String> parts = new ArrayList<>();
    for (Item item : items) {
      parts.add(named.apply(item) + " " + Speech.number(parts.size() + 1));
    }
    return String.join(", ", parts);
  }
}
