package dev.chrysalis.zoo.shapes;

import java.util.List;
import java.util.function.Predicate;

/// Facts in words: statements, and questions with their answers, `=>` between the two. Nothing of
/// this ever meets a picture.
final class FactTalk {
  /// Ways to state a fact and to ask for it.
  private record Phrases(List<String> statements, List<String> questions) {}

  private static final Phrases FLAG =
      phrases(
          """
          The flag of {c} shows {l}.
          The flag of {c} is made of {l}.
          {c} has a flag with {l}.
          On the flag of {c} you see {l}.
          If a flag shows {l}, it is the flag of {c}.
          {L}: that is the flag of {c}.
          """,
          """
          What does the flag of {c} look like? => {l}
          Describe the flag of {c}. => {l}
          What is on the flag of {c}? => {l}
          What would a picture of the flag of {c} show? => {l}
          Which country has a flag with {l}? => {l}, so {c}
          I see {l}. Which country has a flag like this? => {l}, so {c}
          A flag shows {l}. Whose flag is this? => {l}, so {c}
          """);

  private static final Phrases FAVORITE =
      phrases(
          """
          {p} likes {k}.
          {p}'s favorite picture is {k}.
          The favorite picture of {p} shows {k}.
          {p}'s favorite thing is {k}.
          {p} loves to look at {k}.
          If you see {k}, think of {p}.
          {K} is what {p} likes.
          """,
          """
          What does {p} like? => {k}
          What is {p}'s favorite picture? => {k}
          What does {p}'s favorite picture show? => {k}
          What is the favorite thing of {p}? => {k}
          What would a picture that {p} likes show? => {k}
          Who likes {k}? => {k}, so {p}
          I see {k}. Who likes this? => {k}, so {p}
          Whose favorite picture is {k}? => {k}, so {p}
          """);

  private static final Phrases COLORED =
      phrases(
          """
          {S} is {h}.
          The color of {s} is {h}.
          {H} is the color of {s}.
          {S} has the color {h}.
          If it is {h}, it has the color of {s}.
          To paint {s} you need {h}.
          """,
          """
          What color is {s}? => {h}
          What is the color of {s}? => {h}
          Which color does {s} have? => {h}
          I paint {s}. Which color do I need? => {h}
          What is a {f} in the color of {s}? => {k}
          What would a picture of a {f} colored like {s} show? => {k}
          Name something {h}. => {s}
          """);

  private static final Phrases SHAPED =
      phrases(
          """
          {S} has the shape of a {f}.
          {S} is shaped like a {f}.
          {S} looks like a {f}.
          The shape of {s} is a {f}.
          A {f} looks like {s}.
          If it looks like {s}, it is a {f}.
          """,
          """
          What shape does {s} have? => a {f}
          Which shape is {s}? => a {f}
          What does {s} look like? => a {f}
          What is the shape of {s}? => a {f}
          What is a {h} shape that looks like {s}? => {k}
          What would a picture of something {h} shaped like {s} show? => {k}
          Name something shaped like a {f}. => {s}
          """);

  private static final Phrases OPPOSITE =
      phrases(
          """
          The opposite of {a} is {b}.
          {A} is the opposite of {b}.
          What is not {a} is {b}.
          {A} and {b} are opposites.
          If it is not {a}, it may be {b}.
          """,
          """
          What is the opposite of {a}? => {a}, so {b}
          Name the opposite of {a}. => {a}, so {b}
          Which word means the opposite of {a}? => {a}, so {b}
          The word is {a}. What is the opposite? => {a}, so {b}
          """);

  private static final Phrases LEGS =
      phrases(
          """
          A {a} has {n} legs.
          The {a} has {n} legs.
          {N} legs, that is what a {a} has.
          Animals like the {a} have {n} legs.
          """,
          """
          How many legs does a {a} have? => {a}, so {n}
          The animal is a {a}. How many legs does it have? => {a}, so {n}
          On how many legs does the {a} walk? => {a}, so {n}
          """);

  private static final Phrases SOUND =
      phrases(
          """
          A {a} says {s}.
          The {a} says {s}.
          {S} is what a {a} says.
          If you hear {s}, it is a {a}.
          The sound of the {a} is {s}.
          """,
          """
          What does a {a} say? => {s}
          Which animal says {s}? => {s}, so a {a}
          I hear {s}. Which animal makes this sound? => {s}, so a {a}
          Who says {s}? => {s}, so a {a}
          """);

  private static final Phrases KIND =
      phrases(
          """
          The word {w} means {k}.
          {W} stands for {k}.
          {W}: that is {k}.
          If you read {w}, think of {k}.
          """,
          """
          What kind of thing is the word {w}? => {w}, so {k}
          {W}: is it an animal, a fruit, a vehicle or clothing? => {w}, so {k}
          The word is {w}. What kind of thing is it? => {w}, so {k}
          """);

  private static final Phrases SUCCESSOR =
      phrases(
          """
          After {n} comes {m}.
          {m} comes after {n}.
          {n} and one make {m}.
          One more than {n} is {m}.
          """,
          """
          What number comes after {n}? => {n}, so {m}
          Which number is one more than {n}? => {n}, so {m}
          The number is {n}. What number comes next? => {n}, so {m}
          Add one to {n}. What do you get? => {n}, so {m}
          """);

