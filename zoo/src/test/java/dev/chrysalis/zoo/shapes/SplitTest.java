package dev.chrysalis.zoo.shapes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The two halves of the world share words and no held-out combination.
class SplitTest {
  /// All combinations of a scene that may be held out, written down independently of `HeldOut`.
  private static Set<String> combinations(Scene scene) {
    Set<String> found = new HashSet<>();
    switch (scene) {
      case Scene.Writing w -> found.add(w.text() + " in " + w.ink());
      case Scene.Chart c ->
          found.add(c.bars().stream().map(b -> b.hue() + ":" + b.value()).toList() + "");
      case Scene.Flag f -> {
        found.add(f.look() + "");
        found.add(f.look() + " in " + f.frame());
        if (f.look() instanceof Scene.Look.Emblem e) {
          found.add(e.hue() + " " + e.figure());
        }
      }
      case Scene.Things t -> things(t, found);
    }
    return found;
  }

  private static void things(Scene.Things scene, Set<String> found) {
    for (Item a : scene.items()) {
      String kind = a.hue() + " " + a.figure();
      found.add(kind);
      if (scene.items().size() == 1) {
        found.add(kind + " on " + scene.ground().name());
      }
      for (Item b : scene.items()) {
        Optional<Relation> relation = a == b ? Optional.empty() : Relation.of(a, b);
        relation.ifPresent(r -> found.add(kind + " " + r + " " + b.hue() + " " + b.figure()));
      }
    }
  }

  private static List<Scene> scenes(Split split, int n) {
    List<Scene> scenes = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Dice dice = new Dice(i, split.ordinal());
      scenes.add(Forms.scene(dice, split));
      Group group = Group.values()[i % 4];
      scenes.add(Forms.ask(dice, Forms.pick(dice, group), split, split == Split.TEST).scene());
      Edits.Edit edit = Edits.any(dice, split);
      scenes.add(edit.after());
      if (split == Split.TRAIN && i % 3 == 0) {
        scenes.add(ShapesWorld.placed(dice));
        scenes.add(ShapesWorld.settled(dice));
        scenes.add(ShapesWorld.described(dice, split));
      }
    }
    return scenes;
  }

  @Test
  void everyTestSceneHasACombinationNobodyTrainedOn() {
    Set<String> trained = new HashSet<>();
    scenes(Split.TRAIN, 12_000).forEach(s -> trained.addAll(combinations(s)));
    Set<String> tested = new HashSet<>();
    for (Scene scene : scenes(Split.TEST, 300)) {
      Set<String> fresh = combinations(scene);
      fresh.removeAll(trained);
      assertFalse(fresh.isEmpty(), scene::toString);
      tested.addAll(fresh);
    }
    assertTrue(tested.size() > 300);
  }

  @Test
  void everyWordStaysInTraining() {
    for (Hue hue : Hue.ALL) {
      assertEquals(1, Figure.ALL.stream().filter(f -> HeldOut.pair(hue, f)).count());
    }
    for (Figure figure : Figure.ALL) {
      assertTrue(Hue.INKS.stream().filter(h -> HeldOut.pair(h, figure)).count() <= 2);
    }
  }

  /// Nothing that is trained on names a held-out pair of colour and shape, in pictures' text or
  /// alone.
  @Test
  void trainingTextNamesNoHeldOutPair() {
    Set<String> pairs = new HashSet<>();
    for (Hue hue : Hue.ALL) {
      for (Figure figure : Figure.ALL) {
        if (HeldOut.pair(hue, figure)) {
          pairs.add(hue.word() + " " + figure.word());
          pairs.add(figure.word() + " in " + hue.word());
        }
      }
    }
    ShapesWorld world = new ShapesWorld();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 6000; i++) {
      world.mixture(5, i).turns().forEach(t -> texts.add(t.value()));
      world.textCorpus(5, i).turns().forEach(t -> texts.add(t.value()));
      texts.add(world.captionPair(5, i).caption());
      texts.add(world.captionPair(5, i).description());
      texts.add(world.placed(5, i).description());
    }
    for (String text : texts) {
      assertTrue(pairs.stream().noneMatch(text::contains), text);
    }
  }

  /// Words and numbers that are spelled are the same that questions ask for.
  @Test
  void noHeldOutWritingIsSpelled() {
    Pattern form = Pattern.compile(".*, the (?:word|number) (\\w+) in (\\w+) on .*");
    ShapesWorld world = new ShapesWorld();
    Set<String> spelled = new HashSet<>();
    for (int i = 0; i < 6000; i++) {
      Matcher found = form.matcher(world.spelled(5, i).description());
      if (found.matches()) {
        spelled.add(found.group(1) + "|" + found.group(2));
      }
    }
    assertTrue(spelled.size() > 1000);
    for (Scene scene : scenes(Split.TEST, 3000)) {
      if (scene instanceof Scene.Writing w) {
        String both = w.text().toLowerCase(Locale.ROOT) + "|" + w.ink().word();
        assertFalse(spelled.contains(both), both);
      }
    }
  }

  @Test
  void measuredRequestsAreHeldOut() {
    for (Sample sample : new ShapesWorld().drawPrompts(6, 200)) {
      Target.Wanted.Things wanted =
          (Target.Wanted.Things) ((Target.Drawing) sample.target()).wanted();
      List<Item> items =
          wanted.kinds().stream().map(k -> Item.plain(k.figure(), k.hue(), 0, 0, 1)).toList();
      boolean pair = items.stream().anyMatch(i -> HeldOut.pair(i.hue(), i.figure()));
      boolean triple =
          wanted.relation().isPresent()
              && HeldOut.triple(items.get(0), wanted.relation().get(), items.get(1));
      assertTrue(pair || triple, sample::toString);
    }
  }
}
