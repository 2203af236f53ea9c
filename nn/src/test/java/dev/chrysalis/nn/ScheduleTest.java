package dev.chrysalis.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ScheduleTest {
  record Point(String name, Schedule schedule, int step, double factor) {
    @Override
    public String toString() {
      return name + " at " + step;
    }
  }

  static List<Point> points() {
    Schedule cosine = Schedule.cosine(10, 110);
    Schedule linear = Schedule.linear(10, 110);
    Schedule log = Schedule.logWarmup(10, 110);
    return List.of(
        new Point("constant", Schedule.constant(), 0, 1),
        new Point("constant", Schedule.constant(), 1_000_000, 1),
        new Point("cosine", cosine, 0, 0),
        new Point("cosine", cosine, 5, 0.5),
        new Point("cosine", cosine, 10, 1),
        new Point("cosine", cosine, 35, 0.5 + Math.sqrt(0.5) / 2),
        new Point("cosine", cosine, 60, 0.5),
        new Point("cosine", cosine, 110, 0),
        new Point("cosine", cosine, 160, 0.5), // rises again past the end
        new Point("linear", linear, 0, 0),
        new Point("linear", linear, 3, 0.3),
        new Point("linear", linear, 10, 1),
        new Point("linear", linear, 35, 0.75),
        new Point("linear", linear, 110, 0),
        new Point("linear", linear, 500, 0),
        new Point("log", log, 0, 0),
        new Point("log", log, 4, Math.log(5) / Math.log(11)),
        new Point("log", log, 9, Math.log(10) / Math.log(11)),
        new Point("log", log, 10, 1),
        new Point("log", log, 60, 0.5),
        new Point("log", log, 111, 0),
        new Point("no warm-up", Schedule.cosine(0, 4), 0, 1),
        new Point("no warm-up", Schedule.linear(0, 4), 1, 0.75),
        new Point("no warm-up", Schedule.logWarmup(0, 4), 3, 0.25),
        new Point("warm-up only", Schedule.linear(4, 4), 3, 0.75),
        new Point("warm-up only", Schedule.linear(4, 4), 4, 1));
  }

  @ParameterizedTest
  @MethodSource("points")
  void factorFollowsTheFormula(Point point) {
    assertEquals(point.factor(), point.schedule().factor(point.step()), 1e-12);
  }
}
