package dev.chrysalis.zoo.shapes;

import java.util.List;
import java.util.Optional;

/// A picture and an instruction, then the changed picture.
final class Edits {
  /// The instruction and what it makes of the scene.
  record Edit(Scene.Things before, String instruction, Scene.Things after) {}

  private static final List<String> RECOLOR =
      Speech.lines(
          """
          Make the {a} {h}.
          Paint the {a} {h}.
          Color the {a} {h}.
          Turn the {a} {h}.
          Change the color of the {a} to {h}.
          Change the {a} to {h}.
          Let the {a} be {h}.
          Can you make the {a} {h}?
          Please make the {a} {h}.
          The {a} should be {h}.
          """);

  private static final List<String> REMOVE =
      Speech.lines(
          """
          Remove the {a}.
          Delete the {a}.
          Erase the {a}.
          Take away the {a}.
          Take the {a} away.
          Take out the {a}.
          Can you remove the {a}?
          Please remove the {a}.
          Show the picture without the {a}.
          Let the {a} disappear.
          """);

  private static final List<String> REPLACE =
      Speech.lines(
          """
          Turn the {a} into a {f}.
          Change the {a} into a {f}.
          Make the {a} a {f}.
          Replace the {a} with a {f}.
          Replace the {a} by a {f}.
          Make a {f} out of the {a}.
          Let the {a} become a {f}.
          Can you turn the {a} into a {f}?
          Please turn the {a} into a {f}.
          The {a} should be a {f}.
          """);

  private static final List<String> MOVE =
      Speech.lines(
          """
          Move the {a} to the {p}.
          Put the {a} to the {p}.
          Shift the {a} to the {p}.
          Place the {a} at the {p}.
          Put the {a} at the {p}.
          Bring the {a} to the {p}.
          Let the {a} go to the {p}.
          Can you move the {a} to the {p}?
          Please move the {a} to the {p}.
          The {a} should be at the {p}.
          """);

  private static final List<String> GROUND =
      Speech.lines(
          """
          Make the background {g}.
          Paint the background {g}.
          Color the background {g}.
          Turn the background {g}.
          Change the background to {g}.
          Change the color of the background to {g}.
          Let the background be {g}.
          Can you make the background {g}?
          Please make the background {g}.
          The background should be {g}.
          """);

  private static final List<String> RESIZE =
      Speech.lines(
          """
          Make the {a} {s}.
          Let the {a} be {s}.
          Please make the {a} {s}.
          Can you make the {a} {s}?
          The {a} should be {s}.
          Draw the {a} {s}.
          Show the {a} {s}.
          I want the {a} {s}.
          Change the size of the {a}: {s}.
          Could you make the {a} {s}?
          """);

  private static final List<String> ADD =
      Speech.lines(
          """
          Add {k} {p}.
          Draw {k} {p}.
          Put {k} {p}.
          Place {k} {p}.
          Add {k} to the picture, {p}.
          Also draw {k} {p}.
          Can you add {k} {p}?
          Please add {k} {p}.
          There should be {k} {p}.
          I also want {k} {p}.
          """);

  private Edits() {}

  /// An edit of one of the kinds, both pictures of this half of the world.
  static Edit any(Dice dice, Split split) {
    int kind = dice.weighted(0.3, 0.15, 0.15, 0.15, 0.1, 0.05, 0.1);
    while (true) {
      Scene.Things before = SceneSampler.things(dice, kind == 1 ? 2 : 1 + dice.below(2));
      Optional<Edit> edit = of(dice, kind, before);
      if (edit.isPresent()
          && HeldOut.of(before) == Split.TRAIN
          && HeldOut.of(edit.get().after()) == split) {
        return edit.get();
      }
    }
  }

  static Sample sample(Dice dice, Split split) {
    Edit edit = any(dice, split);
    Turn request = Turn.human(List.of(Renderer.render(edit.before())), edit.instruction());
    return new Sample(
        Task.EDIT,
        List.of(request, Drawing.response(edit.after())),
        new Target.Drawing(Drawings.wanted(edit.after())));
  }

