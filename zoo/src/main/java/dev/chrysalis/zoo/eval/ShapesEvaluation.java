package dev.chrysalis.zoo.eval;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt.Content;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.Answer;
import dev.chrysalis.zoo.metamorph.Conversation;
import dev.chrysalis.zoo.metamorph.GenerationOptions;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.shapes.Answers;
import dev.chrysalis.zoo.shapes.Checker;
import dev.chrysalis.zoo.shapes.Group;
import dev.chrysalis.zoo.shapes.Sample;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import dev.chrysalis.zoo.shapes.Target;
import dev.chrysalis.zoo.train.ShapesBatches;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/// Measures a model on scenes nobody trained on: combinations of colour, shape and relation that
/// are held out of all training data.
public final class ShapesEvaluation {
  private static final int CONTEXT = 256;
  private static final int MAX_WORDS = 128;
  private static final int MAJORITY_SAMPLES = 4000;

  /// Not the seed of any training data.
  private static final long MAJORITY_SEED = 77;

  private final MetaMorph model;
  private final Tokenizer tokenizer;
  private final Artist artist;
  private final ShapesWorld world = new ShapesWorld();

  public ShapesEvaluation(MetaMorph model, Tokenizer tokenizer, Artist artist) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.artist = artist;
  }

  /// A request and what came of it.
  ///
  /// @param picture empty if the model drew nothing
  /// @param found whether everything asked for is in it
  /// @param cosine of its visual tokens with the right picture's, 0 without a picture
  public record Drawn(
      String request, String words, Optional<Picture> picture, boolean found, double cosine) {}

  /// A question and what was answered.
  ///
  /// @param form which kind of question it is
  public record Asked(String form, String question, String answer, boolean right) {}

  /// Scores and the drawings behind them, in the order they were asked for.
  public record Result(ShapesScores scores, List<Drawn> drawings, List<Drawn> riddles) {
    public Result {
      drawings = List.copyOf(drawings);
      riddles = List.copyOf(riddles);
    }
  }

  /// Asks and draws everything of one seed.
  ///
  /// @param samples questions a group, drawings, riddles
  /// @param progress hears how many of `steps(samples)` are done
  public Result measure(long seed, int samples, IntConsumer progress) {
    Map<String, Double> answers = new LinkedHashMap<>();
    Map<String, ShapesScores.Form> forms = new TreeMap<>();
    Map<String, Double> majority = new LinkedHashMap<>();
    Map<String, Double> blind = new LinkedHashMap<>();
    int[] done = {0};
    Runnable tick = () -> progress.accept(++done[0]);
    for (Group group : Group.values()) {
      List<Sample> questions = world.evalQuestions(group, seed, samples);
      List<Asked> asked = ask(questions, true, tick);
      answers.put(group.label(), share(asked));
      asked.forEach(
          one -> forms.merge(group.label() + " " + one.form(), score(one), ShapesEvaluation::sum));
      blind.put(group.label(), share(ask(questions, false, tick)));
      Map<String, String> usual = Answers.majority(world, group, MAJORITY_SEED, MAJORITY_SAMPLES);
      majority.put(group.label(), Answers.baseline(usual, questions));
    }
    List<Sample> prompts = world.drawPrompts(seed, samples);
    List<Drawn> drawings = draw(prompts, seed, tick);
    List<Drawn> riddles = draw(world.riddles(seed, samples), seed, tick);
    ShapesScores scores =
        new ShapesScores(
            answers,
            forms,
            majority,
            blind,
            shareFound(drawings),
            shareFound(riddles),
            drawings.stream().mapToDouble(Drawn::cosine).average().orElse(0),
            cosineOfMean(prompts),
            seed,
            samples);
    return new Result(scores, drawings, riddles);
  }

  /// Steps that `measure` counts.
  public static int steps(int samples) {
    return (2 * Group.values().length + 2) * samples;
  }

  private static ShapesScores.Form score(Asked asked) {
    return new ShapesScores.Form(asked.right() ? 1 : 0, 1);
  }

  private static ShapesScores.Form sum(ShapesScores.Form a, ShapesScores.Form b) {
    return new ShapesScores.Form(a.right() + b.right(), a.asked() + b.asked());
  }

  private static double share(List<Asked> asked) {
    return asked.stream().filter(Asked::right).count() / (double) Math.max(1, asked.size());
  }

  /// The part of drawings in which everything was found.
  public static double shareFound(List<Drawn> drawn) {
    return drawn.stream().filter(Drawn::found).count() / (double) Math.max(1, drawn.size());
  }

  /// Asks each question in a conversation of its own.
  ///
  /// @param looking whether the model gets the picture
  public List<Asked> ask(List<Sample> questions, boolean looking, Runnable tick) {
    List<Asked> asked = new ArrayList<>();
    for (Sample sample : questions) {
      MetaMorphPrompt.Turn turn = ShapesBatches.turn(sample.prompt().getFirst());
      Answer answer =
          looking
              ? answer(turn, features(sample.prompt().getFirst().images()), false)
              : answer(withoutPictures(turn), List.of(), false);
      Target.Answer target = (Target.Answer) sample.target();
      String question = sample.prompt().getFirst().value();
      boolean right = Answers.right(target, answer.text());
      asked.add(new Asked(target.form(), question, answer.text(), right));
      tick.run();
    }
    return asked;
  }

  private static MetaMorphPrompt.Turn withoutPictures(MetaMorphPrompt.Turn turn) {
    List<Content> words =
        turn.content().stream()
            .filter(Content.Text.class::isInstance)
            .map(content -> (Content) new Content.Text(((Content.Text) content).text().strip()))
            .toList();
    return new MetaMorphPrompt.Turn(turn.role(), words);
  }

  /// Has each request drawn and looks for what it asked for.
  public List<Drawn> draw(List<Sample> requests, long seed, Runnable tick) {
    List<Drawn> drawn = new ArrayList<>();
    for (Sample sample : requests) {
      MetaMorphPrompt.Turn turn = ShapesBatches.turn(sample.prompt().getFirst());
      Answer answer = answer(turn, List.of(), true);
      Optional<Tensor> features = answer.pictures().stream().findFirst();
      Optional<Picture> picture = features.map(tokens -> artist.draw(tokens, seed + drawn.size()));
      Target.Wanted wanted = ((Target.Drawing) sample.target()).wanted();
      double cosine =
          features.map(tokens -> cosine(tokens, features(sample.images()).getFirst())).orElse(0.0);
      drawn.add(
          new Drawn(
              sample.prompt().getFirst().value(),
              answer.text(),
              picture,
              picture.map(p -> Checker.satisfies(p, wanted)).orElse(false),
              cosine));
      tick.run();
    }
    return drawn;
  }

  private Answer answer(MetaMorphPrompt.Turn turn, List<Tensor> features, boolean mustDraw) {
    Conversation talk = new Conversation(model, tokenizer, MetaMorphPrompt.DEFAULT, CONTEXT);
    talk.say(turn, features);
    int limit = MAX_WORDS + model.config().numImageTokens();
    return talk.answer(new GenerationOptions(0, 0, 1, 0, limit, mustDraw), event -> {});
  }

  /// Visual tokens of pictures of the world, each `(m, C)`.
  private List<Tensor> features(List<Picture> pictures) {
    if (pictures.isEmpty()) {
      return List.of();
    }
    Tensor all = Scope.compute(() -> model.features(ShapesBatches.pixels(pictures)));
    List<Tensor> each = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      each.add(all.select(0, i));
    }
    return each;
  }

  private static double cosine(Tensor a, Tensor b) {
    return Scope.compute(() -> unit(a).mul(unit(b)).sum(-1, false).mean()).item();
  }

  private static Tensor unit(Tensor tokens) {
    return Ops.l2Normalize(tokens, -1, 1e-12);
  }

  private double cosineOfMean(List<Sample> prompts) {
    List<Picture> pictures = prompts.stream().flatMap(s -> s.images().stream()).toList();
    return Scope.compute(
            () -> {
              Tensor all = unit(model.features(ShapesBatches.pixels(pictures))); // (n, m, C)
              Tensor mean = unit(all.mean(0, true));
              return all.mul(mean).sum(-1, false).mean();
            })
        .item();
  }
}