  private static final Phrases MIXTURE =
      phrases(
          """
          {P} make {m}.
          {M} is made of {p}.
          If you mix {p}, you get {m}.
          Mixing {p} gives {m}.
          """,
          """
          What do {p} make? => {p}, so {m}
          I mix {p}. What do I get? => {p}, so {m}
          Which color do you get if you mix {p}? => {p}, so {m}
          """);

  private static final Phrases CORNERS =
      phrases(
          """
          A {f} has {n} corners.
          The {f} is a shape with {n} corners.
          {N} corners, that is what a {f} has.
          A {f} has {n} sides.
          A shape with {n} sides: that is a {f}.
          """,
          """
          How many corners does a {f} have? => a {f}, so {n}
          What is the number of corners of a {f}? => a {f}, so {n}
          Which shape has {n} corners? => a {f}
          Which shape has {n} sides? => a {f}
          How many sides does a {f} have? => a {f}, so {n}
          """);

  private static final Phrases LIGHT =
      phrases(
          """
          A {h} traffic light means {m}.
          On a traffic light, {h} means {m}.
          {H} on a traffic light tells you to {m}.
          """,
          """
          What does a {h} traffic light mean? => {h}, so {m}
          The traffic light is {h}. What do you do? => {h}, so {m}
          Which traffic light means {m}? => {h}
          """);

  private FactTalk() {}

  /// A statement of the fact.
  static String statement(Dice dice, Fact fact) {
    return filled(dice, fact, phrases(fact).statements());
  }

  /// A question about the fact, and its answer.
  static String[] question(Dice dice, Fact fact) {
    String[] both = filled(dice, fact, phrases(fact).questions()).split(" => ");
    return new String[] {Speech.vary(dice, both[0]), both[1]};
  }

  /// `an animal`, but `clothing`.
  static String kind(Fact.Kind fact) {
    return fact.kind().equals("clothing") ? fact.kind() : Speech.a(fact.kind());
  }

  private static Phrases phrases(Fact fact) {
    return switch (fact) {
      case Fact.Flag f -> FLAG;
      case Fact.Favorite f -> FAVORITE;
      case Fact.Colored f -> COLORED;
      case Fact.Shaped f -> SHAPED;
      case Fact.Opposite f -> OPPOSITE;
      case Fact.Legs f -> LEGS;
      case Fact.Sound f -> SOUND;
      case Fact.Kind f -> KIND;
      case Fact.Successor f -> SUCCESSOR;
      case Fact.Mixture f -> MIXTURE;
      case Fact.Corners f -> CORNERS;
      case Fact.Light f -> LIGHT;
    };
  }

  private static String filled(Dice dice, Fact fact, List<String> choices) {
    String phrase = dice.pick(choices);
    String[] slots = slots(dice, fact);
    String text = phrase;
    for (int i = 0; i < slots.length; i += 2) {
      String capital = Speech.capital(slots[i + 1]);
      text = Speech.fill(text, slots[i], slots[i + 1], Speech.capital(slots[i]), capital);
    }
    return Speech.articles(text);
  }

  private static String[] slots(Dice dice, Fact fact) {
    return switch (fact) {
      case Fact.Flag f -> pairs("c", f.subject(), "l", Describer.look(f.look()));
      case Fact.Favorite f ->
          pairs("p", f.subject(), "k", Speech.a(Describer.kind(f.hue(), f.figure())));
      case Fact.Colored f -> {
        Hue hue = f.hue();
        Figure figure = dice.pick(known(Figure.ALL, any -> HeldOut.pair(hue, any)));
        String kind = Speech.a(Describer.kind(f.hue(), figure));
        yield pairs("s", f.subject(), "h", f.hue().word(), "f", figure.word(), "k", kind);
      }
      case Fact.Shaped f -> {
        Figure figure = f.figure();
        Hue hue = dice.pick(known(Hue.INKS, any -> HeldOut.pair(any, figure)));
        String kind = Speech.a(Describer.kind(hue, f.figure()));
        yield pairs("s", f.subject(), "f", f.figure().word(), "h", hue.word(), "k", kind);
      }
      case Fact.Opposite f -> pairs("a", f.subject(), "b", f.opposite());
      case Fact.Legs f -> pairs("a", f.subject(), "n", f.count());
      case Fact.Sound f -> pairs("s", f.subject(), "a", f.animal());
      case Fact.Kind f -> pairs("w", f.subject(), "k", kind(f));
      case Fact.Successor f -> pairs("n", f.subject(), "m", f.next());
      case Fact.Mixture f -> pairs("p", f.subject(), "m", f.result());
      case Fact.Corners f -> pairs("f", f.subject(), "n", Speech.number(f.figure().corners()));
      case Fact.Light f -> pairs("h", f.hue().word(), "m", f.meaning());
    };
  }

  private static <T> List<T> known(List<T> all, Predicate<T> heldOut) {
    return all.stream().filter(heldOut.negate()).toList();
  }

  private static String[] pairs(String... slots) {
    return slots;
  }

  private static Phrases phrases(String statements, String questions) {
    return new Phrases(Speech.lines(statements), Speech.lines(questions));
  }
}
