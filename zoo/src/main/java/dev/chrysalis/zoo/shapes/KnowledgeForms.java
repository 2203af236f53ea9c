package dev.chrysalis.zoo.shapes;

import static dev.chrysalis.zoo.shapes.GeneralForms.say;

import dev.chrysalis.zoo.shapes.Form.Asked;
import dev.chrysalis.zoo.shapes.Form.Round;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Questions that need a fact besides the picture; those about written words are in `WordForms`.
/// The answer first says what is seen, then what follows from it: `hot, so cold`; only what follows
/// is scored.
final class KnowledgeForms {
  private static final List<Form> SEEN =
      List.of(
          form("country", 3, KnowledgeForms::flag, KnowledgeForms::country),
          form("who likes", 2, KnowledgeForms::favorite, KnowledgeForms::whoLikes),
          form("colored like", 3, r -> SceneSampler.things(r.dice()), KnowledgeForms::coloredLike),
          form("shaped like", 2, r -> SceneSampler.things(r.dice()), KnowledgeForms::shapedLike),
          form("name one", 1, r -> SceneSampler.things(r.dice()), KnowledgeForms::nameOne),
          form("mixture", 1, r -> SceneSampler.things(r.dice(), 2), KnowledgeForms::mixture),
          form("corners", 1, r -> SceneSampler.things(r.dice()), KnowledgeForms::corners),
          form("traffic light", 0.5, r -> SceneSampler.things(r.dice(), 1), KnowledgeForms::light));

  static final List<Form> ALL = Stream.concat(SEEN.stream(), WordForms.ALL.stream()).toList();

  private static final List<String> COUNTRY =
      Speech.lines(
          """
          Which country has a flag like this?
          Which country has this flag?
          Whose flag is this?
          What country is this the flag of?
          The flag of which country is this?
          Which country's flag do you see?
          To which country does this flag belong?
          Which country does this flag belong to?
          Name the country with this flag.
          What country has this flag?
          """);

  private static final List<String> WHO_LIKES =
      Speech.lines(
          """
          Who likes this?
          Who likes this picture?
          Whose favorite picture is this?
          Who likes a picture like this?
          Who loves this picture?
          Which person likes this?
          Who would like this picture?
          Whose favorite is this?
          Name the person who likes this.
          Who has this favorite picture?
          """);

  private static final List<String> COLORED_LIKE =
      Speech.lines(
          """
          Which shape has the color of {s}?
          Which thing has the color of {s}?
          What has the color of {s}?
          Which one has the color of {s}?
          What shape has the same color as {s}?
          Which shape has the same color as {s}?
          Which thing is colored like {s}?
          Which shape is colored like {s}?
          Name the shape with the color of {s}.
          What is colored like {s}?
          """);

  private static final List<String> SHAPED_LIKE =
      Speech.lines(
          """
          What color is the thing that is shaped like {s}?
          What color is the thing shaped like {s}?
          Which color has the thing shaped like {s}?
          What is the color of the thing shaped like {s}?
          What color is the one that looks like {s}?
          What color is the thing with the shape of {s}?
          Which color is the thing with the shape of {s}?
          Name the color of the thing shaped like {s}.
          What color does the thing shaped like {s} have?
          Which color is the one that has the shape of {s}?
          """);

  private static final List<String> NAME_ONE =
      Speech.lines(
          """
          Name something that has the color of the {a}.
          What else has the color of the {a}?
          Name a thing with the color of the {a}.
          What has the same color as the {a}?
          Tell me something with the color of the {a}.
          Which thing has the color of the {a} in real life?
          Give an example of something colored like the {a}.
          What do you know that has the color of the {a}?
          Name something colored like the {a}.
          What is colored like the {a}?
          """);

  private static final List<String> MIXTURE =
      Speech.lines(
          """
          What do you get if you mix the two colors?
          Which color do you get if you mix the two colors?
          What color do the two colors make?
          What do the two colors make together?
          Mix the two colors. What do you get?
          Which color is made of these two colors?
          What color comes out if the two colors are mixed?
          If the two colors are mixed, what do you get?
          What is the mixture of the two colors?
          What color do you get by mixing the two?
          """);

  private static final List<String> CORNERS =
      Speech.lines(
          """
          How many corners does the {h} shape have?
          How many corners does the {h} thing have?
          How many corners has the {h} thing?
          How many corners are on the {h} shape?
          What is the number of corners of the {h} shape?
          Count the corners of the {h} thing.
          Count the corners of the {h} shape.
          How many corners can you count on the {h} shape?
          How many corners do you see on the {h} thing?
          The {h} shape has how many corners?
          """);

  private static final List<String> LIGHT =
      Speech.lines(
          """
          What does this color mean on a traffic light?
          What would a traffic light in this color mean?
          What do you do if the traffic light has this color?
          A traffic light has this color. What does it mean?
          What does a traffic light of this color mean?
          What must you do if a traffic light shows this color?
          What does this color mean on the road?
          On a traffic light, what is the meaning of this color?
          What does this color tell you on a traffic light?
          What does a traffic light say with this color?
          """);

  private KnowledgeForms() {}

  static Form form(String name, double weight, Form.Source source, Form.Asking asking) {
    return new Form(name, Group.KNOWLEDGE, weight, source, asking);
  }

  private static Scene flag(Round r) {
    Fact fact = r.dice().pick(Facts.WORLD.usable(Fact.Flag.class, r.everything()));
    return SceneSampler.flag(r.dice(), ((Fact.Flag) fact).look());
  }

