package dev.chrysalis.zoo.shapes;

import static dev.chrysalis.zoo.shapes.GeneralForms.say;

import dev.chrysalis.zoo.shapes.Form.Asked;
import dev.chrysalis.zoo.shapes.Form.Round;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/// Questions on words, numbers and bar charts.
final class TextForms {
  /// All words that may be written, in capitals, two to five letters.
  static final List<String> WORDS = words();

  static final List<Form> ALL =
      List.of(
          written("word", 3, false, TextForms::read),
          written("number", 2.5, true, TextForms::read),
          written("ink", 1, false, TextForms::ink),
          written("first letter", 1, false, TextForms::letter),
          written("letters", 1, false, TextForms::letters),
          chart("bars", 1, TextForms::bars),
          chart("tallest", 2, TextForms::extreme),
          chart("value", 2.5, TextForms::value),
          chart("bar of value", 1.5, TextForms::barOfValue),
          chart("taller", 1, TextForms::taller));

  private static final List<String> READ_WORD =
      Speech.lines(
          """
          What word is this?
          What does it say?
          Which word do you see?
          What is written here?
          Read the word.
          Which word is written in the picture?
          What does the text say?
          What word is in the picture?
          What does the picture say?
          Read the text.
          """);

  private static final List<String> READ_NUMBER =
      Speech.lines(
          """
          What number is this?
          Which number do you see?
          What number is in the picture?
          Read the number.
          Which number is written here?
          What number do you see?
          What is the number?
          Which number is shown?
          Which number is in the picture?
          What number is written in the picture?
          """);

  private static final List<String> INK =
      Speech.lines(
          """
          What color is the {w}?
          Which color does the {w} have?
          What is the color of the {w}?
          In which color is the {w} written?
          What color is the {w} written in?
          Which color is the {w}?
          In what color is the {w}?
          Name the color of the {w}.
          What color does the {w} have?
          Tell me the color of the {w}.
          """);

  private static final List<String> LETTER =
      Speech.lines(
          """
          What is the {o} letter?
          What is the {o} letter of the word?
          Which letter is the {o}?
          Which letter comes {o}?
          What letter comes {o}?
          Which is the {o} letter of the word?
          What letter is {o} in the word?
          Name the {o} letter.
          Tell me the {o} letter.
          Read the {o} letter.
          """);

  private static final List<String> LETTERS =
      Speech.lines(
          """
          How many letters are there?
          How many letters does the word have?
          How many letters do you see?
          How many letters are in the word?
          How long is the word?
          Count the letters.
          Count the letters of the word.
          What is the number of letters?
          How many letters can you see?
          The word has how many letters?
          """);

  private static final List<String> BARS =
      Speech.lines(
          """
          How many bars are there?
          How many bars do you see?
          How many bars does the chart have?
          How many bars are in the chart?
          How many bars can you see?
          How many bars does the chart show?
          Count the bars.
          What is the number of bars?
          The chart has how many bars?
          How many bars are in the picture?
          """);

  private static final List<String> EXTREME =
      Speech.lines(
          """
          Which bar is the {x}?
          Which bar is {x}?
          What color is the {x} bar?
          Which color does the {x} bar have?
          What is the color of the {x} bar?
          Which color has the {x} bar?
          Of which color is the {x} bar?
          Name the color of the {x} bar.
          What color does the {x} bar have?
          Tell me the color of the {x} bar.
          """);

  private static final List<String> VALUE =
      Speech.lines(
          """
          What is the value of the {h} bar?
          How high is the {h} bar?
          How tall is the {h} bar?
          What value does the {h} bar have?
          Which value has the {h} bar?
          What is the height of the {h} bar?
          Read the value of the {h} bar.
          What number does the {h} bar show?
          Which value does the {h} bar show?
          What does the {h} bar stand for?
          """);

  private static final List<String> BAR_OF_VALUE =
      Speech.lines(
          """
          Which bar has the value {n}?
          Which bar is {n} high?
          What color is the bar with the value {n}?
          What color is the bar of height {n}?
          Which bar shows {n}?
          Which color has the bar with the value {n}?
          What is the color of the bar that shows {n}?
          Name the color of the bar with the value {n}.
          Which bar reaches {n}?
          What color does the bar of height {n} have?
          """);

  private static final List<String> TALLER =
      Speech.lines(
          """
          Is the {a} bar taller than the {b} bar?
          Is the {a} bar higher than the {b} bar?
          Is the {a} bar larger than the {b} bar?
          Does {a} have a larger value than {b}?
          Does the {a} bar have more than the {b} bar?
          Is {a} more than {b}?
          Is the value of {a} larger than the value of {b}?
          Is {a} higher than {b} in the chart?
          Is there more {a} than {b}?
          Does the {a} bar show more than the {b} bar?
          """);

  private TextForms() {}

  private static List<String> words() {
    TreeSet<String> words = new TreeSet<>();
    Lexicon.OPPOSITES.forEach(pair -> words.addAll(List.of(pair.split("/"))));
    Lexicon.ANIMALS.forEach(row -> {
      String[] cells = row.split(" ");
      words.add(cells[0]);
      words.add(cells[cells.length > 2 ? 2 : 0]);
    });
    words.addAll(Lexicon.FRUITS);
    words.addAll(Lexicon.VEHICLES);
    words.addAll(Lexicon.CLOTHES);
    return words.stream().map(w -> w.toUpperCase(Locale.ROOT)).toList();
  }

