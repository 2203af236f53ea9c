package dev.chrysalis.zoo.shapes;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Draws scenes. The `free` ones, to be looked at, vary in everything; the `canonical` ones, to be
/// drawn on request, vary in nothing that the request does not say, since a regressed picture of an
/// open request would be a blur.
final class SceneSampler {
  /// Radii of canonical things: alone, one of several, small.
  static final double BIG = 16;

  static final double LARGE = 12.5;
  static final double SMALL = 8;

  private SceneSampler() {}

  /// One to four things.
  static Scene.Things things(Dice dice) {
    return things(dice, 1 + dice.weighted(0.2, 0.36, 0.24, 0.2));
  }

  static Scene.Things things(Dice dice, int count) {
    while (true) {
      Ground ground = ground(dice);
      List<Item> items = new ArrayList<>();
      for (int tries = 0; items.size() < count && tries < 40; tries++) {
        item(dice, ground, items, count).ifPresent(items::add);
      }
      if (items.size() == count) {
        return new Scene.Things(ground, items);
      }
    }
  }

  /// Mostly pale, now and then a full colour.
  static Ground ground(Dice dice) {
    return switch (dice.weighted(0.45, 0.4, 0.15)) {
      case 0 -> Ground.WHITE;
      case 1 -> dice.pick(Ground.PALE).varied(dice);
      default -> Ground.of(dice.pick(Hue.ALL)).varied(dice);
    };
  }

  private static Optional<Item> item(Dice dice, Ground ground, List<Item> others, int count) {
    boolean share = !others.isEmpty();
    Hue hue = share && dice.chance(0.35) ? dice.pick(others).hue() : dice.pick(Hue.ALL);
    Figure figure = share && dice.chance(0.3) ? dice.pick(others).figure() : dice.pick(Figure.ALL);
    int rgb = dice.chance(0.25) ? hue.rgb() : hue.shade(dice);
    if (!ground.shows(rgb)) {
      return Optional.empty();
    }
    double most = count == 1 ? 26 : count == 2 ? 15 : 13;
    double radius = dice.chance(0.4) ? dice.between(6.5, 9) : dice.between(11, most);
    Item.Texture texture = Item.Texture.values()[dice.weighted(0.7, 0.15, 0.15)];
    Place place = dice.pick(Place.ALL);
    double edge = 1.12 * radius;
    double x = Math.clamp(place.x() + dice.between(-4, 4), edge, Renderer.SIDE - edge);
    double y = Math.clamp(place.y() + dice.between(-4, 4), edge, Renderer.SIDE - edge);
    Item item = new Item(figure, hue, rgb, texture, x, y, radius);
    boolean fits = Place.of(x, y).isPresent() && others.stream().noneMatch(item::touches);
    return fits ? Optional.of(item) : Optional.empty();
  }

  /// A free scene of one plain thing of this kind, on a ground that shows it.
  static Scene.Things one(Dice dice, Hue hue, Figure figure) {
    while (true) {
      Scene.Things scene = things(dice, 1);
      Item old = scene.items().get(0);
      int rgb = hue.shade(dice);
      if (scene.ground().shows(rgb)) {
        Item item = new Item(figure, hue, rgb, Item.Texture.PLAIN, old.x(), old.y(), old.radius());
        return new Scene.Things(scene.ground(), List.of(item));
      }
    }
  }

  /// The same things, most of them in colours that no name goes by; such a thing counts as of the
  /// named colour nearest to its own.
  static Scene.Things strangelyColored(Dice dice, Scene.Things scene) {
    List<Item> items = new ArrayList<>();
    for (Item item : scene.items()) {
      items.add(dice.chance(0.2) ? item : strangelyColored(dice, scene.ground(), item));
    }
    return new Scene.Things(scene.ground(), items);
  }

  private static Item strangelyColored(Dice dice, Ground ground, Item item) {
    while (true) {
      int rgb = dice.below(1 << 24);
      if (ground.shows(rgb) && !Colors.named(rgb)) {
        return item.colored(Colors.nearest(rgb), rgb);
      }
    }
  }