  private static Scene favorite(Round r) {
    Fact.Favorite fact =
        (Fact.Favorite) r.dice().pick(Facts.WORLD.usable(Fact.Favorite.class, r.everything()));
    return SceneSampler.one(r.dice(), fact.hue(), fact.figure());
  }

  static Asked so(Round r, Fact fact, String question, String seen, String answer) {
    return Asked.of(question, seen + ", so " + answer).readOnly(Facts.WORLD.readOnly(fact));
  }

  static boolean usable(Round r, Fact fact) {
    return r.everything() || !Facts.WORLD.readOnly(fact);
  }

  private static Optional<Asked> country(Scene scene, Round r) {
    if (!(scene instanceof Scene.Flag flag)) {
      return Optional.empty();
    }
    return Facts.WORLD
        .country(flag.look())
        .filter(f -> usable(r, f))
        .map(f -> so(r, f, say(r, COUNTRY), Describer.look(flag.look()), f.subject()));
  }

  private static Optional<Asked> whoLikes(Scene scene, Round r) {
    if (!(scene instanceof Scene.Things things) || things.items().size() != 1) {
      return Optional.empty();
    }
    Item item = things.items().get(0);
    String seen = Speech.a(Describer.kind(item.hue(), item.figure()));
    return Facts.WORLD.usable(Fact.Favorite.class, r.everything()).stream()
        .map(Fact.Favorite.class::cast)
        .filter(f -> f.hue() == item.hue() && f.figure() == item.figure())
        .findFirst()
        .map(f -> so(r, f, say(r, WHO_LIKES), seen, f.subject()));
  }

  private static List<Fact> thingsOf(Round r, Hue hue) {
    return Facts.WORLD.usable(Fact.Colored.class, r.everything()).stream()
        .filter(f -> ((Fact.Colored) f).hue() == hue)
        .toList();
  }

  private static Optional<Asked> coloredLike(Scene scene, Round r) {
    if (!(scene instanceof Scene.Things things)) {
      return Optional.empty();
    }
    return Naming.any(r.dice(), Naming.uniqueHues(things))
        .filter(item -> item.hue() != Hue.WHITE)
        .map(item -> {
          Fact fact = r.dice().pick(thingsOf(r, item.hue()));
          String question = say(r, COLORED_LIKE, "s", fact.subject());
          return so(r, fact, question, item.hue().word(), "the " + item.figure().word());
        });
  }

  private static Optional<Asked> shapedLike(Scene scene, Round r) {
    if (!(scene instanceof Scene.Things things)) {
      return Optional.empty();
    }
    return Naming.any(r.dice(), Naming.uniqueFigures(things))
        .map(item -> {
          List<Fact> alike =
              Facts.WORLD.usable(Fact.Shaped.class, r.everything()).stream()
                  .filter(f -> ((Fact.Shaped) f).figure() == item.figure())
                  .toList();
          Fact fact = r.dice().pick(alike);
          String question = say(r, SHAPED_LIKE, "s", fact.subject());
          return so(r, fact, question, "the " + item.figure().word(), item.hue().word());
        });
  }

  private static Optional<Asked> nameOne(Scene scene, Round r) {
    if (!(scene instanceof Scene.Things things)) {
      return Optional.empty();
    }
    return Naming.any(r.dice(), Naming.uniqueFigures(things))
        .filter(item -> item.hue() != Hue.WHITE)
        .map(item -> {
          String question = say(r, NAME_ONE, "a", item.figure().word());
          List<String> right = new ArrayList<>();
          Round all = new Round(r.dice(), r.wish(), true);
          thingsOf(all, item.hue()).forEach(f -> right.add(f.subject()));
          Fact chosen = r.dice().pick(thingsOf(new Round(r.dice(), 0, false), item.hue()));
          String answer = item.hue().word() + ", so " + chosen.subject();
          return Asked.of(question, answer, right.toArray(String[]::new));
        });
  }

  private static Optional<Asked> mixture(Scene scene, Round r) {
    if (!(scene instanceof Scene.Things things) || things.items().size() != 2) {
      return Optional.empty();
    }
    List<Hue> seen = things.items().stream().map(Item::hue).toList();
    return Facts.WORLD.usable(Fact.Mixture.class, true).stream()
        .map(Fact.Mixture.class::cast)
        .filter(f -> seen.contains(f.first()) && seen.contains(f.second()))
        .findFirst()
        .map(f -> so(r, f, say(r, MIXTURE), f.subject(), f.result()));
  }

  private static Optional<Asked> corners(Scene scene, Round r) {
    if (!(scene instanceof Scene.Things things)) {
      return Optional.empty();
    }
    int wished = r.wished(List.of(0, 3, 4, 10, 12));
    return Naming.any(r.dice(), Naming.uniqueHues(things))
        .filter(item -> item.figure().corners() == wished)
        .flatMap(item ->
            Facts.WORLD
                .about(Fact.Corners.class, item.figure().word())
                .map(f -> {
                  String question = say(r, CORNERS, "h", item.hue().word());
                  String seen = Speech.a(f.subject());
                  return so(r, f, question, seen, Speech.number(wished));
                }));
  }

  private static Optional<Asked> light(Scene scene, Round r) {
    if (!(scene instanceof Scene.Things things) || things.items().size() != 1) {
      return Optional.empty();
    }
    String hue = things.items().get(0).hue().word();
    return Facts.WORLD
        .about(Fact.Light.class, hue)
        .map(f -> so(r, f, say(r, LIGHT), hue, f.meaning()));
  }
}
