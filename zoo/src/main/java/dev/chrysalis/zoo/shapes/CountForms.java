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
    return count(
        scene,
        r,
        item -> item.hue() == hue,
        item -> hue.word() + " " + item.figure().word(),
        hue.word(),
        hue.word() + " {things}",
        wished);
  }

  static Optional<Asked> ofShape(Scene scene, Round r) {
    int wished = r.wished(List.of(0, 1, 2, 3));
    Figure figure = r.dice().pick(Figure.ALL);
    return count(
        scene,
        r,
        item -> item.figure() == figure,
        item -> figure.word() + " " + item.hue().word(),
        figure.word(),
        figure.plural(),
        wished);
  }

  static Optional<Asked> ofSize(Scene scene, Round r) {
    int wished = r.wished(List.of(0, 1, 2, 3));
    boolean small = r.dice().chance(0.5);
    return ((Scene.Things) scene).items().size() > 1
        ? count(
            scene,
            r,
            item -> item.small() == small,
            item -> Describer.size(item) + " " + item.figure().word(),
            small ? "small" : "big",
            (small ? "small" : "large") + " {things}",
            wished)
        : Optional.empty();
  }

  private static Optional<Asked> count(
      Scene scene,
      Round r,
      Predicate<Item> counts,
      Function<Item, String> named,
      String kind,
      String what,
      int wished) {
    Scene.Things things = (Scene.Things) scene;
    return things.items().stream().filter(counts).count() == wished
        ? Optional.of(
            Asked.of(say(r, COUNT, "k", what), Speech.number(wished))
                .after(things)
                .by(counting(things, counts, named, kind)))
        : Optional.empty();
  }

  /// `red cross one, red star two`, or `no red`.
  static String counting(
      Scene.Things scene, Predicate<Item> counts, Function<Item, String> named, String kind) {
    List<String> parts = new ArrayList<>();
    for (Item item : Describer.sorted(scene)) {
      if (counts.test(item)) {
        parts.add(named.apply(item) + " " + Speech.number(parts.size() + 1));
      }
    }
    return parts.isEmpty() ? "no " + kind : String.join(", ", parts);
  }
}
