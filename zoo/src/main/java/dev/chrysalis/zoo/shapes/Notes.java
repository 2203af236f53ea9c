package dev.chrysalis.zoo.shapes;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Many short looks into what was told of a picture, in the words in which answers look things up:
/// `the cross red, on the left a big star blue, the red cross at the top`. Which follows which is
/// left to chance; what is said of each thing is not.
final class Notes {
  private static final List<String> REQUEST =
      Speech.lines(
          """
          Note down what you saw, in any order.
          Make notes of what is there.
          Go over it again, in any order.
          Say it again in short words.
          Note what is what and where.
          List what you know of the picture.
          """);

  private Notes() {}

  static Turn request(Dice dice) {
    return Turn.human(Speech.vary(dice, dice.pick(REQUEST)));
  }

  /// None of them twice, so that they are looked up in what was told and not in each other.
  ///
  /// @param most how many at most
  static Turn response(Dice dice, Scene.Things scene, int most) {
    Set<String> notes = new LinkedHashSet<>();
    for (int i = 0; i < 2 * most && notes.size() < most; i++) {
      notes.add(note(dice, scene, dice.pick(scene.items())));
    }
    return Turn.gpt(String.join(", ", notes));
  }

  /// Names that mean nothing else; of a thing that has none, where it is.
  private static String note(Dice dice, Scene.Things scene, Item item) {
    String figure = item.figure().word();
    String hue = item.hue().word();
    boolean byFigure = scene.count(item.figure()) == 1;
    boolean byKind = scene.count(item) == 1;
    String name = byFigure && dice.chance(0.5) ? figure : hue + " " + figure;
    List<String> known = new ArrayList<>();
    known.add(Describer.there(item));
    if (byFigure) {
      known.add("the " + figure + " " + hue);
      known.add("the " + figure + " " + Describer.size(item));
    }
    if (scene.count(item.hue()) == 1) {
      known.add("the " + hue + " " + figure);
    }
    if (byKind) {
      known.add("the " + name + " " + item.place().phrase());
      known.add("the " + name + " " + item.place().phrase());
      known.add("the " + name + " " + item.texture().word());
    }
    return dice.pick(known);
  }
}
