package dev.chrysalis.zoo.shapes;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// Scenes in words. `brief` says what a drawing of the scene would need, in one fixed way; `full`
/// says everything that can be asked about it; `caption` is `full` or less, in varied words.
final class Describer {
  private Describer() {}

  /// `a small striped red circle`.
  static String thing(Item item) {
    return Speech.a(bare(item));
  }

  /// `small striped red circle`.
  static String bare(Item item) {
    return traits(item) + kind(item.hue(), item.figure());
  }

  /// `small striped `, or nothing.
  private static String traits(Item item) {
    String texture = item.texture() == Item.Texture.PLAIN ? "" : item.texture().word() + " ";
    return (item.small() ? "small " : "") + texture;
  }

  /// `red circle`.
  static String kind(Hue hue, Figure figure) {
    return hue.word() + " " + figure.word();
  }

  static String brief(Scene scene) {
    return switch (scene) {
      case Scene.Things things -> arranged(things) + on(things.ground());
      case Scene.Writing w -> writing(w);
      case Scene.Chart chart -> chart(chart);
      case Scene.Flag flag -> look(flag.look());
    };
  }

  static String full(Scene scene) {
    return switch (scene) {
      case Scene.Things things -> placed(things.items()) + ground(things.ground());
      case Scene.Writing w -> writing(w) + ground(w.ground());
      case Scene.Chart chart -> chart(chart) + ground(chart.ground());
      case Scene.Flag flag ->
          look(flag.look())
              + (flag.frame() == Scene.Frame.FULL ? "" : ", hung on " + flag.ground().name());
    };
  }

  /// `c o w, the word cow in red on a white background`; of a text that is no word and no number of
  /// the world only the letters: `q x in red on …`.
  static String spelled(Scene.Writing w) {
    String letters = letters(w.text());
    boolean known =
        w.number()
            ? Integer.toString(Integer.parseInt(w.text())).equals(w.text()) && w.text().length() < 4
            : TextForms.WORDS.contains(w.text());
    String all = known ? letters + ", " + writing(w) : letters + " in " + w.ink().word();
    return all + ground(w.ground());
  }

  /// What is said of a picture that is looked at: everything that can be asked about it, in one
  /// order.
  static String told(Scene scene) {
    return switch (scene) {
      case Scene.Things things -> placeByPlace(things) + ground(things.ground());
      case Scene.Writing w -> spelled(w);
      case Scene.Chart c -> full(c);
      case Scene.Flag f -> full(f);
    };
  }

  /// `at the top left circle red top left striped small, on the right star another color right
  /// plain big`: places in reading order, of each thing the shape before the colour, and of every
  /// thing the same words side by side, so that each is found from those right before it: what is
  /// at a place from the place in front; where a thing is, from shape and colour; its texture and
  /// size from its place, which no other has.
  static String placeByPlace(Scene.Things scene) {
    return sorted(scene).stream()
        .map(item -> there(item) + " " + rest(item))
        .collect(Collectors.joining(", "));
  }

  /// `at the top left circle red`.
  static String there(Item item) {
    String color = Colors.named(item.rgb()) ? item.hue().word() : "another color";
    return "%s %s %s".formatted(item.place().phrase(), item.figure().word(), color);
  }

  /// `the circle red top left`.
  static String placed(Item item) {
    return colored(item) + " " + item.place().word();
  }

  /// `the circle red top left striped small`.
  static String whole(Item item) {
    return colored(item) + " " + rest(item);
  }

  /// `top left striped small`: what is told behind shape and colour.
  static String rest(Item item) {
    return item.place().word() + " " + make(item);
  }

  /// `striped small`.
  static String make(Item item) {
    return item.texture().word() + " " + size(item);
  }

  /// `the circle red`.
  static String colored(Item item) {
    return "the " + shapeAndColor(item);
  }

  /// `circle red`: the words stand in the order in which they are told.
  static String shapeAndColor(Item item) {
    return item.figure().word() + " " + item.hue().word();
  }

  /// `small` or `big`.
  static String size(Item item) {
    return item.small() ? "small" : "big";
  }

