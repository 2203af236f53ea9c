package dev.chrysalis.zoo.shapes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.image.Picture;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WorldTest {
  private static final ShapesWorld WORLD = new ShapesWorld();

  @ParameterizedTest
  @EnumSource(Task.class)
  void aSampleDependsOnItsArgumentsAlone(Task task) {
    for (Split split : Split.values()) {
      Sample late = WORLD.sample(split, task, 7, 30);
      List<Sample> all =
          IntStream.range(0, 31)
              .parallel()
              .mapToObj(i -> new ShapesWorld().sample(split, task, 7, i))
              .toList();
      assertEquals(late, all.get(30));
      assertNotEquals(late, all.get(29));
      assertNotEquals(late, WORLD.sample(split, task, 8, 30));
    }
  }

  @Test
  void streamsAreDeterministic() {
    assertEquals(WORLD.mixture(1, 12345), WORLD.mixture(1, 12345));
    assertEquals(WORLD.captionPair(1, 9), WORLD.captionPair(1, 9));
    assertEquals(WORLD.spelled(1, 9), WORLD.spelled(1, 9));
    assertEquals(WORLD.placed(1, 9), WORLD.placed(1, 9));
    assertEquals(WORLD.settled(1, 9), WORLD.settled(1, 9));
    assertEquals(WORLD.lookedAt(1, 9, 0.2), WORLD.lookedAt(1, 9, 0.2));
    assertEquals(WORLD.picture(1, 9), WORLD.picture(1, 9));
    assertEquals(WORLD.textCorpus(1, 9), WORLD.textCorpus(1, 9));
    assertEquals(WORLD.riddles(1, 9), WORLD.riddles(1, 9));
    assertEquals(WORLD.drawPrompts(1, 9), WORLD.drawPrompts(1, 9));
  }

  /// Fixes the bytes of one picture: if this fails, the world has changed, and a model trained on
  /// it is no longer measured on what it was trained for.
  @Test
  void picturesStayTheSame() {
    Picture picture = Renderer.render(SceneSampler.canonical(Hue.RED, Figure.HEART));
    assertEquals(0xFFFFFF, picture.colour(0, 0));
    assertEquals(0xDE2424, picture.colour(32, 32));
    long red =
        IntStream.range(0, 64 * 64).filter(i -> picture.colour(i % 64, i / 64) != 0xFFFFFF).count();
    assertTrue(red > 560 && red < 760, () -> "red pixels: " + red);
  }

  @Test
  void conversationsAreWellFormed() {
    Map<Task, Integer> seen = new HashMap<>();
    for (int i = 0; i < 4000; i++) {
      Sample sample = WORLD.mixture(2, i);
      seen.merge(sample.task(), 1, Integer::sum);
      wellFormed(sample);
    }
    assertEquals(Set.of(Task.values()), seen.keySet());
    for (int i = 0; i < 1000; i++) {
      wellFormed(WORLD.lookedAt(2, i, 0.2));
    }
  }

  private static void wellFormed(Sample sample) {
    List<Turn> turns = sample.turns();
    boolean plain = sample.task() == Task.TEXT && turns.size() == 1;
    for (int k = 0; k < turns.size(); k++) {
      Turn turn = turns.get(k);
      boolean human = !plain && k % 2 == 0;
      assertEquals(human ? Turn.Role.HUMAN : Turn.Role.GPT, turn.role());
      String value = turn.value();
      assertTrue(value.chars().allMatch(c -> c == '\n' || (c >= ' ' && c < 127)), value);
      assertTrue(value.indexOf('{') < 0 && !value.contains("  "), value);
      assertEquals(turn.images().size(), value.split(Turn.PLACEHOLDER, -1).length - 1, value);
      turn.images().forEach(p -> assertEquals(Renderer.SIDE, p.width()));
      int words = value.split("\\s+").length;
      assertTrue(words <= (human ? sample.task() == Task.TEXT ? 90 : 22 : 170), value);
    }
    assertTrue(plain || turns.size() % 2 == 0, sample::toString);
  }

  @ParameterizedTest
  @EnumSource(Group.class)
  void answersAreShortAndQuestionsVaried(Group group) {
    Map<String, Set<String>> questions = new HashMap<>();
    for (Sample sample : WORLD.evalQuestions(group, 3, 1500)) {
      String answer = sample.turns().get(1).value();
      String[] seenAndSaid = answer.split(", so ");
      assertTrue(seenAndSaid[seenAndSaid.length - 1].split(" ").length <= 10, answer);
      assertTrue(answer.split(" ").length <= 100, answer);
      questions
          .computeIfAbsent(((Target.Answer) sample.target()).form(), f -> new HashSet<>())
          .add(sample.turns().get(0).value());
    }
    assertEquals(Forms.of(group).size(), questions.size());
    questions.forEach((form, asked) -> assertTrue(asked.size() >= 10, form));
  }

  @Test
  void captionsTellPicturesApart() {
    Set<String> captions = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      captions.add(WORLD.captionPair(4, i).caption());
    }
    assertTrue(captions.size() > 800, () -> "different captions: " + captions.size());
  }

  @Test
  void writingsAreSpelled() {
    Pattern form =
        Pattern.compile(
            "([a-z0-9](?: [a-z0-9]){0,4})(?:, the (word|number) (\\w+))? in \\w+ on .*");
    Map<String, Integer> kinds = new HashMap<>();
    for (int i = 0; i < 600; i++) {
      String text = WORLD.spelled(4, i).description();
      Matcher found = form.matcher(text);
      assertTrue(found.matches(), text);
      if (found.group(2) != null) {
        assertEquals(found.group(1).replace(" ", ""), found.group(3), text);
      }
      kinds.merge(String.valueOf(found.group(2)), 1, Integer::sum);
    }
    assertTrue(kinds.get("word") > 120 && kinds.get("number") > 100, kinds::toString);
    assertTrue(kinds.get("null") > 200, kinds::toString);
  }

  @Test
  void thingsAreToldPlaceByPlace() {
    String thing =
        "(?:at|on|in) the ((?:top|bottom)(?: left| right)?|left|right|center)"
            + " \\w+ (?:another color|\\w+) \\1 (?:plain|striped|dotted) (?:small|big)";
    Pattern form = Pattern.compile(thing);
    int strange = 0;
    for (int i = 0; i < 600; i++) {
      String text = WORLD.placed(4, i).description();
      for (String told : text.split(", ")) {
        assertTrue(form.matcher(told).matches(), text);
      }
      strange += text.contains("another color") ? 1 : 0;
    }
    assertTrue(
        strange > 200 && strange < 400, "pictures with colors that have no name: " + strange);
  }

  /// A colour in a picture is one of the named ones exactly when the words name it.
  @Test
  void strangeColorsGoByNoName() {
    Dice dice = new Dice(3);
    for (int i = 0; i < 2000; i++) {
      Hue hue = dice.pick(Hue.ALL);
      int shade = hue.shade(dice);
      assertTrue(Colors.named(shade), () -> hue + " " + Integer.toHexString(shade));
      assertEquals(hue, Colors.nearest(shade));
    }
    for (int rgb : new int[] {0x00CED1, 0x808000, 0x808080, 0xE6C8FF, 0xB0FFE0}) {
      assertFalse(Colors.named(rgb), () -> Integer.toHexString(rgb));
    }
  }

  @Test
  void editsChangeThePicture() {
    for (int i = 0; i < 300; i++) {
      List<Picture> images = WORLD.sample(Split.TRAIN, Task.EDIT, 5, i).images();
      assertNotEquals(images.get(0), images.get(1));
    }
  }
}
