package dev.chrysalis.zoo.shapes;

import static dev.chrysalis.zoo.shapes.GeneralForms.say;
import static dev.chrysalis.zoo.shapes.KnowledgeForms.form;
import static dev.chrysalis.zoo.shapes.KnowledgeForms.so;
import static dev.chrysalis.zoo.shapes.KnowledgeForms.usable;

import dev.chrysalis.zoo.shapes.Form.Asked;
import dev.chrysalis.zoo.shapes.Form.Round;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Questions that need a fact about the word or number written in the picture.
final class WordForms {
  static final List<Form> ALL =
      List.of(
          form("opposite", 2, r -> written(r, Fact.Opposite.class), WordForms::opposite),
          form("kind", 1.5, r -> written(r, Fact.Kind.class), WordForms::kind),
          form("legs", 1, r -> written(r, Fact.Legs.class), WordForms::legs),
          form("sound", 1.5, r -> written(r, Fact.Sound.class), WordForms::sound),
          form("next number", 2, r -> written(r, Fact.Successor.class), WordForms::next));

  private static final List<String> OPPOSITE =
      Speech.lines(
          """
          What is the opposite of this word?
          What is the opposite of this?
          What is the opposite?
          Which word is the opposite?
          Which word means the opposite?
          Name the opposite of this word.
          Name the opposite.
          What is the opposite of the word?
          Tell me the opposite of the word.
          What word is the opposite of this one?
          """);

  private static final List<String> KIND =
      Speech.lines(
          """
          What kind of thing is this word?
          What kind of thing is it?
          What kind of thing is written here?
          The word stands for what kind of thing?
          What kind of thing does the word mean?
          Is the word an animal, a fruit, a vehicle or clothing?
          Is it an animal, a fruit, a vehicle or clothing?
          What is it: an animal, a fruit, a vehicle or clothing?
          What does the word name, an animal, a fruit, a vehicle or clothing?
          Which kind of thing is this?
          """);

  private static final List<String> LEGS =
      Speech.lines(
          """
          How many legs does this animal have?
          How many legs does the animal have?
          How many legs does it have?
          On how many legs does this animal walk?
          What is the number of legs of this animal?
          How many legs has this animal?
          This animal has how many legs?
          Tell me how many legs this animal has.
          How many legs has the animal that is written here?
          How many legs does the animal with this name have?
          """);

  private static final List<String> SOUND =
      Speech.lines(
          """
          Which animal says this?
          Which animal says this word?
          What animal says this?
          Which animal makes this sound?
          What animal makes this sound?
          Who says this?
          Which animal sounds like this?
          What animal sounds like this?
          Name the animal that says this.
          Which animal can you hear?
          """);

  private static final List<String> NEXT =
      Speech.lines(
          """
          What number comes next?
          What number comes after this one?
          Which number comes next?
          Which number comes after this one?
          What is the next number?
          What comes after this number?
          Which number is one more than this?
          What number is one more?
          What do you get if you add one?
          Add one. What do you get?
          """);

  private WordForms() {}

  private static Scene written(Round r, Class<? extends Fact> kind) {
    String word = r.dice().pick(Facts.WORLD.usable(kind, r.everything())).subject();
    return SceneSampler.writing(r.dice(), word.toUpperCase(Locale.ROOT));
  }

  /// The fact about the written word, if it may be used.
  private static <T extends Fact> Optional<T> aboutWord(Class<T> kind, Scene scene, Round r) {
    return scene instanceof Scene.Writing w
        ? Facts.WORLD.about(kind, w.text().toLowerCase(Locale.ROOT)).filter(f -> usable(r, f))
        : Optional.empty();
  }

  /// `e a s t, east`
  private static String spelled(Fact fact) {
    return Describer.letters(fact.subject()) + ", " + fact.subject();
  }

  private static Optional<Asked> opposite(Scene scene, Round r) {
    return aboutWord(Fact.Opposite.class, scene, r)
        .map(f -> so(r, f, say(r, OPPOSITE), spelled(f), f.opposite()));
  }

  private static Optional<Asked> kind(Scene scene, Round r) {
    String wished = r.wished(List.of("animal", "fruit", "vehicle", "clothing"));
    return aboutWord(Fact.Kind.class, scene, r)
        .filter(f -> f.kind().equals(wished))
        .map(f -> so(r, f, say(r, KIND), spelled(f), FactTalk.kind(f)));
  }

  private static Optional<Asked> legs(Scene scene, Round r) {
    String wished = r.wished(List.of("zero", "two", "four", "six"));
    return aboutWord(Fact.Legs.class, scene, r)
        .filter(f -> f.count().equals(wished))
        .map(f -> so(r, f, say(r, LEGS), spelled(f), f.count()));
  }

  private static Optional<Asked> sound(Scene scene, Round r) {
    return aboutWord(Fact.Sound.class, scene, r)
        .map(f -> so(r, f, say(r, SOUND), spelled(f), Speech.a(f.animal())));
  }

  private static Optional<Asked> next(Scene scene, Round r) {
    return aboutWord(Fact.Successor.class, scene, r)
        .map(f -> so(r, f, say(r, NEXT), spelled(f), f.next()));
  }
}
