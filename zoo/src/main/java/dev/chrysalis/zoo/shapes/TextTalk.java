package dev.chrysalis.zoo.shapes;

import dev.chrysalis.zoo.shapes.Form.Asked;
import java.util.ArrayList;
import java.util.List;

/// The corpus without pictures: passages of facts, questions about facts, described scenes and
/// questions about them.
final class TextTalk {
  private static final List<String> SETTINGS =
      Speech.lines(
          """
          There is {x}.
          A picture shows {x}.
          I see {x}.
          The picture shows {x}.
          Imagine {x}.
          You see {x}.
          Think of a picture of {x}.
          In the picture there is {x}.
          Suppose you see {x}.
          Here you can see {x}.
          """);

  /// Questions about a described scene, after the first.
  private static final int MOST_FURTHER = 5;

  /// Notes of a described scene.
  private static final int NOTES = 24;

  private TextTalk() {}

  /// @param facts whether facts are stated at all, and which facts the questions may use
  static Sample sample(Dice dice, boolean facts) {
    double stated = facts ? 1 : 0;
    return switch (dice.weighted(0.2 * stated, 0.2 * stated, 0.3, 0.26, 0.04)) {
      case 0 -> passage(dice);
      case 1 -> questions(dice);
      case 2 -> described(dice, facts);
      case 3 -> noted(dice);
      default -> captions(dice);
    };
  }

  /// Three to five statements, as plain text.
  private static Sample passage(Dice dice) {
    List<String> said = new ArrayList<>();
    for (int i = 3 + dice.below(3); i > 0; i--) {
      said.add(FactTalk.statement(dice, fact(dice)));
    }
    return Sample.open(Task.TEXT, Turn.gpt(String.join(" ", said)));
  }

  /// One to three questions.
  private static Sample questions(Dice dice) {
    List<Turn> turns = new ArrayList<>();
    for (int i = 1 + dice.below(3); i > 0; i--) {
      String[] both = FactTalk.question(dice, fact(dice));
      turns.add(Turn.human(both[0]));
      turns.add(Turn.gpt(both[1]));
    }
    return new Sample(Task.TEXT, turns, new Target.Open());
  }

  /// The kinds in fixed shares; within a kind all facts alike. Numbers are many and easy, rules
  /// few.
  private static Fact fact(Dice dice) {
    List<Class<? extends Fact>> kinds =
        List.of(
            Fact.Flag.class,
            Fact.Favorite.class,
            Fact.Colored.class,
            Fact.Shaped.class,
            Fact.Opposite.class,
            Fact.Legs.class,
            Fact.Sound.class,
            Fact.Kind.class,
            Fact.Successor.class,
            Fact.Mixture.class,
            Fact.Corners.class,
            Fact.Light.class);
    int kind =
        dice.weighted(0.18, 0.16, 0.18, 0.10, 0.09, 0.05, 0.05, 0.07, 0.06, 0.02, 0.02, 0.02);
    return dice.pick(Facts.WORLD.usable(kinds.get(kind), true));
  }

  /// What is found in a scene in words: notes of it, or questions that need no fact.
  static Sample found(Dice dice) {
    Group group = dice.chance(0.5) ? Group.GENERAL : Group.VISION_CENTRIC;
    return dice.chance(0.5) ? noted(dice) : described(dice, group, false, 0);
  }

  /// A scene in words instead of a picture, and questions about it of any group.
  private static Sample described(Dice dice, boolean facts) {
    return described(dice, dice.pick(List.of(Group.values())), facts, Forms.KNOWING);
  }

  /// @param knowing of the further questions, those that need a fact
  private static Sample described(Dice dice, Group group, boolean facts, double knowing) {
    Forms.Question question = Forms.ask(dice, Forms.pick(dice, group), Split.TRAIN, facts);
    Asked asked = question.asked();
    String setting = Speech.fill(dice.pick(SETTINGS), "x", Describer.told(question.scene()));
    List<Turn> turns = new ArrayList<>();
    turns.add(Turn.human(setting + " " + asked.question()));
    turns.add(Turn.gpt(asked.further()));
    int most = dice.below(MOST_FURTHER + 1);
    for (Asked further : Forms.further(dice, question.scene(), asked, most, facts, knowing)) {
      turns.add(Turn.human(further.question()));
      turns.add(Turn.gpt(further.further()));
    }
    return new Sample(Task.TEXT, turns, new Target.Open());
  }

  /// Notes of a scene in words, of three things or four.
  static Sample noted(Dice dice) {
    while (true) {
      Scene.Things scene = SceneSampler.things(dice, 3 + dice.weighted(0.3, 0.7));
      if (HeldOut.of(scene) == Split.TRAIN) {
        String setting = Speech.fill(dice.pick(SETTINGS), "x", Describer.placeByPlace(scene));
        Turn request = Turn.human(setting + " " + Notes.request(dice).value());
        return Sample.open(Task.TEXT, request, Notes.response(dice, scene, NOTES));
      }
    }
  }

  private static Sample captions(Dice dice) {
    List<String> said = new ArrayList<>();
    for (int i = 1 + dice.below(2); i > 0; i--) {
      Scene scene = Forms.scene(dice, Split.TRAIN);
      said.add(Speech.fill(dice.pick(SETTINGS), "x", Describer.caption(scene, dice)));
    }
    return Sample.open(Task.TEXT, Turn.gpt(String.join(" ", said)));
  }
}
