package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.zoo.shapes.Form.Round;
import java.util.List;
import java.util.Set;

/// A question, then the place to look at - enlarged, or marked in the whole picture - then the
/// answer.
final class Thinking {
  private static final List<String> ENLARGE =
      Speech.lines(
          """
          Look closer:
          Look closely:
          Zoom in:
          Zoom in first:
          Take a closer look:
          Think visually and zoom in:
          Use a closer look:
          Look at the detail:
          Enlarge it first:
          Go closer:
          """);

  private static final List<String> MARK =
      Speech.lines(
          """
          Think visually:
          Mark it first:
          Show where you look:
          Point at it first:
          Mark the place:
          Think visually before you answer:
          Put a frame around it:
          First show me where:
          Show the place:
          Frame it first:
          """);

  private static final double CROP = 32;

  private Thinking() {}

  static Sample sample(Dice dice, Split split) {
    Round round = Round.of(dice, false);
    while (true) {
      Scene.Things scene = SceneSampler.things(dice, 2 + dice.below(3));
      if (HeldOut.of(scene) != split) {
        continue;
      }
      int kind = dice.below(3);
      List<Item> known =
          switch (kind) {
            case 0 -> Naming.uniqueFigures(scene);
            case 1 -> Naming.uniqueHues(scene);
            default -> Naming.unique(scene);
          };
      if (!known.isEmpty()) {
        return sample(scene, dice.pick(known), kind, round);
      }
    }
  }

  private static Sample sample(Scene.Things scene, Item item, int kind, Round round) {
    Dice dice = round.dice();
    String name = Naming.name(dice, scene, item);
    String hue = item.hue().word();
    String question =
        switch (kind) {
          case 0 -> GeneralForms.say(round, GeneralForms.COLOR, "a", item.figure().word());
          case 1 -> GeneralForms.say(round, GeneralForms.SHAPE, "h", hue);
          default -> GeneralForms.say(round, VisionForms.TEXTURE, "a", name);
        };
    String answer =
        switch (kind) {
          case 0 -> hue;
          case 1 -> Speech.a(item.figure().word());
          default -> item.texture().word();
        };
    boolean enlarge = dice.chance(0.5);
    String prefix = dice.pick(enlarge ? ENLARGE : MARK);
    Turn request =
        Turn.human(List.of(Renderer.render(scene)), prefix + " " + Speech.plainCase(question));
    Part look = new Part.Image(enlarge ? enlarged(scene, item) : marked(scene, item));
    String leadIn = enlarge ? "Let me look closer:" : "Let me mark it:";
    Turn response =
        new Turn(Turn.Role.GPT, List.of(new Part.Text(leadIn), look, new Part.Text(answer)));
    Target.Answer target =
        new Target.Answer(
            "thinking",
            kind == 2 ? Group.VISION_CENTRIC : Group.GENERAL,
            Set.of(Answers.normalise(answer)),
            false);
    return new Sample(Task.THINK, List.of(request, response), target);
  }

  /// The surroundings of the thing, twice as large.
  static Picture enlarged(Scene.Things scene, Item item) {
    double left = Math.clamp(item.x() - CROP / 2, 0, Renderer.SIDE - CROP);
    double top = Math.clamp(item.y() - CROP / 2, 0, Renderer.SIDE - CROP);
    return Renderer.render(scene, left, top, CROP);
  }

  /// The whole picture with a frame around the thing, black on light grounds and white on dark
  /// ones.
  static Picture marked(Scene.Things scene, Item item) {
    Picture picture = Renderer.render(scene);
    byte[] rgb = picture.rgb();
    int reach = (int) Math.round(1.12 * item.radius()) + 1;
    int x = (int) Math.round(item.x());
    int y = (int) Math.round(item.y());
    byte ink = (byte) (Hue.distance(scene.ground().top(), 0) > 220 ? 0 : 255);
    for (int dy = -reach - 1; dy <= reach + 1; dy++) {
      for (int dx = -reach - 1; dx <= reach + 1; dx++) {
        boolean frame = Math.max(Math.abs(dx), Math.abs(dy)) >= reach;
        boolean inside =
            x + dx >= 0 && y + dy >= 0 && x + dx < Renderer.SIDE && y + dy < Renderer.SIDE;
        if (frame && inside) {
          int at = 3 * ((y + dy) * Renderer.SIDE + x + dx);
          rgb[at] = ink;
          rgb[at + 1] = ink;
          rgb[at + 2] = ink;
        }
      }
    }
    return picture;
  }
}