  private static Optional<Edit> of(Dice dice, int kind, Scene.Things before) {
    List<Item> unique = Naming.unique(before);
    if (unique.isEmpty()) {
      return Optional.empty();
    }
    Item item = dice.pick(unique);
    String name = Naming.name(dice, before, item);
    return switch (kind) {
      case 0 -> recolor(dice, before, item, name);
      case 1 -> edit(dice, REMOVE, before, before.without(item), "a", name);
      case 2 -> replace(dice, before, item, name);
      case 3 -> move(dice, before, item, name);
      case 4 -> ground(dice, before);
      case 5 -> resize(dice, before, item, name);
      default -> add(dice, before);
    };
  }

  private static Optional<Edit> recolor(Dice dice, Scene.Things s, Item item, String name) {
    Hue hue = dice.pick(Hue.ALL);
    return hue == item.hue()
        ? Optional.empty()
        : edit(dice, RECOLOR, s, s.with(item, item.in(hue)), "a", name, "h", hue.word());
  }

  private static Optional<Edit> replace(Dice dice, Scene.Things s, Item item, String name) {
    Figure figure = dice.pick(Figure.ALL);
    return figure == item.figure()
        ? Optional.empty()
        : edit(dice, REPLACE, s, s.with(item, item.as(figure)), "a", name, "f", figure.word());
  }

  private static Optional<Edit> move(Dice dice, Scene.Things s, Item item, String name) {
    Place place = dice.pick(Place.ALL);
    double edge = 1.12 * item.radius();
    double x = Math.clamp(place.x(), edge, Renderer.SIDE - edge);
    double y = Math.clamp(place.y(), edge, Renderer.SIDE - edge);
    return place == item.place() || Place.of(x, y).filter(place::equals).isEmpty()
        ? Optional.empty()
        : edit(dice, MOVE, s, s.with(item, item.at(x, y)), "a", name, "p", place.word());
  }

  private static Optional<Edit> ground(Dice dice, Scene.Things s) {
    Ground ground = dice.chance(0.5) ? dice.pick(Ground.PALE) : Ground.of(dice.pick(Hue.ALL));
    Scene.Things after = new Scene.Things(ground, s.items());
    return ground.name().equals(s.ground().name())
        ? Optional.empty()
        : edit(dice, GROUND, s, after, "g", ground.name());
  }

  private static Optional<Edit> resize(Dice dice, Scene.Things s, Item item, String name) {
    double radius = item.small() ? SceneSampler.LARGE : SceneSampler.SMALL;
    double edge = 1.12 * radius;
    double x = Math.clamp(item.x(), edge, Renderer.SIDE - edge);
    double y = Math.clamp(item.y(), edge, Renderer.SIDE - edge);
    List<String> words =
        item.small() ? List.of("bigger", "larger", "large") : List.of("smaller", "small");
    Item resized = item.sized(radius).at(x, y);
    return edit(dice, RESIZE, s, s.with(item, resized), "a", name, "s", dice.pick(words));
  }

  private static Optional<Edit> add(Dice dice, Scene.Things s) {
    Place place = dice.pick(Place.ALL);
    Hue hue = dice.pick(Hue.ALL);
    double edge = 1.12 * SceneSampler.LARGE;
    double x = Math.clamp(place.x(), edge, Renderer.SIDE - edge);
    double y = Math.clamp(place.y(), edge, Renderer.SIDE - edge);
    Item item = Item.plain(dice.pick(Figure.ALL), hue, x, y, SceneSampler.LARGE);
    return edit(dice, ADD, s, s.plus(item), "k", Describer.thing(item), "p", place.phrase());
  }

  /// The edit, unless its result would be a scene that is never drawn.
  private static Optional<Edit> edit(
      Dice dice, List<String> phrases, Scene.Things before, Scene.Things after, String... slots) {
    if (!valid(after)) {
      return Optional.empty();
    }
    String instruction = Speech.articles(Speech.fill(dice.pick(phrases), slots));
    return Optional.of(new Edit(before, Speech.vary(dice, instruction), after));
  }

  private static boolean valid(Scene.Things scene) {
    for (Item a : scene.items()) {
      boolean apart = scene.items().stream().noneMatch(b -> a != b && a.touches(b));
      if (!apart || !scene.ground().shows(a.rgb()) || Place.of(a.x(), a.y()).isEmpty()) {
        return false;
      }
    }
    return !scene.items().isEmpty();
  }
}
