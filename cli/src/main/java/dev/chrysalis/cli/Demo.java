package dev.chrysalis.cli;

import dev.chrysalis.cli.DemoStory.Line;
import dev.chrysalis.cli.DemoStory.Section;
import dev.chrysalis.cli.DemoStory.Shot;
import dev.chrysalis.cli.DemoStory.Speaker;
import dev.chrysalis.models.diffusion.LatentDiffusion;
import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.Answer;
import dev.chrysalis.zoo.metamorph.Conversation;
import dev.chrysalis.zoo.metamorph.GenerationOptions;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import dev.chrysalis.zoo.shapes.Answers;
import dev.chrysalis.zoo.shapes.Checker;
import dev.chrysalis.zoo.shapes.Figure;
import dev.chrysalis.zoo.shapes.Group;
import dev.chrysalis.zoo.shapes.Hue;
import dev.chrysalis.zoo.shapes.Part;
import dev.chrysalis.zoo.shapes.Sample;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import dev.chrysalis.zoo.shapes.Split;
import dev.chrysalis.zoo.shapes.Target;
import dev.chrysalis.zoo.shapes.Target.Wanted;
import dev.chrysalis.zoo.shapes.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The talks of the demo. Scenes and requests are the first ones of a seed, of combinations nobody
/// trained on; answers are taken as they come.
final class Demo {
  /// Answers and pictures, the steps that progress counts.
  static final int STEPS = 16;

  private static final String DESCRIBE = "Describe the picture.";
  private static final String RIDDLE = "Draw the flag of Japan.";
  private static final Wanted RIDDLE_WANTED =
      new Wanted.Things(
          List.of(new Target.Kind(Hue.RED, Figure.CIRCLE)), Optional.empty(), Optional.of("white"));

  private final MetaMorphFolder model;
  private final Function<Long, LatentDiffusion.Settings> settings;
  private final long seed;
  private final Runnable tick;
  private final ShapesWorld world = new ShapesWorld();
  private long drawn;

  /// @param settings of a drawing, by the seed of its noise
  /// @param tick hears of every answer and every drawing
  Demo(
      MetaMorphFolder model,
      Function<Long, LatentDiffusion.Settings> settings,
      long seed,
      Runnable tick) {
    this.model = model;
    this.settings = settings;
    this.seed = seed;
    this.tick = tick;
  }

  List<Section> sections() {
    return List.of(
        look(
            "A scene",
            "A picture of a combination that no training picture shows, and two questions, each"
                + " asked afresh.",
            "look-1.png",
            Group.GENERAL),
        look(
            "A word, a number or a chart",
            "The same with something to read.",
            "look-2.png",
            Group.TEXT_AND_CHART),
        drawings(),
        conversation(),
        edit());
  }

  private Section look(String title, String about, String file, Group group) {
    Sample sample = world.evalQuestions(group, seed, 1).getFirst();
    Shot shot = new Shot(file, sample.images().getFirst());
    List<Line> lines = new ArrayList<>();
    Target.Answer target = (Target.Answer) sample.target();
    lines.add(user(words(sample), List.of(shot)));
    Answer answer = fresh().ask(words(sample), List.of(shot.picture()), false);
    lines.add(said(answer, List.of(), Optional.of(verdict(target, answer))));
    lines.add(user(DESCRIBE, List.of()));
    Answer description = fresh().ask(DESCRIBE, List.of(shot.picture()), false);
    lines.add(said(description, List.of(), Optional.empty()));
    return new Section(title, about, lines);
  }

  private Section drawings() {
    List<Line> lines = new ArrayList<>();
    List<Sample> asked = world.drawPrompts(seed, 2);
    for (int i = 0; i < asked.size(); i++) {
      Wanted wanted = ((Target.Drawing) asked.get(i).target()).wanted();
      draw(lines, words(asked.get(i)), wanted, "draw-%d.png".formatted(i + 1));
    }
    draw(lines, RIDDLE, RIDDLE_WANTED, "draw-3.png");
    return new Section(
        "Three drawings",
        "Two combinations nobody trained on, and a riddle: what that flag looks like was only ever"
            + " read as text.",
        lines);
  }

  private void draw(List<Line> lines, String request, Wanted wanted, String file) {
    lines.add(user(request, List.of()));
    Answer answer = fresh().ask(request, List.of(), true);
    lines.add(drawnLine(answer, wanted, file));
  }

