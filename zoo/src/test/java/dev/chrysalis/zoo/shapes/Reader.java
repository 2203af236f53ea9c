package dev.chrysalis.zoo.shapes;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Answers questions from their words and the scene alone, knowing nothing of the forms that asked
/// them: the second opinion on what the right answer is.
final class Reader {
  private static final String HUES = "red|orange|yellow|green|blue|purple|pink|brown|black|white";
  private static final String FIGURES = "circle|square|triangle|star|cross|heart|diamond|ring";
  private static final Pattern REFERENCE =
      Pattern.compile("the (?:(" + HUES + ") )?(" + FIGURES + "|thing|shape|one)\\b");
  private static final List<String> VAGUE = List.of("thing", "shape", "one");
  private static final Comparator<Item> READING_ORDER =
      Comparator.comparingInt((Item i) -> third(i.y())).thenComparingInt(i -> third(i.x()));
  private static final List<String> NUMBERS =
      List.of("zero", "one", "two", "three", "four", "five");
  private static final List<String> SIDES = List.of("left", "right", "above", "below");

  private final Scene scene;
  private final String question;

  Reader(Scene scene, String question) {
    this.scene = scene;
    this.question = plain(question);
  }

  /// The same with one word for each colour and shape.
  static String plain(String text) {
    return text.toLowerCase(Locale.ROOT)
        .replace("colour", "color")
        .replaceAll("disc|disk|round shape", "circle")
        .replaceAll("\\bbox|\\bblock", "square")
        .replace("plus sign", "cross")
        .replace("donut", "ring")
        .replace("rhombus", "diamond");
  }

  String answer(String form) {
    return switch (form) {
      case "color of a shape", "which of two" -> hue(only(i -> said(i.figure().word())));
      case "shape of a color" -> figure(only(i -> said(i.hue().word())));
      case "what is it" -> inOrder(Reader::kind).replace(", ", " and ");
      case "how many" -> "" + items().size();
      case "is there" -> yes(items().stream().anyMatch(i -> question.contains(kind(i))));
      case "background" -> scene.ground().name();
      case "two colors" -> inOrder(Reader::hue).replace(", ", " and ");
      case "two shapes" -> inOrder(Reader::figure).replace(", ", " and ");
      case "neighbor" -> kind(neighbor());
      case "neighbor's color" -> hue(neighbor());
      case "where from" -> whereFrom();
      case "is it there" -> yes(lies(references().get(0), side(), references().get(1)));
      case "place" -> place(references().get(0));
      case "what is at" -> kind(only(i -> place(i).equals(placeAsked())));
      case "outermost" -> kind(outermost());
      case "larger" -> larger();
      case "texture" -> texture(references().get(0));
      case "count of a color" -> "" + count(i -> said(hue(i)));
      case "count of a shape" -> "" + count(i -> question.contains(i.figure().plural()));
      case "count of a size" -> "" + count(i -> (i.radius() < 10) == question.contains("small"));
      default -> text(form);
    };
  }

  /// What is told of the picture before the answer: nothing, all things in reading order, or all
  /// bars.
  String told(String form) {
    return switch (form) {
      case "background", "bars" -> "";
      default ->
          switch (scene) {
            case Scene.Things _ -> inOrder(Reader::toldOf);
            case Scene.Chart c -> c.bars().stream().map(Reader::bar).collect(joining(", "));
            case Scene.Writing _, Scene.Flag _ -> "";
          };
    };
  }

  /// What lies between that and the answer.
  String step(String form) {
    return switch (form) {
      case "color of a shape", "which of two" -> colored(only(i -> said(figure(i))));
      case "shape of a color" -> "the " + kind(only(i -> said(hue(i))));
      case "how many" -> counting(_ -> true, _ -> "");
      case "is there" ->
          counting(
              i -> question.contains(kind(i)),
              i -> askedKind()[1] + " " + kindInOrder(i) + askedKind()[0] + " ");
      case "neighbor", "neighbor's color" -> placed(references().get(0)) + ", " + there(neighbor());
      case "where from" -> placed(asked()) + ", " + placed(from());
      case "is it there" -> placed(references().get(0)) + ", " + placed(references().get(1));
      case "place" -> placed(references().get(0));
      case "texture" -> placed(references().get(0)) + " " + texture(references().get(0));
      case "larger" -> {
        String asked = said("smaller") ? "small" : "big";
        yield references().stream().map(i -> whole(i) + " " + figure(i)).collect(joining(", "))
            + ", %s %s".formatted(asked, larger());
      }
      case "outermost" -> there(outermost());
      case "what is at" -> there(only(i -> place(i).equals(placeAsked())));
      case "count of a color" -> {
        String asked = word(HUES);
        yield counting(i -> hue(i).equals(asked), i -> kindInOrder(i) + asked + " ");
      }
      case "count of a shape" ->
          counting(
              i -> question.contains(i.figure().plural()),
              i -> figure(i) + " " + word("(?:" + FIGURES + ")(?=e?s)") + " ");
      case "count of a size" -> {
        String asked = question.contains("small") ? "small" : "big";
        yield counting(
            i -> size(i).equals(asked),
            i -> kindInOrder(i) + place(i) + " " + make(i) + " " + asked + " ");
      }
      case "value" -> "the " + bar(bar(0));
      case "tallest", "bar of value" -> {
        String hue = form.equals("tallest") ? tallest() : ofValue();
        Scene.Bar found = bars().stream().filter(b -> b.hue().word().equals(hue)).findAny().get();
        yield NUMBERS.get(found.value()) + " " + hue;
      }
      case "taller" -> "the " + bar(bar(0)) + ", the " + bar(bar(1));
      default -> "";
    };
  }

