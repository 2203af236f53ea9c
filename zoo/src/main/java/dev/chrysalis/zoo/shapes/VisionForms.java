package dev.chrysalis.zoo.shapes;

import static dev.chrysalis.zoo.shapes.GeneralForms.say;

import dev.chrysalis.zoo.shapes.Form.Asked;
import dev.chrysalis.zoo.shapes.Form.Round;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Questions on places, sizes, textures and counts of a kind.
final class VisionForms {
  static final List<Form> ALL =
      List.of(
          form("neighbor", 3, 2, VisionForms::neighbor),
          form("neighbor's color", 2, 2, VisionForms::neighborsColor),
          form("where from", 3, 2, VisionForms::whereFrom),
          form("is it there", 1, 2, VisionForms::isItThere),
          form("place", 2, 0, VisionForms::place),
          form("what is at", 2, 0, VisionForms::whatIsAt),
          form("outermost", 2, 0, VisionForms::outermost),
          form("larger", 1.5, 2, VisionForms::larger),
          form("texture", 2, 0, VisionForms::texture),
          form("count of a color", 2, 0, CountForms::ofColor),
          form("count of a shape", 2, 0, CountForms::ofShape),
          form("count of a size", 1, 0, CountForms::ofSize));

  private static final List<String> NEIGHBOR =
      Speech.lines(
          """
          What is {r} the {a}?
          What is {r} the {a}?
          What do you see {r} the {a}?
          What lies {r} the {a}?
          Which thing is {r} the {a}?
          What can you see {r} the {a}?
          What thing is {r} the {a}?
          Name the thing {r} the {a}.
          Tell me what is {r} the {a}.
          There is something {r} the {a}. What is it?
          """);

  private static final List<String> NEIGHBORS_COLOR =
      Speech.lines(
          """
          What color is the thing {r} the {a}?
          What color is the shape {r} the {a}?
          Which color is the thing {r} the {a}?
          What is the color of the thing {r} the {a}?
          Which color does the thing {r} the {a} have?
          What color does the thing {r} the {a} have?
          Name the color of the thing {r} the {a}.
          In which color is the shape {r} the {a}?
          What is the color of the shape {r} the {a}?
          The thing {r} the {a} has which color?
          """);

  private static final List<String> WHERE_FROM =
      Speech.lines(
          """
          Where is the {a} from the {b}?
          Where is the {a} as seen from the {b}?
          Where is the {a}, seen from the {b}?
          Is the {a} left, right, above or below the {b}?
          On which side of the {b} is the {a}?
          In which direction from the {b} is the {a}?
          Where does the {a} lie from the {b}?
          Which way is it from the {b} to the {a}?
          Seen from the {b}, where is the {a}?
          How does the {a} lie to the {b}?
          """);

  private static final List<String> IS_IT_THERE =
      Speech.lines(
          """
          Is the {a} {r} the {b}?
          Is it true that the {a} is {r} the {b}?
          Does the {a} lie {r} the {b}?
          Do you see the {a} {r} the {b}?
          Can you see the {a} {r} the {b}?
          The {a} is {r} the {b}, right?
          The {a} is {r} the {b}. Is that true?
          Is the place of the {a} {r} the {b}?
          Would you say the {a} is {r} the {b}?
          Yes or no: is the {a} {r} the {b}?
          """);

  private static final List<String> PLACE =
      Speech.lines(
          """
          Where is the {a}?
          Where is the {a} in the picture?
          Where do you see the {a}?
          Where in the picture is the {a}?
          In which part of the picture is the {a}?
          At which place is the {a}?
          Where can you see the {a}?
          Where does the {a} lie?
          Tell me where the {a} is.
          What is the place of the {a}?
          """);

  private static final List<String> WHAT_IS_AT =
      Speech.lines(
          """
          What is {p}?
          What is {p} of the picture?
          What do you see {p}?
          What can you see {p}?
          Which thing is {p}?
          What thing is {p}?
          What lies {p}?
          What is shown {p}?
          Name the thing {p}.
          Tell me what is {p}.
          """);

  private static final List<String> OUTERMOST =
      Speech.lines(
          """
          Which thing is {m}?
          What is {m}?
          What thing is {m}?
          Which shape is {m}?
          Which one of the {things} is {m}?
          Which of the {things} is {m}?
          What do you see {m}?
          Name the thing that is {m}.
          Tell me which thing is {m}.
          Of all {things}, which is {m}?
          """);

  private static final List<String> LARGER =
      Speech.lines(
          """
          Which is {s}, the {a} or the {b}?
          Which one is {s}, the {a} or the {b}?
          What is {s}, the {a} or the {b}?
          Which thing is {s}, the {a} or the {b}?
          The {a} or the {b}: which is {s}?
          Of the {a} and the {b}, which is {s}?
          Which of the two is {s}, the {a} or the {b}?
          Is the {a} or the {b} {s}?
          Tell me which is {s}, the {a} or the {b}.
          Is it the {a} or the {b} that is {s}?
          """);

