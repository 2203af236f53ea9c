package dev.chrysalis.zoo.shapes;

import dev.chrysalis.zoo.shapes.Form.Asked;
import dev.chrysalis.zoo.shapes.Form.Round;
import java.util.List;
import java.util.Optional;

/// Questions on what there is, in which colour and shape, and how many.
final class GeneralForms {
  static final List<Form> ALL =
      List.of(
          form("color of a shape", 3, r -> SceneSampler.things(r.dice()), GeneralForms::color),
          form("shape of a color", 3, r -> SceneSampler.things(r.dice()), GeneralForms::shape),
          form("what is it", 2, GeneralForms::oneOrTwo, GeneralForms::whatIsIt),
          form("how many", 2, r -> SceneSampler.things(r.dice()), GeneralForms::howMany),
          form("is there", 1.5, r -> SceneSampler.things(r.dice()), GeneralForms::isThere),
          form("background", 1.5, r -> SceneSampler.things(r.dice()), GeneralForms::background),
          form("two colors", 1, r -> SceneSampler.things(r.dice(), 2), GeneralForms::twoColors),
          form("two shapes", 1, r -> SceneSampler.things(r.dice(), 2), GeneralForms::twoShapes),
          form("which of two", 1, r -> SceneSampler.things(r.dice()), GeneralForms::whichOfTwo));

  static final List<String> COLOR =
      Speech.lines(
          """
          What color is the {a}?
          What color is the {a}?
          What is the color of the {a}?
          Which color is the {a}?
          Which color does the {a} have?
          What color does the {a} have?
          The {a} has which color?
          Name the color of the {a}.
          Tell me the color of the {a}.
          In what color is the {a} drawn?
          """);

  static final List<String> SHAPE =
      Speech.lines(
          """
          What shape is {h}?
          Which shape is {h}?
          What is {h}?
          What shape is the {h} thing?
          What shape is the {h} one?
          What shape does the {h} thing have?
          What kind of shape is {h}?
          Which of the shapes is {h}?
          What is the {h} thing?
          Name the shape of the {h} thing.
          """);

  private static final List<String> WHAT =
      Speech.lines(
          """
          What is in the picture?
          What is this?
          What do you see?
          What can you see?
          What does the picture show?
          What is shown here?
          What do you see here?
          What is in this image?
          What do you see in the picture?
          Tell me what this is.
          """);

  private static final List<String> HOW_MANY =
      Speech.lines(
          """
          How many {things} are there?
          How many {things} do you see?
          How many {things} are in the picture?
          How many {things} can you see?
          How many {things} are there in all?
          How many {things} does the picture show?
          Count the {things}.
          Count all {things}.
          What is the number of {things}?
          How many different {things} are in the image?
          """);

  private static final List<String> IS_THERE =
      Speech.lines(
          """
          Is there {k}?
          Is there {k} in the picture?
          Do you see {k}?
          Can you see {k}?
          Does the picture show {k}?
          Is {k} in the picture?
          Does the image contain {k}?
          Is {k} there?
          Can you find {k}?
          Is there {k} here?
          """);

  private static final List<String> BACKGROUND =
      Speech.lines(
          """
          What color is the background?
          What is the color of the background?
          Which color is the background?
          Which color does the background have?
          What color is behind the {things}?
          What color is the picture behind the {things}?
          On which color are the {things}?
          Name the color of the background.
          What color does the background have?
          The background has which color?
          """);

  private static final List<String> TWO_COLORS =
      Speech.lines(
          """
          Which two colors do the {things} have?
          What colors are the two {things}?
          Which colors do the two {things} have?
          What are the colors of the two {things}?
          What two colors do you see?
          Which two colors are there?
          Name the two colors.
          Name the colors of the {things}.
          In which colors are the {things}?
          What colors do the {things} have?
          """);

  private static final List<String> TWO_SHAPES =
      Speech.lines(
          """
          Which two shapes are there?
          What two shapes do you see?
          Which two shapes do you see?
          What are the two shapes?
          Name the two shapes.
          Which shapes are in the picture?
          What shapes are there?
          What shapes are in the picture?
          What shapes can you see?
          Name the shapes in the picture.
          """);

  private static final List<String> WHICH_OF_TWO =
      Speech.lines(
          """
          Is the {a} {h} or {g}?
          Is the {a} {h} or is it {g}?
          The {a}: is it {h} or {g}?
          Is the color of the {a} {h} or {g}?
          Which color is the {a}, {h} or {g}?
          What color is the {a}, {h} or {g}?
          Does the {a} have the color {h} or {g}?
          {h} or {g}: what color is the {a}?
          Would you call the {a} {h} or {g}?
          Do you see a {a} in {h} or in {g}?
          """);

  private GeneralForms() {}

  private static Form form(String name, double weight, Form.Source source, Form.Asking asking) {
    return new Form(
        name,
        Group.GENERAL,
        weight,
        source,
        (scene, round) ->
            scene instanceof Scene.Things ? asking.ask(scene, round) : Optional.empty());
  }

  private static Optional<Asked> color(Scene scene, Round r) {
    return Naming.any(r.dice(), Naming.uniqueFigures((Scene.Things) scene))
        .map(item -> {
          String name = Speech.synonym(r.dice(), item.figure());
          return Asked.of(say(r, COLOR, "a", name), item.hue().word())
              .after((Scene.Things) scene)
              .by(Describer.colored(item));
        });
  }

