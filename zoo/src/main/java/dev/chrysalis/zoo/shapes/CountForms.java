package dev.chrysalis.zoo.shapes;

import static dev.chrysalis.zoo.shapes.GeneralForms.say;

import dev.chrysalis.zoo.shapes.Form.Asked;
import dev.chrysalis.zoo.shapes.Form.Round;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
    Counting counting =
        new Counting(item -> item.hue() == hue, Describer::shapeAndColor, hue.word());
    return count(scene, r, counting, hue.word() + " {things}", wished);
  }

  static Optional<Asked> ofShape(Scene scene, Round r) {
    int wished = r.wished(List.of(0, 1, 2, 3));
    Figure figure = r.dice().pick(Figure.ALL);
    Counting counting =
        new Counting(item -> item.figure() == figure, item -> item.figure().word(), figure.word());
    return count(scene, r, counting, figure.plural(), wished);
  }

  static Optional<Asked> ofSize(Scene scene, Round r) {
    int wished = r.wished(List.of(0, 1, 2, 3));
    boolean small = r.dice().chance(0.5);
    if (((Scene.Things) scene).items().size() < 2) {
      return Optional.empty();
    }
    String asked = (small ? "small" : "large") + " {things}";
    Counting counting =
        new Counting(
            item -> item.small() == small,
            item -> Describer.shapeAndColor(item) + " " + Describer.rest(item),
            small ? "small" : "big");
    return count(scene, r, counting, asked, wished);
  }

  private static Optional<Asked> count(
      Scene scene, Round r, Counting counting, String asked, int wished) {
    Scene.Things things = (Scene.Things) scene;
    return things.items().stream().filter(counting.counts()).count() == wished
        ? Optional.of(
            Asked.of(say(r, COUNT, "k", asked), Speech.number(wished))
                .after(things)
                .by(counting.through(things)))
        : Optional.empty();
  }

  /// How things are counted: by going through all of them in order, and saying of each what decides
  /// it beside what was asked for, so that only neighbors have to be compared, and how many there
  /// are so far.
  ///
  /// @param counts whether a thing counts
  /// @param trait what is told of a thing up to the word that decides it; of a kind, the shape that
  ///   was asked for in front
  /// @param asked what this word should be
  record Counting(Predicate<Item> counts, Function<Item, String> trait, String asked) {
    static final Counting ALL = new Counting(_ -> true, _ -> "", "");

    /// `at the top star blue red zero, on the left ring red red one`.
    String through(Scene.Things scene) {
      List<String> parts = new ArrayList<>();
      int so = 0;
      for (Item item : Describer.sorted(scene)) {
        so += counts.test(item) ? 1 : 0;
        parts.add(
            Stream.of(item.place().phrase(), trait.apply(item), asked, Speech.number(so))
                .filter(words -> !words.isEmpty())
                .collect(Collectors.joining(" ")));
      }
      return String.join(", ", parts);
    }
  }
}
