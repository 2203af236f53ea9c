package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;
import java.util.ArrayList;
import java.util.List;

/// Two frames of a steady motion, then the next frame, or the direction in words.
final class Motions {
  private static final List<String> NEXT =
      Speech.lines(
          """
          What comes next?
          Draw the next frame.
          Show the next frame.
          What will the next frame look like?
          Show what happens next.
          Continue the motion.
          Predict the next frame.
          What does the next picture show?
          Draw what happens next.
          Go on with the motion.
          """);

  private static final List<String> DIRECTION =
      Speech.lines(
          """
          In which direction does the {a} move?
          Which way does the {a} move?
          Where does the {a} move?
          Which way does the {a} go?
          Where does the {a} go?
          In which direction does the {a} go?
          To which side does the {a} move?
          What is the direction of the {a}?
          Tell me which way the {a} moves.
          Where is the {a} going?
          """);

  private Motions() {}

  static Sample sample(Dice dice, Split split) {
    while (true) {
      Scene.Things first = SceneSampler.things(dice, 1 + dice.below(2));
      Relation way = dice.pick(Relation.ALL);
      List<Scene.Things> frames = frames(dice, first, way);
      boolean fits =
          frames.size() == 3
              && frames.subList(0, 2).stream().allMatch(f -> HeldOut.of(f) == Split.TRAIN)
              && HeldOut.of(frames.get(2)) == split
              && Naming.unique(first).contains(first.items().get(0));
      if (fits) {
        return dice.chance(0.7) ? nextFrame(dice, frames) : direction(dice, frames, way);
      }
    }
  }

  /// Up to three frames in which the first thing moves; fewer if it would touch another or the
  /// edge.
  private static List<Scene.Things> frames(Dice dice, Scene.Things first, Relation way) {
    double step = dice.between(7, 11);
    Item mover = first.items().get(0);
    List<Scene.Things> frames = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      double dx = way == Relation.LEFT ? -step : way == Relation.RIGHT ? step : 0;
      double dy = way == Relation.ABOVE ? -step : way == Relation.BELOW ? step : 0;
      Item moved = mover.at(mover.x() + i * dx, mover.y() + i * dy);
      double edge = 1.12 * mover.radius();
      boolean inside =
          Math.min(moved.x(), moved.y()) >= edge
              && Math.max(moved.x(), moved.y()) <= Renderer.SIDE - edge;
      if (inside && first.items().stream().noneMatch(o -> o != mover && o.touches(moved))) {
        frames.add(first.with(mover, moved));
      }
    }
    return frames;
  }

  private static Sample nextFrame(Dice dice, List<Scene.Things> frames) {
    Scene.Things next = frames.get(2);
    Turn request = Turn.human(pictures(frames), Speech.vary(dice, dice.pick(NEXT)));
    Turn response = Turn.gpt("Here is the next frame:", Renderer.render(next));
    return new Sample(
        Task.NEXT_FRAME, List.of(request, response), new Target.Drawing(Drawings.wanted(next)));
  }

  private static Sample direction(Dice dice, List<Scene.Things> frames, Relation way) {
    Scene.Things first = frames.get(0);
    String name = Naming.name(dice, first, first.items().get(0));
    String question = Speech.vary(dice, Speech.fill(dice.pick(DIRECTION), "a", name));
    String answer =
        switch (way) {
          case LEFT, RIGHT -> way.word();
          case ABOVE -> "up";
          case BELOW -> "down";
        };
    return Sample.open(Task.NEXT_FRAME, Turn.human(pictures(frames), question), Turn.gpt(answer));
  }

  private static List<Picture> pictures(List<Scene.Things> frames) {
    return frames.subList(0, 2).stream().map(Renderer::render).toList();
  }
}