  private Section conversation() {
    Sample question = world.evalQuestions(Group.VISION_CENTRIC, seed, 1).getFirst();
    Sample request = world.drawPrompts(seed, 3).getLast();
    Wanted wanted = ((Target.Drawing) request.target()).wanted();
    Shot shown = new Shot("talk-1.png", question.images().getFirst());
    Talking talk = fresh();
    List<Line> lines = new ArrayList<>();
    lines.add(user(words(question), List.of(shown)));
    Answer first = talk.ask(words(question), List.of(shown.picture()), false);
    lines.add(
        said(first, List.of(), Optional.of(verdict((Target.Answer) question.target(), first))));
    lines.add(user(words(request), List.of()));
    lines.add(drawnLine(talk.ask(words(request), List.of(), false), wanted, "talk-2.png"));
    String again = "Now look at your picture. How many shapes are there?";
    lines.add(user(again, List.of()));
    Answer count = talk.ask(again, List.of(), false);
    Target.Answer right = new Target.Answer("count", Group.GENERAL, Set.of(shapes(wanted)), false);
    lines.add(said(count, List.of(), Optional.of(verdict(right, count))));
    return new Section(
        "One conversation",
        "A picture goes in, words and a picture come out, and the talk goes on about that picture.",
        lines);
  }

  private static String shapes(Wanted wanted) {
    return switch (wanted) {
      case Wanted.Things things -> Integer.toString(things.kinds().size());
      case Wanted.Stripes stripes -> Integer.toString(stripes.hues().size());
    };
  }

  private Section edit() {
    Sample sample = world.sample(Split.TEST, Task.EDIT, seed, 0);
    Shot before = new Shot("edit-1.png", sample.prompt().getFirst().images().getFirst());
    Wanted wanted = ((Target.Drawing) sample.target()).wanted();
    Answer answer = fresh().ask(words(sample), List.of(before.picture()), true);
    return new Section(
        "An edit",
        "A picture and what to change in it.",
        List.of(user(words(sample), List.of(before)), drawnLine(answer, wanted, "edit-2.png")));
  }

  // ---- talking

  private Talking fresh() {
    return new Talking();
  }

  /// One conversation.
  private final class Talking {
    private final Conversation conversation =
        new Conversation(
            model.model(),
            model.tokenizer(),
            MetaMorphPrompt.DEFAULT,
            model.model().config().language().maxPositionEmbeddings());

    Answer ask(String text, List<Picture> pictures, boolean mustDraw) {
      List<Tensor> features = pictures.stream().map(model::see).toList();
      conversation.say(Talk.turn(pictures.size(), text), features);
      Answer answer =
          conversation.answer(new GenerationOptions(0, 0, 1, seed, 256, mustDraw), event -> {});
      tick.run();
      return answer;
    }
  }

  private Line drawnLine(Answer answer, Wanted wanted, String file) {
    Optional<Picture> picture =
        answer.pictures().stream()
            .findFirst()
            .map(features ->
                model.draw(features, settings.apply(seed + drawn++), (done, total) -> {}));
    tick.run();
    String remark =
        picture
            .map(p ->
                Checker.satisfies(p, wanted)
                    ? "the pixels show everything that was asked for"
                    : "the pixels do not show everything that was asked for")
            .orElse("no picture was drawn");
    return said(answer, picture.map(p -> new Shot(file, p)).stream().toList(), Optional.of(remark));
  }

  private static String verdict(Target.Answer target, Answer answer) {
    return Answers.right(target, answer.text())
        ? "right"
        : "not right: " + target.accepted().stream().sorted().collect(Collectors.joining(" or "));
  }

  private static String words(Sample sample) {
    return sample.prompt().getFirst().parts().stream()
        .filter(Part.Text.class::isInstance)
        .map(part -> ((Part.Text) part).text())
        .collect(Collectors.joining())
        .strip();
  }

  private static Line user(String text, List<Shot> shots) {
    return new Line(Speaker.USER, text, shots, Optional.empty());
  }

  private static Line said(Answer answer, List<Shot> shots, Optional<String> remark) {
    return new Line(Speaker.MODEL, UserText.visible(answer.text()), shots, remark);
  }
}
