package dev.chrysalis.zoo.shapes;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// All facts, and which of them are only ever read: every third of a table is never used together
/// with a picture in training, neither in a question nor in a request. Few rules (mixing, corners,
/// lights) are always used.
final class Facts {
  static final Facts WORLD = new Facts();

  private final List<Fact> all = new ArrayList<>();
  private final Set<Fact> readOnly = new HashSet<>();
  private final Map<Class<? extends Fact>, List<Fact>> byKind = new HashMap<>();
  private final Map<Class<? extends Fact>, List<Fact>> shown = new HashMap<>();

  private Facts() {
    flags();
    favorites();
    coloredAndShaped();
    words();
    rules();
    for (Fact fact : all) {
      byKind.computeIfAbsent(fact.getClass(), k -> new ArrayList<>()).add(fact);
      if (!readOnly(fact)) {
        shown.computeIfAbsent(fact.getClass(), k -> new ArrayList<>()).add(fact);
      }
    }
  }

  List<Fact> all() {
    return Collections.unmodifiableList(all);
  }

  /// Whether the fact never meets a picture in training.
  boolean readOnly(Fact fact) {
    return readOnly.contains(fact);
  }

  /// The facts of a kind that a question may use: all, or those that may meet pictures.
  List<Fact> usable(Class<? extends Fact> kind, boolean everything) {
    return Collections.unmodifiableList((everything ? byKind : shown).get(kind));
  }

  <T extends Fact> Optional<T> about(Class<T> kind, String subject) {
    return byKind.get(kind).stream()
        .filter(f -> f.subject().equals(subject))
        .map(kind::cast)
        .findFirst();
  }

  Optional<Fact.Flag> country(Scene.Look look) {
    return byKind.get(Fact.Flag.class).stream()
        .map(Fact.Flag.class::cast)
        .filter(f -> f.look().equals(look))
        .findFirst();
  }

  private void add(Fact fact, boolean onlyRead) {
    all.add(fact);
    if (onlyRead) {
      readOnly.add(fact);
    }
  }

  private void flags() {
    for (int i = 0; i < Lexicon.EMBLEMS.size(); i++) {
      String[] row = Lexicon.EMBLEMS.get(i).split("[: ]+");
      Scene.Look look = new Scene.Look.Emblem(hue(row[1]), figure(row[2]), hue(row[3]));
      add(new Fact.Flag(row[0], look), i % 3 == 0);
    }
    for (int i = 0; i < Lexicon.STRIPES.size(); i++) {
      String[] row = Lexicon.STRIPES.get(i).split("[: ]+");
      List<Hue> hues = new ArrayList<>();
      for (int k = 2; k < row.length; k++) {
        hues.add(hue(row[k]));
      }
      add(new Fact.Flag(row[0], new Scene.Look.Stripes(hues, row[1].equals("v"))), i % 3 == 0);
    }
  }

  /// Every person likes another pair of colour and shape; none of the pairs is held out.
  private void favorites() {
    List<Item> pairs = new ArrayList<>();
    for (Hue hue : Hue.INKS) {
      for (Figure figure : Figure.ALL) {
        if (!HeldOut.pair(hue, figure)) {
          pairs.add(Item.plain(figure, hue, 0, 0, 1));
        }
      }
    }
    List<Item> mixed = SceneSampler.shuffled(new Dice(48), pairs);
    for (int i = 0; i < Lexicon.PEOPLE.size(); i++) {
      Item item = mixed.get(i);
      add(new Fact.Favorite(Lexicon.PEOPLE.get(i), item.hue(), item.figure()), i % 3 == 2);
    }
  }

  private void coloredAndShaped() {
    for (String row : Lexicon.COLORED) {
      List<String> cells = List.of(row.split(": |, "));
      for (int i = 1; i < cells.size(); i++) {
        add(new Fact.Colored(cells.get(i), hue(cells.get(0))), i % 3 == 2);
      }
    }
    for (String row : Lexicon.SHAPED) {
      List<String> cells = List.of(row.split(": |, "));
      for (int i = 1; i < cells.size(); i++) {
        add(new Fact.Shaped(cells.get(i), figure(cells.get(0))), i % 3 == 2);
      }
    }
  }

  private void words() {
    for (int i = 0; i < Lexicon.OPPOSITES.size(); i++) {
      String[] pair = Lexicon.OPPOSITES.get(i).split("/");
      add(new Fact.Opposite(pair[0], pair[1]), i % 3 == 2);
      add(new Fact.Opposite(pair[1], pair[0]), i % 3 == 2);
    }
    for (int i = 0; i < Lexicon.ANIMALS.size(); i++) {
      String[] row = Lexicon.ANIMALS.get(i).split(" ");
      add(new Fact.Legs(row[0], row[1]), i % 3 == 2);
      add(new Fact.Kind(row[0], "animal"), i % 3 == 1);
      if (row.length > 2) {
        add(new Fact.Sound(row[2], row[0]), i % 3 == 0);
      }
    }
    kinds(Lexicon.FRUITS, "fruit");
    kinds(Lexicon.VEHICLES, "vehicle");
    kinds(Lexicon.CLOTHES, "clothing");
    for (int n = 0; n < 99; n++) {
      add(new Fact.Successor(Integer.toString(n), Integer.toString(n + 1)), n % 3 == 1);
    }
  }

  private void kinds(List<String> words, String kind) {
    for (int i = 0; i < words.size(); i++) {
      add(new Fact.Kind(words.get(i), kind), i % 3 == 1);
    }
  }

  private void rules() {
    add(new Fact.Mixture("red and yellow", Hue.RED, Hue.YELLOW, "orange"), false);
    add(new Fact.Mixture("blue and yellow", Hue.BLUE, Hue.YELLOW, "green"), false);
    add(new Fact.Mixture("red and blue", Hue.RED, Hue.BLUE, "purple"), false);
    add(new Fact.Mixture("red and green", Hue.RED, Hue.GREEN, "brown"), false);
    add(new Fact.Mixture("red and white", Hue.RED, Hue.WHITE, "pink"), false);
    add(new Fact.Mixture("black and white", Hue.BLACK, Hue.WHITE, "gray"), false);
    for (Figure figure :
        List.of(Figure.CIRCLE, Figure.SQUARE, Figure.TRIANGLE, Figure.CROSS, Figure.STAR)) {
      add(new Fact.Corners(figure.word(), figure), false);
    }
    add(new Fact.Light("red", Hue.RED, "stop"), false);
    add(new Fact.Light("yellow", Hue.YELLOW, "wait"), false);
    add(new Fact.Light("green", Hue.GREEN, "go"), false);
  }

  private static Hue hue(String word) {
    return Hue.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private static Figure figure(String word) {
    return Figure.valueOf(word.toUpperCase(Locale.ROOT));
  }
}
