package dev.chrysalis.zoo.shapes;

import dev.chrysalis.zoo.shapes.Target.Kind;
import dev.chrysalis.zoo.shapes.Target.Wanted;
import java.util.List;
import java.util.Optional;

/// Requests that say what to draw. What a request leaves open is drawn in one fixed way: large,
/// plain, in the middle of white.
final class Drawings {
  private static final List<String> REQUESTS =
      Speech.lines(
          """
          Draw {x}.
          Draw {x}.
          Draw {x}.
          Please draw {x}.
          Can you draw {x}?
          Could you draw {x}?
          Generate an image of {x}.
          Generate an image of {x}.
          Generate a picture of {x}.
          Create an image of {x}.
          Create a picture of {x}.
          Make a picture of {x}.
          Make an image of {x}.
          Paint {x}.
          Show me {x}.
          Show me a picture of {x}.
          Give me a picture of {x}.
          I want to see {x}.
          I would like a picture of {x}.
          Draw me {x}.
          {x}
          """);

  private Drawings() {}

  /// Some person's way to ask for a picture of `what`.
  static String request(Dice dice, String what) {
    return Speech.vary(dice, Speech.fill(dice.pick(REQUESTS), "x", what));
  }

  /// Any request of the training mixture that needs no fact.
  static Drawing any(Dice dice) {
    return switch (dice.weighted(0.24, 0.44, 0.06, 0.12, 0.04, 0.08, 0.02)) {
      case 0 -> single(dice);
      case 1 -> related(dice);
      case 2 -> together(dice);
      case 3 -> special(dice);
      case 4 -> group(dice);
      case 5 -> flag(dice);
      default -> writing(dice);
    };
  }

  /// One or two things, the kind of request that is measured.
  static Drawing measured(Dice dice) {
    return dice.chance(0.3) ? single(dice) : related(dice);
  }

  static Wanted wanted(Scene scene) {
    return switch (scene) {
      case Scene.Things s ->
          new Wanted.Things(
              s.items().stream().map(i -> new Kind(i.hue(), i.figure())).toList(),
              Optional.empty(),
              s.ground().white() ? Optional.empty() : Optional.of(s.ground().name()));
      case Scene.Flag f -> wanted(f.look());
      case Scene.Writing w -> new Wanted.Things(List.of(), Optional.empty(), Optional.empty());
      case Scene.Chart c -> new Wanted.Things(List.of(), Optional.empty(), Optional.empty());
    };
  }

  static Wanted wanted(Scene.Look look) {
    return switch (look) {
      case Scene.Look.Stripes s -> new Wanted.Stripes(s.hues(), s.upright());
      case Scene.Look.Emblem e ->
          new Wanted.Things(
              List.of(new Kind(e.hue(), e.figure())),
              Optional.empty(),
              Optional.of(e.field().word()));
    };
  }

  private static Drawing of(Dice dice, String what, Scene scene) {
    return new Drawing(request(dice, what), scene, wanted(scene));
  }

  private static Drawing single(Dice dice) {
    Hue hue = dice.pick(Hue.INKS);
    Figure figure = dice.pick(Figure.ALL);
    Scene scene = SceneSampler.canonical(hue, figure);
    String size = dice.chance(0.08) ? dice.pick(List.of("large ", "big ")) : "";
    String what = Speech.a(size + hue.word() + " " + Speech.synonym(dice, figure));
    return of(dice, what + (dice.chance(0.15) ? " on white" : ""), scene);
  }

  private static Drawing related(Dice dice) {
    Scene.Things scene = two(dice, dice.pick(Relation.ALL));
    Item a = scene.items().get(0);
    Item b = scene.items().get(1);
    Optional<Relation> relation = Relation.of(a, b);
    String what = arranged(dice, a, relation.orElseThrow(), b);
    Wanted.Things all = (Wanted.Things) wanted(scene);
    return new Drawing(
        request(dice, what), scene, new Wanted.Things(all.kinds(), relation, all.ground()));
  }

