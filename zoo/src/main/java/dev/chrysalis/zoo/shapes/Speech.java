package dev.chrysalis.zoo.shapes;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// The small grammar: articles, numbers in words, lists, and the ways people vary the same
/// sentence.
final class Speech {
  private static final List<String> NUMBERS =
      List.of(
          "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
          "eleven", "twelve");

  private static final Pattern VOWEL = Pattern.compile("\\b([Aa]) (?=[aeiou])");

  private Speech() {}

  static String number(int n) {
    return NUMBERS.get(n);
  }

  /// The value of a number in words, or -1.
  static int value(String word) {
    return NUMBERS.indexOf(word);
  }

  /// With the indefinite article.
  static String a(String noun) {
    return ("aeiou".indexOf(noun.charAt(0)) >= 0 ? "an " : "a ") + noun;
  }

  /// `a` before a vowel becomes `an`.
  static String articles(String text) {
    return VOWEL.matcher(text).replaceAll("$1n ");
  }

  /// `x`, `x and y`, `x, y and z`.
  static String list(List<String> words) {
    int last = words.size() - 1;
    return last < 1
        ? words.get(0)
        : String.join(", ", words.subList(0, last)) + " and " + words.get(last);
  }

  /// The non-blank lines of a text block.
  static List<String> lines(String block) {
    return block.lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
  }

  /// `text` with each `{name}` replaced by its value; names and values alternate.
  static String fill(String text, String... slots) {
    String filled = text;
    for (int i = 0; i < slots.length; i += 2) {
      filled = filled.replace("{" + slots[i] + "}", slots[i + 1]);
    }
    return filled;
  }

  static String capital(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  static String plainCase(String text) {
    return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }

  /// What another person might have typed: `{things}` filled, British spelling, no capital, no full
  /// stop.
  static String vary(Dice dice, String text) {
    List<String> things = List.of("things", "things", "objects", "shapes", "items");
    String said = text;
    if (said.contains("{things}")) {
      said = said.replace("{things}", dice.pick(things));
    }
    if (dice.chance(0.2)) {
      said = said.replace("color", "colour");
    }
    if (dice.chance(0.1)) {
      said = plainCase(said);
    }
    if (dice.chance(0.1) && !Character.isLetterOrDigit(said.charAt(said.length() - 1))) {
      said = said.substring(0, said.length() - 1);
    }
    return said;
  }

  /// The shape's name, now and then another word for it.
  static String synonym(Dice dice, Figure figure) {
    if (!dice.chance(0.08)) {
      return figure.word();
    }
    return switch (figure) {
      case CIRCLE -> dice.pick(List.of("disc", "disk", "round shape"));
      case SQUARE -> dice.pick(List.of("box", "block"));
      case CROSS -> "plus sign";
      case RING -> "donut";
      case DIAMOND -> "rhombus";
      case TRIANGLE, STAR, HEART -> figure.word();
    };
  }
}
