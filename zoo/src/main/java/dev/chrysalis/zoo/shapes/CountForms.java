package dev.chrysalis.zoo.shapes;

import static dev.chrysalis.zoo.shapes.GeneralForms.say;

import dev.chrysalis.zoo.shapes.Form.Asked;
import dev.chrysalis.zoo.shapes.Form.Round;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
    return count(scene, r, item -> item.hue() == hue, hue.word() + " {things}", wished);
  }

  static Optional<Asked> ofShape(Scene scene, Round r) {
    int wished = r.wished(List.of(0, 1, 2, 3));
    Figure figure = r.dice().pick(Figure.ALL);
    return count(scene, r, item -> item.figure() == figure, figure.plural(), wished);
  }

  static Optional<Asked> ofSize(Scene scene, Round r) {
    int wished = r.wished(List.of(0, 1, 2, 3));
    boolean small = r.dice().chance(0.5);
    if (((Scene.Things) scene).items().size() < 2) {
      return Optional.empty();
    }
    String asked = (small ? "small" : "large") + " {things}";
    return count(scene, r, item -> item.small() == small, asked, wished);
  }

  private static Optional<Asked> count(
      Scene scene, Round r, Predicate<Item> counts, String asked, int wished) {
    Scene.Things things = (Scene.Things) scene;
    return things.items().stream().filter(counts).count() == wished
        ? Optional.of(
            Asked.of(say(r, COUNT, "k", asked), Speech.number(wished))
                .after(things)
                .by(counted(things, counts)))
        : Optional.empty();
  }

  /// `at the top star blue plain big zero, on the left ring red plain small one`: all things in
  /// order, and how many of those that count there are so far.
  static String counted(Scene.Things scene, Predicate<Item> counts) {
    List<String> parts = new ArrayList<>();
    int so = 0;
    for (Item item : Describer.sorted(scene)) {
      so += counts.test(item) ? 1 : 0;
      parts.add(Describer.there(item) + " " + Speech.number(so));
    }
    return String.join(", ", parts);
  }
}