  private static Drawing together(Dice dice) {
    Scene.Things scene = two(dice, Relation.LEFT);
    String a = Describer.thing(scene.items().get(0));
    String b = Describer.thing(scene.items().get(1));
    return of(dice, a + dice.pick(List.of(" and ", " and ", " next to ")) + b, scene);
  }

  private static Scene.Things two(Dice dice, Relation relation) {
    while (true) {
      Hue hue = dice.pick(Hue.INKS);
      Hue other = dice.pick(Hue.INKS);
      Figure figure = dice.pick(Figure.ALL);
      Figure otherFigure = dice.pick(Figure.ALL);
      if (hue != other || figure != otherFigure) {
        return SceneSampler.canonical(hue, figure, relation, other, otherFigure);
      }
    }
  }

  private static String arranged(Dice dice, Item a, Relation relation, Item b) {
    String first = Speech.a(a.hue().word() + " " + Speech.synonym(dice, a.figure()));
    String second = Speech.a(b.hue().word() + " " + Speech.synonym(dice, b.figure()));
    String side =
        switch (relation) {
          case LEFT -> dice.pick(List.of(" to its left", " on its left"));
          case RIGHT -> dice.pick(List.of(" to its right", " on its right"));
          case ABOVE -> " above it";
          case BELOW -> dice.pick(List.of(" below it", " under it"));
        };
    return switch (dice.weighted(0.55, 0.35, 0.1)) {
      case 0 -> first + " " + relation.phrases().get(0) + " " + second;
      case 1 -> first + " " + dice.pick(relation.phrases()) + " " + second;
      default -> second + " with " + first + side;
    };
  }

  /// One thing that is small, textured, elsewhere or on another ground.
  private static Drawing special(Dice dice) {
    while (true) {
      Hue hue = dice.pick(Hue.ALL);
      Place place = dice.chance(0.5) ? dice.pick(Place.ALL) : Place.CENTER;
      boolean central = place == Place.CENTER;
      double large = central ? SceneSampler.BIG : SceneSampler.LARGE;
      double radius = dice.chance(0.35) ? SceneSampler.SMALL : large;
      Item.Texture texture = Item.Texture.values()[dice.weighted(0.7, 0.15, 0.15)];
      Ground ground = dice.chance(0.4) ? dice.pick(Ground.PALE) : Ground.WHITE;
      double edge = 1.12 * radius;
      double x = Math.clamp(place.x(), edge, Renderer.SIDE - edge);
      double y = Math.clamp(place.y(), edge, Renderer.SIDE - edge);
      Figure figure = dice.pick(Figure.ALL);
      Item item = new Item(figure, hue, hue.rgb(), texture, x, y, radius);
      if (ground.shows(hue.rgb())) {
        Scene.Things scene = new Scene.Things(ground, List.of(item));
        String what = Describer.brief(scene);
        boolean wordy = !ground.white() && dice.chance(0.5);
        return of(dice, wordy ? what.replace(" on " + ground.name(), on(ground)) : what, scene);
      }
    }
  }

  private static String on(Ground ground) {
    return " on " + Speech.a(ground.name()) + " background";
  }

  private static Drawing group(Dice dice) {
    int count = 2 + dice.below(2);
    Scene scene = SceneSampler.canonicalGroup(dice.pick(Hue.INKS), dice.pick(Figure.ALL), count);
    return of(dice, Describer.brief(scene), scene);
  }

  private static Drawing flag(Dice dice) {
    Scene.Look look = SceneSampler.look(dice);
    String flag = dice.chance(0.3) ? "a flag with " : "";
    return of(dice, flag + Describer.look(look), SceneSampler.canonicalFlag(look));
  }

  private static Drawing writing(Dice dice) {
    boolean number = dice.chance(0.5);
    String text = number ? Integer.toString(dice.below(10)) : dice.pick(TextForms.WORDS);
    Scene scene = SceneSampler.canonicalWriting(text, dice.pick(Hue.INKS));
    return of(dice, Describer.brief(scene), scene);
  }
}
