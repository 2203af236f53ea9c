package dev.chrysalis.zoo.shapes;

import dev.chrysalis.zoo.shapes.Form.Asked;
import dev.chrysalis.zoo.shapes.Form.Round;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds a scene and a question of a form that go together.
final class Forms {
  private static final int PATIENCE = 200_000;

  /// A question with the scene it is about.
  record Question(Form form, Scene scene, Asked asked) {}

  private Forms() {}

  static List<Form> of(Group group) {
    return switch (group) {
      case GENERAL -> GeneralForms.ALL;
      case KNOWLEDGE -> KnowledgeForms.ALL;
      case TEXT_AND_CHART -> TextForms.ALL;
      case VISION_CENTRIC -> VisionForms.ALL;
    };
  }

  static Form pick(Dice dice, Group group) {
    List<Form> forms = of(group);
    return forms.get(dice.weighted(forms.stream().mapToDouble(Form::weight).toArray()));
  }

  /// A question of this form about a scene of this half of the world.
  ///
  /// @param everything whether facts that are only read may be used
  static Question ask(Dice dice, Form form, Split split, boolean everything) {
    Round round = Round.of(dice, everything);
    for (int i = 0; i < PATIENCE; i++) {
      Scene scene = form.source().draw(round);
      if (HeldOut.of(scene) == split) {
        Optional<Asked> asked = form.asking().ask(scene, round);
        if (asked.isPresent()) {
          return new Question(form, scene, asked.get());
        }
      }
    }
    throw new IllegalStateException("no scene of " + split + " for the question: " + form.name());
  }

  /// Another question about the same scene, if one of a few forms tried has one.
  static Optional<Asked> another(Dice dice, Scene scene, Asked first, boolean everything) {
    for (int i = 0; i < 12; i++) {
      Form form = pick(dice, dice.pick(List.of(Group.values())));
      Optional<Asked> asked = form.asking().ask(scene, Round.of(dice, everything));
      if (asked.isPresent() && !asked.get().question().equals(first.question())) {
        return asked;
      }
    }
    return Optional.empty();
  }

  /// Of further questions, those that need a fact.
  static final double KNOWING = 0.1;

  /// Further questions about the same scene, now and then such as need a fact.
  static List<Asked> further(Dice dice, Scene scene, Asked first, int most, boolean everything) {
    return further(dice, scene, first, most, everything, KNOWING);
  }

  /// Further questions about the same scene, none of them twice. Most are such as the scene was
  /// made for; few are answered by `zero`, which would be right too often.
  ///
  /// @param most how many at most
  /// @param knowing share of those that need a fact
  static List<Asked> further(
      Dice dice, Scene scene, Asked first, int most, boolean everything, double knowing) {
    List<Group> groups =
        scene instanceof Scene.Things
            ? List.of(Group.GENERAL, Group.VISION_CENTRIC, Group.VISION_CENTRIC)
            : List.of(Group.TEXT_AND_CHART, Group.TEXT_AND_CHART, Group.KNOWLEDGE);
    Map<String, Asked> found = new LinkedHashMap<>();
    found.put(first.question(), first);
    for (int i = 0; i < 8 * most && found.size() <= most; i++) {
      Group group = dice.chance(knowing) ? Group.KNOWLEDGE : dice.pick(groups);
      Optional<Asked> asked = pick(dice, group).asking().ask(scene, Round.of(dice, everything));
      boolean kept =
          asked.isPresent() && (!asked.get().answer().equals("zero") || dice.chance(0.3));
      if (kept) {
        found.putIfAbsent(asked.get().question(), asked.get());
      }
    }
    found.remove(first.question());
    return List.copyOf(found.values());
  }

  /// Any scene of this half of the world.
  static Scene scene(Dice dice, Split split) {
    while (true) {
      Scene scene = any(dice);
      if (HeldOut.of(scene) == split) {
        return scene;
      }
    }
  }

  private static Scene any(Dice dice) {
    return switch (dice.weighted(0.62, 0.09, 0.06, 0.11, 0.12)) {
      case 0 -> SceneSampler.things(dice);
      case 1 -> SceneSampler.writing(dice, dice.pick(TextForms.WORDS));
      case 2 -> SceneSampler.writing(dice, TextForms.number(dice));
      case 3 -> SceneSampler.chart(dice);
      default ->
          dice.chance(0.5)
              ? SceneSampler.flag(dice, SceneSampler.look(dice))
              : SceneSampler.flag(dice, flag(dice).look());
    };
  }

  private static Fact.Flag flag(Dice dice) {
    return (Fact.Flag) dice.pick(Facts.WORLD.usable(Fact.Flag.class, true));
  }
}
