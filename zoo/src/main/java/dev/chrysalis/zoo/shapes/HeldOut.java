package dev.chrysalis.zoo.shapes;

import java.util.List;
import java.util.Optional;

/// Which scenes nobody trains on. A scene belongs to the test set if one of its combinations is
/// held out: a colour with a shape, two such pairs in a relation, a pair on a ground, a word or
/// number in a colour, the bars of a chart, a flag's pattern or a flag's pattern in a frame. Every
/// single word still occurs in training.
final class HeldOut {
  /// In percent of the combinations.
  private static final int RELATIONS = 12;

  private static final int GROUNDS = 15;
  private static final int WRITINGS = 16;
  private static final int CHARTS = 12;
  private static final int LOOKS = 12;
  private static final int FRAMES = 25;

  private HeldOut() {}

  static Split of(Scene scene) {
    return heldOut(scene) ? Split.TEST : Split.TRAIN;
  }

  /// Ten of the eighty pairs: one shape for each colour, each shape with one or two colours.
  static boolean pair(Hue hue, Figure figure) {
    return (3 * hue.ordinal() + figure.ordinal() + 5) % 8 == 0;
  }

  /// Whether `a relation b` is held out; `b opposite a` is the same combination.
  static boolean triple(Item a, Relation relation, Item b) {
    return switch (relation) {
      case LEFT, ABOVE -> drawn(kind(a) + "|" + relation.word() + "|" + kind(b), RELATIONS);
      case RIGHT, BELOW -> triple(b, relation.opposite(), a);
    };
  }

  private static boolean heldOut(Scene scene) {
    return switch (scene) {
      case Scene.Things things -> things(things);
      case Scene.Writing w -> drawn(w.text() + "|" + w.ink().word(), WRITINGS);
      case Scene.Chart chart -> drawn(bars(chart), CHARTS);
      case Scene.Flag flag -> flag(flag);
    };
  }

  private static boolean things(Scene.Things scene) {
    List<Item> items = scene.items();
    for (int i = 0; i < items.size(); i++) {
      Item a = items.get(i);
      if (pair(a.hue(), a.figure())) {
        return true;
      }
      for (Item b : items.subList(0, i)) {
        Optional<Relation> relation = Relation.of(a, b);
        if (relation.isPresent() && triple(a, relation.get(), b)) {
          return true;
        }
      }
    }
    return items.size() == 1
        && !scene.ground().white()
        && drawn(kind(items.get(0)) + "|on|" + scene.ground().name(), GROUNDS);
  }

  private static boolean flag(Scene.Flag flag) {
    String look = Describer.look(flag.look());
    boolean unknown = Facts.WORLD.country(flag.look()).isEmpty();
    if (flag.look() instanceof Scene.Look.Emblem e && pair(e.hue(), e.figure())) {
      return true;
    }
    return (unknown && drawn(look, LOOKS))
        || (flag.frame() != Scene.Frame.FULL && drawn(look + "|" + flag.frame(), FRAMES));
  }

  private static String bars(Scene.Chart chart) {
    StringBuilder key = new StringBuilder();
    chart.bars().forEach(b -> key.append(b.hue().word()).append(b.value()).append('|'));
    return key.toString();
  }

  private static String kind(Item item) {
    return item.hue().word() + " " + item.figure().word();
  }

  private static boolean drawn(String key, int percent) {
    return Dice.bucket(key, 100) < percent;
  }
}