  private static String colored(Item item) {
    return "the " + figure(item) + " " + hue(item);
  }

  private static String kindInOrder(Item item) {
    return figure(item) + " " + hue(item) + " ";
  }

  /// Colour and shape that the question names.
  private String[] askedKind() {
    Matcher m = Pattern.compile("(" + HUES + ") (" + FIGURES + ")").matcher(question);
    assertTrue(m.find(), question);
    return m.group().split(" ");
  }

  private String word(String pattern) {
    Matcher m = Pattern.compile("\\b(" + pattern + ")").matcher(question);
    assertTrue(m.find(), question);
    return m.group(1);
  }

  private static String placed(Item item) {
    return colored(item) + " " + place(item);
  }

  private static String whole(Item item) {
    return placed(item) + " " + make(item);
  }

  private static String make(Item item) {
    return texture(item) + " " + size(item);
  }

  private static String toldOf(Item item) {
    return there(item) + " " + place(item) + " " + make(item);
  }

  /// All things in reading order, each with what decides and how many so far.
  private String counting(Predicate<Item> condition, Function<Item, String> trait) {
    List<Item> so = new ArrayList<>();
    return inOrder(item -> {
      if (condition.test(item)) {
        so.add(item);
      }
      return at(item) + " " + trait.apply(item) + NUMBERS.get(so.size());
    });
  }

  private String inOrder(Function<Item, String> said) {
    return items().stream().sorted(READING_ORDER).map(said).collect(joining(", "));
  }

  private static int third(double at) {
    return at < 22 ? 0 : at > 42 ? 2 : 1;
  }

  private static String there(Item item) {
    return at(item) + " " + figure(item) + " " + hue(item);
  }

  private static String texture(Item item) {
    return item.texture().name().toLowerCase(Locale.ROOT);
  }

  private static String at(Item item) {
    String place = place(item);
    return place.equals("center")
        ? "in the center"
        : place.equals("left") || place.equals("right") ? "on the " + place : "at the " + place;
  }

  private static String size(Item item) {
    return item.radius() < 10 ? "small" : "big";
  }

  private String text(String form) {
    return switch (form) {
      case "word", "number" -> word();
      case "ink" -> ((Scene.Writing) scene).ink().word();
      case "first letter" ->
          word().substring(said("first") ? 0 : word().length() - 1).substring(0, 1);
      case "letters" -> "" + word().length();
      case "bars" -> "" + bars().size();
      case "tallest" -> tallest();
      case "value" -> "" + bar(0).value();
      case "bar of value" -> ofValue();
      case "taller" -> yes(bar(0).value() > bar(1).value());
      default -> throw new AssertionError(form);
    };
  }

  private List<Item> items() {
    return ((Scene.Things) scene).items();
  }

  private static String kind(Item item) {
    return hue(item) + " " + figure(item);
  }

  private static String hue(Item item) {
    return item.hue().name().toLowerCase(Locale.ROOT);
  }

  private static String figure(Item item) {
    return item.figure().name().toLowerCase(Locale.ROOT);
  }

  private static String yes(boolean right) {
    return right ? "yes" : "no";
  }

  private boolean said(String word) {
    return Pattern.compile("\\b" + word + "\\b").matcher(question).find();
  }

  private Item only(Predicate<Item> condition) {
    List<Item> found = items().stream().filter(condition).toList();
    if (found.size() != 1) {
      throw new AssertionError("not one thing meant: " + question + " in " + scene);
    }
    return found.get(0);
  }

