package dev.chrysalis.zoo.train;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.nn.Losses;
import dev.chrysalis.nn.Schedule;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.Sequences;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import dev.chrysalis.zoo.train.ShapesBatches.Talk;
import java.util.List;
import java.util.Map;

/// Vision tower and language model learn together to tell what a picture shows and to find in what
/// was told what a question asks for. As in `ReadingStage` the reader's gradients reach the tower;
/// here the reader is the language model itself. Looking something up forms only where there is
/// much of it: the first third is mostly notes of scenes in words, and every picture is asked about
/// several times and noted down.
///
/// The visual tokens of pictures that are drawn on request, and of writing, are held where they
/// were.
final class LookingStage implements Stage<LookingStage.Batch> {
  /// Held pictures to a conversation.
  private static final double HELD = 0.375;

  private static final double HOLD = 10;

  /// Rows of pairs to a conversation.
  private static final double RECALLED = 0.75;

  /// The first tokens of the vocabulary, which are single bytes and hardly used.
  private static final int BYTES = 256;

  /// Share of notes of scenes in words, before looking up has formed and after.
  private static final double NOTED_FIRST = 0.5;

  private static final double NOTED_LATER = 0.1;

  private static final Tensor NONE = Tensor.zeros(DType.F32, 0);

  /// @param pictures of the conversations, `(n, 3, H, W)`; empty if they have none
  /// @param targets their visual tokens as they were, `(n, m, C)`
  /// @param words share of the words that are learnt in those of all parts, times the parts
  /// @param drawn as `words`, of the visual tokens that are to be predicted
  /// @param others the pictures that are held, `(k, 3, H, W)`
  /// @param before their visual tokens as they were, `(k, m, C)`
  /// @param held as `words`, of the other pictures
  /// @param pairs rows of `RecallRows`
  /// @param recalled as `words`, of what is asked for in them
  record Batch(
      Sequences sequences,
      List<Tensor> pictures,
      Tensor targets,
      double words,
      double drawn,
      Tensor others,
      Tensor before,
      double held,
      Sequences pairs,
      double recalled) {}

  private final ShapesRecipe recipe;
  private final MetaMorph before;
  private final MetaMorph model;
  private final ShapesWorld world;
  private final LengthBuckets<Talk> talks;
  private final Plan plan;

  /// @param before sees through the tower as it was
  /// @param model with the tower that is trained
  /// @param parameters of the model and its tower
  LookingStage(
      ShapesRecipe recipe,
      MetaMorph before,
      MetaMorph model,
      Map<String, Tensor> parameters,
      ShapesWorld world,
      ShapesBatches batches) {
    this.recipe = recipe;
    this.before = before;
    this.model = model;
    this.world = world;
    this.talks =
        batches.talks(
            recipe.looking().batch(),
            model.config(),
            i -> world.lookedAt(recipe.seed() + 12, i, noted(i)));
    int steps = recipe.looking().steps();
    this.plan =
        Plan.of(
            "looking",
            recipe.looking(),
            Schedule.cosine(Math.max(1, steps / 30), steps),
            Optimizers.transformer(parameters, 0),
            "loss",
            "text",
            "visual",
            "moved",
            "recall");
  }

  private double noted(long index) {
    long third = (long) recipe.looking().steps() * recipe.looking().batch() / 3;
    return index < third ? NOTED_FIRST : NOTED_LATER;
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public int parts(int threads) {
    return Math.min(ShapesBatches.parts(recipe.looking().batch(), threads), held());
  }

  private int held() {
    return (int) Math.ceil(HELD * recipe.looking().batch());
  }

  private int recalled() {
    return (int) Math.ceil(RECALLED * recipe.looking().batch());
  }

  private Sequences.Row recalled(long index) {
    return RecallRows.row(recipe.seed() + 12, index, BYTES, model.config().language().bosTokenId());
  }

  /// Every third picture is of writing.
  private Picture held(long index) {
    long seed = recipe.seed() + 12;
    return index % 3 == 0 ? world.spelled(seed, index).picture() : world.settled(seed, index);
  }

  @Override
  public Batch batch(int step, Part part) {
    List<Talk> batch = talks.batch(step);
    List<Sequences> all = ShapesBatches.layOut(model.config(), batch, Talk::row, part);
    List<Picture> images = part.of(batch).stream().flatMap(t -> t.images().stream()).toList();
    List<Sequences> pairs =
        ShapesBatches.layOut(
            model.config(),
            ShapesBatches.draw(step, recalled(), Part.WHOLE, this::recalled),
            row -> row,
            part);
    List<Picture> held = ShapesBatches.draw(step, held(), part, this::held);
    Tensor others = ShapesBatches.pixels(held);
    List<Tensor> pictures = images.isEmpty() ? List.of() : List.of(ShapesBatches.pixels(images));
    return new Batch(
        all.get(part.index()),
        pictures,
        pictures.isEmpty() ? NONE : Scope.compute(() -> before.features(pictures.getFirst())),
        ShapesBatches.share(all, part, s -> s.textPredictors().length),
        ShapesBatches.share(all, part, s -> s.targetRows().length),
        others,
        Scope.compute(() -> before.features(others)),
        (double) held.size() * part.count() / held(),
        pairs.get(part.index()),
        ShapesBatches.share(pairs, part, s -> s.textPredictors().length));
  }

  @Override
  public List<Tensor> losses(Batch batch) {
    Tensor tokens = batch.pictures().stream().map(model::features).findFirst().orElse(NONE);
    MetaMorph.Loss loss = model.loss(batch.sequences(), tokens, batch.targets());
    Tensor text = loss.text().mul(batch.words());
    Tensor visual = loss.visual().mul(batch.drawn());
    Tensor moved = Losses.cosine(model.features(batch.others()), batch.before()).mul(batch.held());
    Tensor recall = model.loss(batch.pairs(), NONE).text().mul(batch.recalled());
    Tensor total =
        text.add(visual.mul(model.config().visionCoef())).add(moved.mul(HOLD)).add(recall);
    return List.of(total, text, visual, moved, recall);
  }
}