  private static Optional<Asked> shape(Scene scene, Round r) {
    return Naming.any(r.dice(), Naming.uniqueHues((Scene.Things) scene))
        .map(item -> {
          String figure = item.figure().word();
          String question = say(r, SHAPE, "h", item.hue().word());
          String kind = Describer.kind(item.hue(), item.figure());
          return Asked.of(question, Speech.a(figure), kind)
              .after((Scene.Things) scene)
              .by("the " + kind);
        });
  }

  private static Scene oneOrTwo(Round r) {
    return SceneSampler.things(r.dice(), 1 + r.dice().weighted(0.65, 0.35));
  }

  private static Optional<Asked> whatIsIt(Scene scene, Round r) {
    Scene.Things things = (Scene.Things) scene;
    List<Item> items = Describer.sorted(things);
    if (items.size() > 2) {
      return Optional.empty();
    }
    if (items.size() == 1) {
      return Optional.of(Naming.thing(say(r, WHAT), items.get(0)).after(things));
    }
    String a = Describer.seen(items.get(0));
    String b = Describer.seen(items.get(1));
    return Optional.of(Asked.of(say(r, WHAT), a + " and " + b, b + " and " + a).after(things));
  }

  private static Optional<Asked> howMany(Scene scene, Round r) {
    Scene.Things things = (Scene.Things) scene;
    int count = things.items().size();
    return count == r.wished(List.of(1, 2, 3, 4))
        ? Optional.of(
            Asked.of(say(r, HOW_MANY), Speech.number(count))
                .after(things)
                .by(CountForms.Counting.ALL.through(things)))
        : Optional.empty();
  }

  /// A thing that is not there has, if possible, a colour and a shape that are. It is never of a
  /// held-out kind: those would be learnt to be always absent.
  private static Optional<Asked> isThere(Scene scene, Round r) {
    Scene.Things things = (Scene.Things) scene;
    Item a = r.dice().pick(things.items());
    if (r.wishYes()) {
      return Optional.of(isThere(things, a, r));
    }
    Item b = r.dice().pick(things.items());
    Item absent =
        r.dice().chance(0.5)
            ? a.as(b.figure() == a.figure() ? r.dice().pick(Figure.ALL) : b.figure())
            : a.in(b.hue() == a.hue() ? r.dice().pick(Hue.INKS) : b.hue());
    return things.count(absent) == 0 && !HeldOut.pair(absent.hue(), absent.figure())
        ? Optional.of(isThere(things, absent, r))
        : Optional.empty();
  }

  private static Asked isThere(Scene.Things scene, Item wanted, Round r) {
    boolean found = scene.count(wanted) > 0;
    return Asked.of(say(r, IS_THERE, "k", kind(wanted)), found ? "yes" : "no")
        .after(scene)
        .by(
            new CountForms.Counting(
                    i -> i.figure() == wanted.figure() && i.hue() == wanted.hue(),
                    i -> wanted.figure().word() + " " + Describer.shapeAndColor(i),
                    wanted.hue().word())
                .through(scene));
  }

  private static Optional<Asked> background(Scene scene, Round r) {
    String wished = r.wished(List.of("white", "gray", "light blue", "light green", "light yellow"));
    String name = scene.ground().name();
    boolean pale = Ground.PALE.stream().anyMatch(g -> g.name().equals(name));
    return name.equals(wished) || (!pale && r.dice().chance(0.4))
        ? Optional.of(Asked.of(say(r, BACKGROUND), name))
        : Optional.empty();
  }

  private static Optional<Asked> twoColors(Scene scene, Round r) {
    List<Item> items = Describer.sorted((Scene.Things) scene);
    if (items.size() != 2 || items.get(0).hue() == items.get(1).hue()) {
      return Optional.empty();
    }
    String a = items.get(0).hue().word();
    String b = items.get(1).hue().word();
    return Optional.of(
        Asked.of(say(r, TWO_COLORS), a + " and " + b, b + " and " + a).after((Scene.Things) scene));
  }

  private static Optional<Asked> twoShapes(Scene scene, Round r) {
    List<Item> items = Describer.sorted((Scene.Things) scene);
    if (items.size() != 2 || items.get(0).figure() == items.get(1).figure()) {
      return Optional.empty();
    }
    String a = Speech.a(items.get(0).figure().word());
    String b = Speech.a(items.get(1).figure().word());
    return Optional.of(
        Asked.of(say(r, TWO_SHAPES), a + " and " + b, b + " and " + a).after((Scene.Things) scene));
  }

  /// In training the wrong colour makes no held-out kind either.
  private static Optional<Asked> whichOfTwo(Scene scene, Round r) {
    return Naming.any(r.dice(), Naming.uniqueFigures((Scene.Things) scene))
        .map(item -> {
          boolean trained = HeldOut.of(scene) == Split.TRAIN;
          Hue other = r.dice().pick(Hue.ALL);
          while (other == item.hue() || (trained && HeldOut.pair(other, item.figure()))) {
            other = r.dice().pick(Hue.ALL);
          }
          Hue first = r.wishYes() ? item.hue() : other;
          Hue second = r.wishYes() ? other : item.hue();
          String name = item.figure().word();
          String question = say(r, WHICH_OF_TWO, "a", name, "h", first.word(), "g", second.word());
          return Asked.of(question, item.hue().word())
              .after((Scene.Things) scene)
              .by(Describer.colored(item));
        });
  }

  private static String kind(Item item) {
    return Speech.a(Describer.kind(item.hue(), item.figure()));
  }

  /// One of the phrases with its slots filled, as some person would type it.
  static String say(Round r, List<String> phrases, String... slots) {
    String said = Speech.capital(Speech.fill(r.dice().pick(phrases), slots));
    return Speech.vary(r.dice(), said);
  }
}
