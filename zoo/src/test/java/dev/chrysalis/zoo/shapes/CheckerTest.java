package dev.chrysalis.zoo.shapes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.zoo.shapes.Target.Wanted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// How far the checker can be trusted: right drawings it misses, wrong ones it accepts.
class CheckerTest {
  private static final List<Sample> PROMPTS = new ShapesWorld().drawPrompts(4, 300);
  private static final List<Sample> RIDDLES = new ShapesWorld().riddles(4, 200);

  private static Wanted wanted(Sample sample) {
    return ((Target.Drawing) sample.target()).wanted();
  }

  private static double rate(List<Sample> samples, double sigma, double noise) {
    Dice dice = new Dice(9);
    return samples.stream()
            .filter(s -> {
              Picture worn = Wear.apply(s.images().get(0), sigma, noise, dice);
              return Checker.satisfies(worn, wanted(s));
            })
            .count()
        / (double) samples.size();
  }

  @Test
  void findsWhatIsThere() {
    assertTrue(rate(PROMPTS, 0, 0) >= 0.98);
    assertTrue(rate(RIDDLES, 0, 0) >= 0.98);
  }

  @Test
  void findsItUnderBlurAndNoise() {
    assertTrue(rate(PROMPTS, 1, 8) >= 0.9);
    assertTrue(rate(RIDDLES, 1, 8) >= 0.9);
  }

  /// One thing of another colour, of another shape, one too few, one too many, or the two
  /// exchanged.
  @Test
  void refusesWrongDrawings() {
    Dice dice = new Dice(10);
    int accepted = 0;
    int all = 0;
    for (int i = 0; i < 400; i++) {
      Drawing drawing = Drawings.measured(dice);
      Scene.Things right = (Scene.Things) drawing.scene();
      for (Scene.Things wrong : wrong(dice, right)) {
        all++;
        Picture worn = Wear.apply(Renderer.render(wrong), i % 2 == 0 ? 0 : 1, 4, dice);
        accepted += Checker.satisfies(worn, drawing.wanted()) ? 1 : 0;
      }
    }
    int wrongly = accepted;
    int total = all;
    assertTrue(total > 1500 && wrongly <= 0.03 * total, () -> wrongly + " of " + total);
  }

  private static List<Scene.Things> wrong(Dice dice, Scene.Things right) {
    Item item = dice.pick(right.items());
    Hue hue = dice.pick(Hue.INKS.stream().filter(h -> h != item.hue()).toList());
    Figure figure = dice.pick(Figure.ALL.stream().filter(f -> f != item.figure()).toList());
    List<Scene.Things> wrong = new ArrayList<>();
    wrong.add(right.with(item, item.in(hue)));
    wrong.add(right.with(item, item.as(figure)));
    wrong.add(right.without(item));
    if (right.items().size() == 1) {
      wrong.add(right.with(item, item.at(17, 32).sized(12)).plus(item.at(47, 32).sized(12)));
    } else {
      Item a = right.items().get(0);
      Item b = right.items().get(1);
      wrong.add(new Scene.Things(right.ground(), List.of(a.at(b.x(), b.y()), b.at(a.x(), a.y()))));
      wrong.add(new Scene.Things(right.ground(), List.of(a.at(17, 17), b.at(47, 47))));
    }
    wrong.removeIf(s ->
        s.items().size() == 2
            && s.items().get(0).sameKind(s.items().get(1))
            && right.items().size() == 2);
    return wrong;
  }

  @Test
  void seesNothingInNothing() {
    Picture empty = Picture.filled(64, 64, 0xFFFFFF);
    assertEquals(List.of(), Checker.find(empty));
    assertFalse(Checker.satisfies(empty, wanted(PROMPTS.get(0))));
  }

  @Test
  void recognisesNothingInNoise() {
    Dice dice = new Dice(11);
    for (int i = 0; i < 20; i++) {
      Picture noise = Wear.apply(Picture.filled(64, 64, 0x808080), 0, 120, dice);
      Picture clouds = Wear.apply(noise, 3, 0, dice);
      assertFalse(Checker.satisfies(noise, wanted(PROMPTS.get(i))));
      assertFalse(Checker.satisfies(clouds, wanted(PROMPTS.get(i))));
    }
  }

  @Test
  void knowsEveryColorAndShape() {
    for (Hue hue : Hue.INKS) {
      for (Figure figure : Figure.ALL) {
        List<Checker.Found> found =
            Checker.find(Renderer.render(SceneSampler.canonical(hue, figure)));
        assertEquals(1, found.size());
        assertEquals(hue, found.get(0).hue());
        assertEquals(figure, found.get(0).figure());
        assertTrue(found.get(0).fit() > 0.9);
      }
    }
  }

  /// A red disc and a blue square as another program draws them: hard edges, pure colours.
  @Test
  void readsAnotherProgramsPicture() {
    byte[] rgb = Picture.filled(64, 64, 0xFFFFFF).rgb();
    for (int y = 0; y < 64; y++) {
      for (int x = 0; x < 64; x++) {
        boolean disc = Math.hypot(x - 16, y - 30) < 11;
        boolean square = x >= 36 && x < 58 && y >= 20 && y < 42;
        rgb[3 * (64 * y + x)] = (byte) (square ? 0 : 255);
        rgb[3 * (64 * y + x) + 1] = (byte) (disc || square ? 0 : 255);
        rgb[3 * (64 * y + x) + 2] = (byte) (disc ? 0 : 255);
      }
    }
    Wanted wanted =
        new Wanted.Things(
            List.of(
                new Target.Kind(Hue.RED, Figure.CIRCLE), new Target.Kind(Hue.BLUE, Figure.SQUARE)),
            Optional.of(Relation.LEFT),
            Optional.of("white"));
    assertTrue(Checker.satisfies(new Picture(64, 64, rgb), wanted));
  }

  @Test
  void tellsStripesApart() {
    List<Scene.Look> flags =
        Facts.WORLD.usable(Fact.Flag.class, true).stream()
            .map(f -> ((Fact.Flag) f).look())
            .toList();
    for (Scene.Look shown : flags) {
      Picture picture = Renderer.render(SceneSampler.canonicalFlag(shown));
      for (Scene.Look look : flags) {
        boolean same = look.equals(shown);
        assertEquals(same, Checker.satisfies(picture, Drawings.wanted(look)), look::toString);
      }
    }
  }

  @Test
  void refusesOtherSizes() {
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> Checker.find(Picture.filled(32, 64, 0)));
    assertTrue(e.getMessage().contains("32 x 64"), e::getMessage);
  }
}