  static final List<String> TEXTURE =
      Speech.lines(
          """
          Is the {a} plain, striped or dotted?
          Is the {a} striped, dotted or plain?
          What texture does the {a} have?
          What is the texture of the {a}?
          Which texture does the {a} have?
          What pattern does the {a} have?
          Which pattern is on the {a}?
          What is the pattern of the {a}?
          Plain, striped or dotted: how is the {a} filled?
          How is the {a} filled?
          """);

  private VisionForms() {}

  /// @param things how many the scene has; 0 leaves it open
  private static Form form(String name, double weight, int things, Form.Asking asking) {
    Form.Source source =
        r ->
            things == 0 || r.dice().chance(0.35)
                ? SceneSampler.things(r.dice())
                : SceneSampler.things(r.dice(), things);
    return new Form(
        name,
        Group.VISION_CENTRIC,
        weight,
        source,
        (scene, round) ->
            scene instanceof Scene.Things ? asking.ask(scene, round) : Optional.empty());
  }

  /// The only thing in a relation to another, and the other's name.
  private record Pair(Item found, String relation, Item anchor, String name) {
    /// `the star blue center, on the left circle red`.
    String way() {
      return Describer.placed(anchor) + ", " + Describer.there(found);
    }
  }

  private static Optional<Pair> pair(Scene scene, Round r) {
    Scene.Things things = (Scene.Things) scene;
    Optional<Item> anchor = Naming.any(r.dice(), Naming.unique(things));
    if (anchor.isEmpty()) {
      return Optional.empty();
    }
    Relation relation = r.wished(Relation.ALL);
    List<Item> related = Naming.related(things, relation, anchor.get());
    long roughly = things.items().stream().filter(i -> roughly(i, relation, anchor.get())).count();
    if (related.size() != 1 || roughly != 1) {
      return Optional.empty();
    }
    String name = Naming.name(r.dice(), things, anchor.get());
    return Optional.of(new Pair(related.get(0), phrase(r, relation), anchor.get(), name));
  }

  /// Whether `a` lies on that side of `b` at all, be it on a diagonal.
  private static boolean roughly(Item a, Relation relation, Item b) {
    return switch (relation) {
      case LEFT -> a.x() < b.x() - 5;
      case RIGHT -> a.x() > b.x() + 5;
      case ABOVE -> a.y() < b.y() - 5;
      case BELOW -> a.y() > b.y() + 5;
    };
  }

  private static String phrase(Round r, Relation relation) {
    return r.dice().chance(0.6) ? relation.phrases().get(0) : r.dice().pick(relation.phrases());
  }

  private static Optional<Asked> neighbor(Scene scene, Round r) {
    return pair(scene, r)
        .map(p -> {
          String question = say(r, NEIGHBOR, "r", p.relation(), "a", p.name());
          return Naming.thing(question, p.found()).after((Scene.Things) scene).by(p.way());
        });
  }

  private static Optional<Asked> neighborsColor(Scene scene, Round r) {
    return pair(scene, r)
        .map(p -> {
          String question = say(r, NEIGHBORS_COLOR, "r", p.relation(), "a", p.name());
          return Asked.of(question, p.found().hue().word()).after((Scene.Things) scene).by(p.way());
        });
  }

  private static Optional<Asked> whereFrom(Scene scene, Round r) {
    Scene.Things things = (Scene.Things) scene;
    List<Item> two = SceneSampler.shuffled(r.dice(), Naming.unique(things));
    if (two.size() < 2) {
      return Optional.empty();
    }
    return Relation.of(two.get(0), two.get(1))
        .filter(r.wished(Relation.ALL)::equals)
        .map(relation -> {
          String a = Naming.name(r.dice(), things, two.get(0));
          String b = Naming.name(r.dice(), things, two.get(1));
          return Asked.of(say(r, WHERE_FROM, "a", a, "b", b), relation.word())
              .after(things)
              .by(places(two.get(0), two.get(1)));
        });
  }

  private static Optional<Asked> isItThere(Scene scene, Round r) {
    Scene.Things things = (Scene.Things) scene;
    List<Item> two = SceneSampler.shuffled(r.dice(), Naming.unique(things));
    if (two.size() < 2) {
      return Optional.empty();
    }
    return Relation.of(two.get(0), two.get(1))
        .map(relation -> {
          Relation said = r.wishYes() ? relation : relation.opposite();
          String a = Naming.name(r.dice(), things, two.get(0));
          String b = Naming.name(r.dice(), things, two.get(1));
          String question = say(r, IS_IT_THERE, "a", a, "b", b, "r", phrase(r, said));
          return Asked.of(question, r.wishYes() ? "yes" : "no")
              .after(things)
              .by(places(two.get(0), two.get(1)));
        });
  }

