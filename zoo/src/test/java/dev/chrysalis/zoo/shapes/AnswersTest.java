package dev.chrysalis.zoo.shapes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AnswersTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Red.|red",
        "It is a red circle!|red circle",
        "a Circle in red.|red circle",
        "a small ring in blue and a star in white|small blue ring and white star",
        "There are three.|3",
        "3|3",
        "none|0",
        "hot, so cold|cold",
        "a red circle on white, so Japan|japan",
        "The answer is: blue|blue",
        "in the Centre|center",
        "light grey|light gray",
        "a|a",
        "on the left|left",
        "the|the",
        "...|''"
      })
  void normalises(String said, String normal) {
    assertEquals(normal, Answers.normalise(said));
  }

  /// The right response of every question is accepted, and no answer given without looking is right
  /// often.
  @ParameterizedTest
  @EnumSource(Group.class)
  void majorityAnswersAreRarelyRight(Group group) {
    ShapesWorld world = new ShapesWorld();
    Map<String, String> majority = Answers.majority(world, group, 1, 1500);
    List<Sample> questions = world.evalQuestions(group, 2, 600);
    for (Sample question : questions) {
      Target.Answer target = (Target.Answer) question.target();
      assertTrue(Answers.right(target, question.turns().get(1).value()), question::toString);
    }
    double baseline = Answers.baseline(majority, questions);
    assertTrue(baseline > 0 && baseline < 0.45, () -> group + ": " + baseline);
  }

  @Test
  void majorityKnowsEveryForm() {
    Map<String, String> majority =
        Answers.majority(new ShapesWorld(), Group.VISION_CENTRIC, 3, 1500);
    assertEquals(VisionForms.ALL.size(), majority.size());
  }
}
