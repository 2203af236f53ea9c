package dev.chrysalis.zoo.shapes;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Many short looks into what was told of a picture, in the words in which answers look things up:
/// `the cross red, on the left star blue left plain big, the ring red top plain small`. Which look
/// comes next nobody can know, so its first words are given; what they lead to is to be found.
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
    Map<String, String> notes = new LinkedHashMap<>();
    for (int i = 0; i < 2 * most && notes.size() < most; i++) {
      note(dice, scene, dice.pick(scene.items()), notes);
    }
    List<Part> parts = new ArrayList<>();
    notes.forEach((given, found) -> {
      parts.add(new Part.Given((parts.isEmpty() ? "" : ", ") + given));
      parts.add(new Part.Text(found));
    });
    return new Turn(Turn.Role.GPT, parts);
  }

  /// By a name that means nothing else, or by the place.
  private static void note(Dice dice, Scene.Things scene, Item item, Map<String, String> notes) {
    String figure = item.figure().word();
    String hue = item.hue().word();
    boolean byFigure = scene.count(item.figure()) == 1;
    boolean byHue = scene.count(item.hue()) == 1;
    boolean byKind = scene.count(item) == 1;
    String rest = " " + Describer.rest(item);
    switch (dice.below(5)) {
      case 0 -> put(notes, byFigure, "the " + figure, " " + hue);
      case 1 -> put(notes, byHue, "the " + hue, " " + figure);
      case 2 -> put(notes, byFigure, "the " + figure, " " + hue + rest);
      case 3 -> put(notes, byKind, "the " + figure + " " + hue, rest);
      default -> {
        String there = Describer.there(item);
        String given = item.place().phrase();
        put(notes, true, given, there.substring(given.length()) + rest);
      }
    }
  }

  private static void put(Map<String, String> notes, boolean one, String given, String found) {
    boolean said =
        notes.entrySet().stream().anyMatch(n -> (n.getKey() + n.getValue()).equals(given + found));
    if (one && !said) {
      notes.put(given, found);
    }
  }
}