  /// `the circle red top, the star blue left`.
  private static String places(Item one, Item other) {
    return Describer.placed(one) + ", " + Describer.placed(other);
  }

  private static Optional<Asked> place(Scene scene, Round r) {
    Scene.Things things = (Scene.Things) scene;
    Place wished = r.wished(Place.ALL);
    return Naming.any(r.dice(), Naming.unique(things))
        .filter(item -> item.place() == wished)
        .map(item -> {
          String name = Naming.name(r.dice(), things, item);
          return Asked.of(say(r, PLACE, "a", name), wished.phrase())
              .after(things)
              .by(Describer.placed(item));
        });
  }

  private static Optional<Asked> whatIsAt(Scene scene, Round r) {
    Place wished = r.wished(Place.ALL);
    List<Item> items = ((Scene.Things) scene).items();
    List<Item> there = items.stream().filter(i -> i.place() == wished).toList();
    return there.size() == 1 && items.stream().filter(i -> near(i, wished)).count() == 1
        ? Optional.of(
            Naming.thing(say(r, WHAT_IS_AT, "p", wished.phrase()), there.get(0))
                .after((Scene.Things) scene)
                .by(Describer.there(there.get(0))))
        : Optional.empty();
  }

  /// Whether a thing could also be meant by the place's words: all of the left third by `on the
  /// left`.
  private static boolean near(Item item, Place place) {
    return switch (place) {
      case LEFT, RIGHT -> Math.abs(item.x() - place.x()) < 10;
      case TOP, BOTTOM -> Math.abs(item.y() - place.y()) < 10;
      case CENTER, TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT -> item.place() == place;
    };
  }

  private static Optional<Asked> outermost(Scene scene, Round r) {
    Relation side = r.wished(Relation.ALL);
    Comparator<Item> along =
        switch (side) {
          case LEFT -> Comparator.comparingDouble(Item::x);
          case RIGHT -> Comparator.comparingDouble(i -> -i.x());
          case ABOVE -> Comparator.comparingDouble(Item::y);
          case BELOW -> Comparator.comparingDouble(i -> -i.y());
        };
    List<Item> order = ((Scene.Things) scene).items().stream().sorted(along).toList();
    if (order.size() < 2 || !roughly(order.get(0), side, order.get(1))) {
      return Optional.empty();
    }
    List<String> words =
        switch (side) {
          case LEFT -> List.of("farthest left", "the leftmost", "most to the left");
          case RIGHT -> List.of("farthest right", "the rightmost", "most to the right");
          case ABOVE -> List.of("highest", "the highest", "farthest up");
          case BELOW -> List.of("lowest", "the lowest", "farthest down");
        };
    String question = say(r, OUTERMOST, "m", r.dice().pick(words));
    Item found = order.get(0);
    return Optional.of(
        Naming.thing(question, found).after((Scene.Things) scene).by(Describer.there(found)));
  }

  private static Optional<Asked> larger(Scene scene, Round r) {
    List<Item> two = SceneSampler.shuffled(r.dice(), Naming.uniqueFigures((Scene.Things) scene));
    if (two.size() < 2 || two.get(0).small() == two.get(1).small()) {
      return Optional.empty();
    }
    boolean askLarge = r.wishYes();
    Item answer = two.get(0).small() == askLarge ? two.get(1) : two.get(0);
    List<String> words =
        askLarge ? List.of("larger", "larger", "bigger") : List.of("smaller", "smaller");
    String question =
        say(
            r,
            LARGER,
            "s",
            r.dice().pick(words),
            "a",
            two.get(0).figure().word(),
            "b",
            two.get(1).figure().word());
    String kind = Describer.kind(answer.hue(), answer.figure());
    String way = "%s, %s, %s".formatted(sized(two.get(0)), sized(two.get(1)), bySize(answer));
    return Optional.of(
        Asked.of(question, "the " + answer.figure().word(), kind)
            .after((Scene.Things) scene)
            .by(way));
  }

  /// `the circle red top left striped small circle`: behind the size what has it.
  private static String sized(Item item) {
    return Describer.whole(item) + " " + item.figure().word();
  }

  /// `small circle`.
  private static String bySize(Item item) {
    return Describer.size(item) + " " + item.figure().word();
  }

  private static Optional<Asked> texture(Scene scene, Round r) {
    Scene.Things things = (Scene.Things) scene;
    Item.Texture wished = r.wished(List.of(Item.Texture.values()));
    return Naming.any(r.dice(), Naming.unique(things))
        .filter(item -> item.texture() == wished)
        .map(item -> {
          String name = Naming.name(r.dice(), things, item);
          return Asked.of(say(r, TEXTURE, "a", name), wished.word())
              .after(things)
              .by(Describer.placed(item) + " " + wished.word());
        });
  }
}
