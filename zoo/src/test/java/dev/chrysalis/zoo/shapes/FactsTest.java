package dev.chrysalis.zoo.shapes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What is only read stays apart from pictures, and is read.
class FactsTest {
  private static final List<Class<? extends Fact>> NAMED =
      List.of(Fact.Flag.class, Fact.Favorite.class, Fact.Colored.class, Fact.Shaped.class);

  /// Subjects of facts that are only read, of the kinds whose subject is named in questions and
  /// requests.
  private static List<Pattern> readOnlySubjects() {
    List<Pattern> subjects = new ArrayList<>();
    for (Class<? extends Fact> kind : NAMED) {
      for (Fact fact : Facts.WORLD.usable(kind, true)) {
        if (Facts.WORLD.readOnly(fact)) {
          subjects.add(Pattern.compile("\\b" + fact.subject().toLowerCase() + "\\b"));
        }
      }
    }
    return subjects;
  }

  /// The words of these samples, but for answers like `oink, so a pig`, where the animal itself is
  /// not the fact.
  private static List<String> words(List<Sample> samples) {
    List<String> words = new ArrayList<>();
    for (Sample sample : samples) {
      for (Turn turn : sample.turns()) {
        boolean sound = turn.value().contains(", so a");
        if (!sound) {
          words.add(turn.value().toLowerCase());
        }
      }
    }
    return words;
  }

  private static List<Sample> mixture(ShapesWorld world, int n) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      samples.add(world.mixture(1, i));
    }
    return samples;
  }

  @Test
  void whatIsOnlyReadNeverMeetsAPicture() {
    List<Sample> pictured =
        mixture(new ShapesWorld(), 6_000).stream().filter(s -> s.task() != Task.TEXT).toList();
    List<String> words = words(pictured);
    for (Pattern subject : readOnlySubjects()) {
      words.forEach(w -> assertFalse(subject.matcher(w).find(), () -> subject + " in: " + w));
    }
    for (Fact fact : Facts.WORLD.usable(Fact.Opposite.class, true)) {
      String answer = fact.subject() + ", so " + ((Fact.Opposite) fact).opposite();
      assertTrue(!Facts.WORLD.readOnly(fact) || !words.contains(answer), answer);
    }
  }

  @Test
  void theCorpusSpeaksOfEverythingUnlessWithheld() {
    List<Sample> read = new ArrayList<>();
    List<Sample> withheld = mixture(new ShapesWorld(true), 1000);
    for (int i = 0; i < 12_000; i++) {
      read.add(new ShapesWorld().textCorpus(1, i));
      withheld.add(new ShapesWorld(true).textCorpus(1, i));
    }
    String corpus = String.join("\n", words(read));
    String rest = String.join("\n", words(withheld));
    for (Pattern subject : readOnlySubjects()) {
      assertTrue(subject.matcher(corpus).results().count() >= 10, subject::toString);
      assertFalse(subject.matcher(rest).find(), subject::toString);
    }
  }

  @Test
  void withholdingChangesNothingElse() {
    for (int i = 0; i < 500; i++) {
      Sample with = new ShapesWorld().mixture(3, i);
      if (with.task() != Task.TEXT) {
        assertEquals(with, new ShapesWorld(true).mixture(3, i));
      }
    }
  }

  @Test
  void riddlesNeedAFactThatIsOnlyRead() {
    List<Pattern> subjects = readOnlySubjects();
    for (Sample riddle : new ShapesWorld().riddles(2, 300)) {
      String request = riddle.turns().get(0).value().toLowerCase();
      assertTrue(subjects.stream().anyMatch(s -> s.matcher(request).find()), request);
    }
  }

  @Test
  void factsAreDistinct() {
    Set<Object> seen = new HashSet<>();
    for (Fact fact : Facts.WORLD.all()) {
      assertTrue(seen.add(fact.getClass() + fact.subject()), fact::toString);
      switch (fact) {
        case Fact.Flag f -> assertTrue(seen.add(f.look()), f::toString);
        case Fact.Favorite f -> assertTrue(seen.add(f.hue() + " " + f.figure()), f::toString);
        default -> assertFalse(fact.subject().isEmpty());
      }
    }
    assertEquals(48, Lexicon.PEOPLE.size());
  }

  @Test
  void noFlagIsOfAHeldOutPair() {
    for (Fact fact : Facts.WORLD.usable(Fact.Flag.class, true)) {
      Scene.Look look = ((Fact.Flag) fact).look();
      assertEquals(Split.TRAIN, HeldOut.of(SceneSampler.canonicalFlag(look)), fact::toString);
    }
  }
}
