package dev.chrysalis.zoo.shapes;

import java.util.List;

/// Requests that name a fact instead of what to draw: `Draw the flag of Japan.`
final class Riddles {
  private static final List<String> FAVORITES =
      Speech.lines(
          """
          {p}'s favorite picture
          {p}'s favorite thing
          what {p} likes
          the thing that {p} likes
          something that {p} likes
          the favorite thing of {p}
          """);

  private static final List<String> COLORED =
      Speech.lines(
          """
          a {f} in the color of {s}
          a {f} with the color of {s}
          a {f} that has the color of {s}
          a {f} colored like {s}
          a {f} that is colored like {s}
          a {f} in the same color as {s}
          """);

  private static final List<String> SHAPED =
      Speech.lines(
          """
          a {h} shape that looks like {s}
          something {h} that looks like {s}
          something {h} shaped like {s}
          a {h} thing with the shape of {s}
          a {h} thing shaped like {s}
          a {h} shape like {s}
          """);

  private static final List<String> BOTH =
      Speech.lines(
          """
          something shaped like {s} in the color of {t}
          a shape like {s} in the color of {t}
          something that looks like {s} and is colored like {t}
          something with the shape of {s} and the color of {t}
          a thing shaped like {s} and colored like {t}
          something in the color of {t} that looks like {s}
          """);

  private Riddles() {}

  /// A riddle of any kind.
  ///
  /// @param readOnly whether its facts are those that never meet pictures, or those that may
  static Drawing any(Dice dice, boolean readOnly) {
    while (true) {
      Drawing drawing =
          switch (dice.weighted(0.3, 0.25, 0.2, 0.15, 0.1)) {
            case 0 -> flag(dice, readOnly);
            case 1 -> favorite(dice, readOnly);
            case 2 -> colored(dice, readOnly);
            case 3 -> shaped(dice, readOnly);
            default -> both(dice, readOnly);
          };
      if (HeldOut.of(drawing.scene()) == Split.TRAIN) {
        return drawing; // a riddle asks for knowledge, not for a combination nobody has seen
      }
    }
  }

  private static <T extends Fact> T fact(Dice dice, Class<T> kind, boolean readOnly) {
    List<Fact> facts =
        Facts.WORLD.usable(kind, readOnly).stream()
            .filter(f -> Facts.WORLD.readOnly(f) == readOnly)
            .toList();
    return kind.cast(dice.pick(facts));
  }

  private static Drawing flag(Dice dice, boolean readOnly) {
    Fact.Flag fact = fact(dice, Fact.Flag.class, readOnly);
    String what = "the flag of " + fact.subject();
    Scene scene = SceneSampler.canonicalFlag(fact.look());
    return new Drawing(Drawings.request(dice, what), scene, Drawings.wanted(scene));
  }

  private static Drawing favorite(Dice dice, boolean readOnly) {
    Fact.Favorite fact = fact(dice, Fact.Favorite.class, readOnly);
    String what = Speech.fill(dice.pick(FAVORITES), "p", fact.subject());
    return drawing(dice, what, fact.hue(), fact.figure());
  }

  private static Drawing colored(Dice dice, boolean readOnly) {
    Fact.Colored fact = fact(dice, Fact.Colored.class, readOnly);
    Figure figure = dice.pick(Figure.ALL);
    String name =
        figure == Figure.TRIANGLE && dice.chance(0.5)
            ? "shape with three " + dice.pick(List.of("corners", "sides"))
            : figure.word();
    String what = Speech.fill(dice.pick(COLORED), "f", name, "s", fact.subject());
    return drawing(dice, what, fact.hue(), figure);
  }

  private static Drawing shaped(Dice dice, boolean readOnly) {
    Fact.Shaped fact = fact(dice, Fact.Shaped.class, readOnly);
    Hue hue = dice.pick(Hue.INKS);
    String phrase = Speech.fill(dice.pick(SHAPED), "h", hue.word(), "s", fact.subject());
    return drawing(dice, Speech.articles(phrase), hue, fact.figure());
  }

  private static Drawing both(Dice dice, boolean readOnly) {
    Fact.Shaped shape = fact(dice, Fact.Shaped.class, readOnly);
    Fact.Colored color = fact(dice, Fact.Colored.class, readOnly);
    String what = Speech.fill(dice.pick(BOTH), "s", shape.subject(), "t", color.subject());
    return drawing(dice, what, color.hue(), shape.figure());
  }

  private static Drawing drawing(Dice dice, String what, Hue hue, Figure figure) {
    Scene scene = SceneSampler.canonical(hue, figure);
    return new Drawing(Drawings.request(dice, what), scene, Drawings.wanted(scene));
  }
}
