package dev.chrysalis.zoo.shapes;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Finds things to ask about and words that mean exactly one of them.
final class Naming {
  private Naming() {}

  /// Things that are the only one of their shape.
  static List<Item> uniqueFigures(Scene.Things scene) {
    return scene.items().stream().filter(i -> scene.count(i.figure()) == 1).toList();
  }

  /// Things that are the only one of their colour.
  static List<Item> uniqueHues(Scene.Things scene) {
    return scene.items().stream().filter(i -> scene.count(i.hue()) == 1).toList();
  }

  /// Things that are the only one of their colour and shape.
  static List<Item> unique(Scene.Things scene) {
    return scene.items().stream().filter(i -> scene.count(i) == 1).toList();
  }

  static <T> Optional<T> any(Dice dice, List<T> from) {
    return from.isEmpty() ? Optional.empty() : Optional.of(dice.pick(from));
  }

  /// The shortest words or longer ones that mean this one thing: `circle`, `red thing`, `red
  /// circle`.
  static String name(Dice dice, Scene.Things scene, Item item) {
    List<String> names = new ArrayList<>();
    names.add(Describer.kind(item.hue(), item.figure()));
    if (scene.count(item.figure()) == 1) {
      names.add(Speech.synonym(dice, item.figure()));
    }
    if (scene.count(item.hue()) == 1 && dice.chance(0.5)) {
      names.add(item.hue().word() + dice.pick(List.of(" thing", " shape", " one")));
    }
    return dice.pick(names);
  }

  /// Answers for a thing: with its size and texture or without.
  static Form.Asked thing(String question, Item item) {
    String kind = Describer.kind(item.hue(), item.figure());
    return Form.Asked.of(
        question,
        Describer.seen(item),
        Describer.bare(item),
        item.texture().word() + " " + kind,
        (item.small() ? "small " : "large ") + kind);
  }

  /// The things that lie in this relation to `item`, seen strictly: nothing else may be near a
  /// diagonal.
  static List<Item> related(Scene.Things scene, Relation relation, Item item) {
    return scene.items().stream()
        .filter(o -> o != item && Relation.of(o, item).filter(relation::equals).isPresent())
        .toList();
  }
}