  /// `c o w` of `COW`.
  static String letters(String text) {
    return String.join(" ", text.toLowerCase(Locale.ROOT).split(""));
  }

  /// `a circle in red`: a shape that is named before its colour is not guessed from it.
  static String seen(Item item) {
    return Speech.a(item.figure().word()) + " in " + item.hue().word();
  }

  /// The things in reading order.
  static List<Item> sorted(Scene.Things scene) {
    List<Item> items = new ArrayList<>(scene.items());
    items.sort(Comparator.comparing(Item::place).thenComparing(Item::x));
    return items;
  }

  /// For pairs of picture and text: nearly everything, now and then less, the things in any order.
  static String caption(Scene scene, Dice dice) {
    if (scene instanceof Scene.Things things) {
      List<Item> items = SceneSampler.shuffled(dice, things.items());
      Scene.Things mixed = new Scene.Things(things.ground(), items);
      return switch (dice.weighted(0.55, 0.25, 0.2)) {
        case 0 -> full(mixed);
        case 1 -> arranged(mixed) + ground(things.ground());
        default -> placed(items);
      };
    }
    return dice.chance(0.8) ? full(scene) : brief(scene);
  }

  /// `a red circle on white`; `vertical stripes of blue, white and red`.
  static String look(Scene.Look look) {
    return switch (look) {
      case Scene.Look.Emblem e -> Speech.a(kind(e.hue(), e.figure())) + " on " + e.field().word();
      case Scene.Look.Stripes s ->
          (s.upright() ? "vertical" : "horizontal")
              + " stripes of "
              + Speech.list(s.hues().stream().map(Hue::word).toList());
    };
  }

  /// `a red circle left of a blue square`, `two red circles`, or a list.
  private static String arranged(Scene.Things scene) {
    List<Item> items = scene.items();
    Item first = items.get(0);
    if (items.size() == 1) {
      boolean central = first.place() == Place.CENTER;
      return thing(first) + (central ? "" : " " + first.place().phrase());
    }
    if (items.stream().allMatch(i -> bare(i).equals(bare(first)))) {
      return group(first, items.size());
    }
    if (items.size() == 2) {
      Item second = items.get(1);
      Optional<Relation> relation = Relation.of(first, second);
      if (relation.isPresent()) {
        return thing(first) + " " + relation.get().phrases().get(0) + " " + thing(second);
      }
    }
    return Speech.list(counted(items));
  }

  private static String group(Item item, int count) {
    String texture = item.texture() == Item.Texture.PLAIN ? "" : item.texture().word() + " ";
    String small = item.small() ? "small " : "";
    String kind = texture + item.hue().word() + " " + item.figure().plural();
    return Speech.number(count) + " " + small + kind;
  }

  private static List<String> counted(List<Item> items) {
    List<String> parts = new ArrayList<>();
    List<Item> left = new ArrayList<>(items);
    while (!left.isEmpty()) {
      Item next = left.get(0);
      int before = left.size();
      left.removeIf(i -> bare(i).equals(bare(next)));
      int count = before - left.size();
      parts.add(count == 1 ? thing(next) : group(next, count));
    }
    return parts;
  }

  private static String placed(List<Item> items) {
    return Speech.list(items.stream().map(i -> thing(i) + " " + i.place().phrase()).toList());
  }

  private static String on(Ground ground) {
    return ground.white() ? "" : " on " + ground.name();
  }

  private static String ground(Ground ground) {
    return " on " + Speech.a(ground.name()) + " background";
  }

  private static String writing(Scene.Writing w) {
    String text = w.text().toLowerCase(Locale.ROOT);
    return (w.number() ? "the number " : "the word ") + text + " in " + w.ink().word();
  }

  private static String chart(Scene.Chart chart) {
    return "a bar chart with " + Speech.list(chart.bars().stream().map(Describer::bar).toList());
  }

  /// `blue four, red two`.
  static String bars(Scene.Chart chart) {
    return chart.bars().stream().map(Describer::bar).collect(Collectors.joining(", "));
  }

  /// `blue four`.
  static String bar(Scene.Bar bar) {
    return bar.hue().word() + " " + Speech.number(bar.value());
  }
}