  static Scene.Writing writing(Dice dice, String text) {
    while (true) {
      Ground ground = ground(dice);
      Hue ink = dice.pick(Hue.ALL);
      int rgb = ink.shade(dice);
      if (Hue.distance(rgb, ground.top()) < 150 || Hue.distance(rgb, ground.bottom()) < 150) {
        continue;
      }
      int most = Math.min(5, (Renderer.SIDE - 4) / PixelFont.width(text));
      int scale = most > 2 && dice.chance(0.25) ? most - 1 : most;
      int slackX = Renderer.SIDE - scale * PixelFont.width(text);
      int slackY = Renderer.SIDE - scale * PixelFont.HEIGHT;
      int x = slackX / 2 + (int) (dice.between(-0.6, 0.6) * (slackX / 2 - 1));
      int y = slackY / 2 + (int) (dice.between(-0.6, 0.6) * (slackY / 2 - 1));
      return new Scene.Writing(ground, text, ink, rgb, scale, x, y);
    }
  }

  /// As large as fits, in the middle of white.
  static Scene.Writing canonicalWriting(String text, Hue ink) {
    int scale = Math.min(5, (Renderer.SIDE - 4) / PixelFont.width(text));
    int x = (Renderer.SIDE - scale * PixelFont.width(text)) / 2;
    int y = (Renderer.SIDE - scale * PixelFont.HEIGHT) / 2;
    return new Scene.Writing(Ground.WHITE, text, ink, ink.rgb(), scale, x, y);
  }

  static Scene.Chart chart(Dice dice) {
    Ground ground = dice.chance(0.6) ? Ground.WHITE : dice.pick(Ground.PALE).varied(dice);
    List<Hue> hues = shuffled(dice, Hue.INKS);
    int count = 2 + dice.below(3);
    List<Scene.Bar> bars = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int rgb = dice.chance(0.3) ? hues.get(i).rgb() : hues.get(i).shade(dice);
      bars.add(new Scene.Bar(hues.get(i), rgb, 1 + dice.below(5)));
    }
    return new Scene.Chart(ground, bars);
  }

  static Scene.Flag flag(Dice dice, Scene.Look look) {
    Ground ground = dice.pick(Ground.PALE).varied(dice);
    Scene.Frame frame = dice.pick(List.of(Scene.Frame.values()));
    return new Scene.Flag(ground, look, frame);
  }

  static Scene.Flag canonicalFlag(Scene.Look look) {
    return new Scene.Flag(Ground.WHITE, look, Scene.Frame.FULL);
  }

  /// Two or three stripes, or an emblem on a field, of colours that stand out from each other.
  static Scene.Look look(Dice dice) {
    while (true) {
      List<Hue> hues = shuffled(dice, Hue.ALL).subList(0, 2 + dice.below(2));
      if (!Hue.contrast(hues.get(0).rgb(), hues.get(1).rgb())) {
        continue;
      }
      if (dice.chance(0.35)) {
        return new Scene.Look.Emblem(hues.get(0), dice.pick(Figure.ALL), hues.get(1));
      }
      if (hues.size() == 2 || Hue.contrast(hues.get(1).rgb(), hues.get(2).rgb())) {
        return new Scene.Look.Stripes(hues, dice.chance(0.5));
      }
    }
  }

  /// One large thing in the middle of white.
  static Scene.Things canonical(Hue hue, Figure figure) {
    return new Scene.Things(Ground.WHITE, List.of(Item.plain(figure, hue, 32, 32, BIG)));
  }

  /// Two things of the same size, the first in this relation to the second.
  static Scene.Things canonical(
      Hue hue, Figure figure, Relation relation, Hue otherHue, Figure otherFigure) {
    double dx = relation == Relation.LEFT ? -15 : relation == Relation.RIGHT ? 15 : 0;
    double dy = relation == Relation.ABOVE ? -15 : relation == Relation.BELOW ? 15 : 0;
    Item a = Item.plain(figure, hue, 32 + dx, 32 + dy, LARGE);
    Item b = Item.plain(otherFigure, otherHue, 32 - dx, 32 - dy, LARGE);
    return new Scene.Things(Ground.WHITE, List.of(a, b));
  }

  /// Two things of one kind side by side, or two above a third.
  static Scene.Things canonicalGroup(Hue hue, Figure figure, int count) {
    List<Item> group = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double x = i == 2 ? 32 : 17 + 30 * i;
      double y = count == 2 ? 32 : i == 2 ? 46 : 18;
      group.add(Item.plain(figure, hue, x, y, count == 2 ? LARGE : 11.5));
    }
    return new Scene.Things(Ground.WHITE, group);
  }

  static <T> List<T> shuffled(Dice dice, List<T> from) {
    List<T> list = new ArrayList<>(from);
    for (int i = list.size() - 1; i > 0; i--) {
      Collections.swap(list, i, dice.below(i + 1));
    }
    return list;
  }
}