  /// 0 to 999, most of them with one or two digits.
  static String number(Dice dice) {
    return Integer.toString(dice.below(dice.pick(List.of(10, 100, 100, 100, 1000))));
  }

  private static Form written(String name, double weight, boolean number, Form.Asking asking) {
    return new Form(
        name,
        Group.TEXT_AND_CHART,
        weight,
        r -> SceneSampler.writing(r.dice(), number ? number(r.dice()) : r.dice().pick(WORDS)),
        (scene, r) ->
            scene instanceof Scene.Writing w && w.number() == number
                ? asking.ask(scene, r)
                : Optional.empty());
  }

  private static Form chart(String name, double weight, Form.Asking asking) {
    return new Form(
        name,
        Group.TEXT_AND_CHART,
        weight,
        r -> SceneSampler.chart(r.dice()),
        (scene, r) -> scene instanceof Scene.Chart ? asking.ask(scene, r) : Optional.empty());
  }

  private static String text(Scene scene) {
    return ((Scene.Writing) scene).text().toLowerCase(Locale.ROOT);
  }

  private static Optional<Asked> read(Scene scene, Round r) {
    List<String> phrases = ((Scene.Writing) scene).number() ? READ_NUMBER : READ_WORD;
    return Optional.of(spelled(say(r, phrases), scene, text(scene)));
  }

  /// What is read is spelled before it is said: `c o w, so cow`.
  private static Asked spelled(String question, Scene scene, String answer) {
    return Asked.of(question, Describer.letters(text(scene)) + ", so " + answer);
  }

  private static Optional<Asked> ink(Scene scene, Round r) {
    String noun = r.dice().pick(List.of("word", "word", "text"));
    return Optional.of(Asked.of(say(r, INK, "w", noun), ((Scene.Writing) scene).ink().word()));
  }

  private static Optional<Asked> letter(Scene scene, Round r) {
    String word = text(scene);
    boolean first = r.wishYes();
    char letter = word.charAt(first ? 0 : word.length() - 1);
    String question = say(r, LETTER, "o", first ? "first" : "last");
    return Optional.of(spelled(question, scene, String.valueOf(letter)));
  }

  private static Optional<Asked> letters(Scene scene, Round r) {
    int count = text(scene).length();
    return count == r.wished(List.of(2, 3, 4, 5))
        ? Optional.of(spelled(say(r, LETTERS), scene, Speech.number(count)))
        : Optional.empty();
  }

  private static Optional<Asked> bars(Scene scene, Round r) {
    int count = ((Scene.Chart) scene).bars().size();
    return Optional.of(Asked.of(say(r, BARS), Speech.number(count)));
  }

  private static Optional<Asked> extreme(Scene scene, Round r) {
    Scene.Chart chart = (Scene.Chart) scene;
    List<Scene.Bar> order = new ArrayList<>(chart.bars());
    order.sort(Comparator.comparingInt(Scene.Bar::value));
    boolean most = r.wishYes();
    if (most) {
      Collections.reverse(order);
    }
    if (order.get(0).value() == order.get(1).value()) {
      return Optional.empty();
    }
    List<String> words =
        most
            ? List.of("tallest", "highest", "largest", "longest")
            : List.of("shortest", "lowest", "smallest");
    String hue = order.get(0).hue().word();
    String question = say(r, EXTREME, "x", r.dice().pick(words));
    return Optional.of(
        Asked.of(question, hue, hue + " bar").after(chart).by(valueFirst(order.get(0))));
  }

  /// `four blue`: a bar that is found by its value.
  private static String valueFirst(Scene.Bar bar) {
    return Speech.number(bar.value()) + " " + bar.hue().word();
  }

  private static Optional<Asked> value(Scene scene, Round r) {
    Scene.Chart chart = (Scene.Chart) scene;
    Scene.Bar bar = r.dice().pick(chart.bars());
    if (bar.value() != r.wished(List.of(1, 2, 3, 4, 5))) {
      return Optional.empty();
    }
    String question = say(r, VALUE, "h", bar.hue().word());
    return Optional.of(
        Asked.of(question, Speech.number(bar.value()))
            .after(chart)
            .by("the " + Describer.bar(bar)));
  }

  private static Optional<Asked> barOfValue(Scene scene, Round r) {
    Scene.Chart chart = (Scene.Chart) scene;
    Scene.Bar bar = r.dice().pick(chart.bars());
    if (chart.bars().stream().filter(b -> b.value() == bar.value()).count() > 1) {
      return Optional.empty();
    }
    String n = r.dice().chance(0.7) ? Speech.number(bar.value()) : "" + bar.value();
    String hue = bar.hue().word();
    return Optional.of(
        Asked.of(say(r, BAR_OF_VALUE, "n", n), hue, hue + " bar").after(chart).by(valueFirst(bar)));
  }

  private static Optional<Asked> taller(Scene scene, Round r) {
    Scene.Chart chart = (Scene.Chart) scene;
    List<Scene.Bar> two = SceneSampler.shuffled(r.dice(), chart.bars());
    int difference = two.get(0).value() - two.get(1).value();
    if (difference == 0 || difference > 0 != r.wishYes()) {
      return Optional.empty();
    }
    String question = say(r, TALLER, "a", two.get(0).hue().word(), "b", two.get(1).hue().word());
    String way = "the %s, the %s".formatted(Describer.bar(two.get(0)), Describer.bar(two.get(1)));
    return Optional.of(Asked.of(question, r.wishYes() ? "yes" : "no").after(chart).by(way));
  }
}