  private long count(Predicate<Item> condition) {
    return items().stream().filter(condition).count();
  }

  /// The things named in the question, in the order they are named.
  private List<Item> references() {
    List<Item> named = new ArrayList<>();
    Matcher m = REFERENCE.matcher(question);
    while (m.find()) {
      String hue = m.group(1);
      String noun = m.group(2);
      boolean vague = VAGUE.contains(noun);
      if (hue != null || !vague) {
        named.add(
            only(i -> (hue == null || hue(i).equals(hue)) && (vague || figure(i).equals(noun))));
      }
    }
    return named;
  }

  private String side() {
    if (question.contains("on top of") || said("over") || said("above")) {
      return "above";
    }
    if (said("below") || said("under") || said("beneath") || said("underneath")) {
      return "below";
    }
    return question.replace(", right", "").contains("right of") || question.contains("right the")
        ? "right"
        : "left";
  }

  private static boolean lies(Item a, String side, Item b) {
    double dx = a.x() - b.x();
    double dy = a.y() - b.y();
    return switch (side) {
      case "left" -> dx < 0 && -dx > Math.abs(dy);
      case "right" -> dx > 0 && dx > Math.abs(dy);
      case "above" -> dy < 0 && -dy > Math.abs(dx);
      default -> dy > 0 && dy > Math.abs(dx);
    };
  }

  private Item neighbor() {
    Item anchor = references().get(0);
    return only(i -> i != anchor && lies(i, side(), anchor));
  }

  private String whereFrom() {
    Item a = asked();
    Item b = from();
    return SIDES.stream().filter(s -> lies(a, s, b)).findFirst().orElseThrow();
  }

  /// The thing whose side is asked for, and that from which it is seen.
  private Item asked() {
    return references().get(saysTheOtherFirst() ? 1 : 0);
  }

  private Item from() {
    return references().get(saysTheOtherFirst() ? 0 : 1);
  }

  private boolean saysTheOtherFirst() {
    return question.matches(
        "(on which side of|in which direction from|which way is it from|seen from).*");
  }

  private static String place(Item item) {
    String row = item.y() < 22 ? "top" : item.y() > 42 ? "bottom" : "";
    String column = item.x() < 22 ? "left" : item.x() > 42 ? "right" : "";
    String both = (row + " " + column).strip();
    return both.isEmpty() ? "center" : both;
  }

  private String placeAsked() {
    String row = said("top") ? "top" : said("bottom") ? "bottom" : "";
    String column = said("left") ? "left" : said("right") ? "right" : "";
    String both = (row + " " + column).strip();
    return both.isEmpty() ? "center" : both;
  }

  private Item outermost() {
    Comparator<Item> x = Comparator.comparingDouble(Item::x);
    Comparator<Item> y = Comparator.comparingDouble(Item::y);
    Comparator<Item> order =
        question.contains("left")
            ? x
            : question.contains("right")
                ? x.reversed()
                : question.contains("highest") || question.contains("up") ? y : y.reversed();
    return items().stream().min(order).orElseThrow();
  }

  private String larger() {
    Comparator<Item> size = Comparator.comparingDouble(Item::radius);
    return figure(
        references().stream().max(said("smaller") ? size.reversed() : size).orElseThrow());
  }

  private String word() {
    return ((Scene.Writing) scene).text().toLowerCase(Locale.ROOT);
  }

  private List<Scene.Bar> bars() {
    return ((Scene.Chart) scene).bars();
  }

  /// The bar of the colour that is named as number `n`, counted from 0.
  private Scene.Bar bar(int n) {
    Matcher m = Pattern.compile("\\b(" + HUES + ")\\b").matcher(question);
    for (int i = 0; i <= n; i++) {
      if (!m.find()) {
        throw new AssertionError(question);
      }
    }
    return bars().stream().filter(b -> b.hue().word().equals(m.group())).findFirst().orElseThrow();
  }

  private String tallest() {
    Comparator<Scene.Bar> value = Comparator.comparingInt(Scene.Bar::value);
    boolean least = said("shortest") || said("lowest") || said("smallest");
    return bars().stream().max(least ? value.reversed() : value).orElseThrow().hue().word();
  }

  private static String bar(Scene.Bar bar) {
    return bar.hue().name().toLowerCase(Locale.ROOT) + " " + NUMBERS.get(bar.value());
  }

  private String ofValue() {
    return bars().stream()
        .filter(b -> said("" + b.value()) || said(NUMBERS.get(b.value())))
        .map(b -> b.hue().word())
        .findFirst()
        .orElseThrow();
  }
}
