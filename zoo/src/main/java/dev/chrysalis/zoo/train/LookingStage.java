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
/// here the reader is the language model itself. What it learnt about finding in `LanguageStage` is
/// put to use where every picture is asked about several times and noted down.
///
/// The tower, which sees well already, moves at a tenth of the rate: at the language model's it
/// loses more than it learns.
///
/// The visual tokens of pictures that are drawn on request, and of writing, are held where they
/// were.
final class LookingStage implements Stage<LookingStage.Batch> {
  /// Held pictures to a conversation.
  private static final double HELD = 0.375;

  private static final double HOLD = 10;

  /// Of the learning rate, the tower's.
  private static final double TOWER_SHARE = 0.1;

  /// Rows of pairs to a conversation.
  private static final double RECALLED = 0.375;

  /// Notes of renamed things to a conversation.
  private static final double RENAMED = 0.375;

  /// Share of notes of scenes in words.
  private static final double NOTED = 0.2;

  private static final Tensor NONE = Tensor.zeros(DType.F32, 0);

  /// @param pictures of the conversations, `(n, 3, H, W)`; empty if they have none
  /// @param targets their visual tokens as they were, `(n, m, C)`
  /// @param moved by how much the tokens of pictures that are drawn are misread, `(n, m, C)`
  /// @param words share of the words that are learnt in those of all parts, times the parts
  /// @param drawn as `words`, of the visual tokens that are to be predicted
  /// @param others the pictures that are held, `(k, 3, H, W)`
  /// @param before their visual tokens as they were, `(k, m, C)`
  /// @param held as `words`, of the other pictures
  /// @param pairs rows of `RecallRows`
  /// @param recalled as `words`, of what is asked for in them
  /// @param renamed notes of scenes in words that say nothing
  /// @param found as `words`, of what is found in them
  record Batch(
      Sequences sequences,
      List<Tensor> pictures,
      Tensor targets,
      Tensor moved,
      double words,
      double drawn,
      Tensor others,
      Tensor before,
      double held,
      Sequences pairs,
      double recalled,
      Sequences renamed,
      double found) {}

  private final ShapesRecipe recipe;
  private final MetaMorph before;
  private final MetaMorph model;
  private final ShapesWorld world;
  private final ShapesBatches batches;
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
    this.batches = batches;
    this.talks =
        batches.talks(
            recipe.looking().batch(),
            model.config(),
            i -> world.lookedAt(recipe.seed() + 12, i, NOTED));
    int steps = recipe.looking().steps();
    this.plan =
        Plan.of(
            "looking",
            recipe.looking(),
            Schedule.stable(Math.max(1, steps / 30), steps * 6 / 10, steps),
            Optimizers.transformer(parameters, 0, WeightNames.TOWER, TOWER_SHARE),
            "loss",
            "text",
            "visual",
            "moved",
            "recall",
            "renamed");
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public int parts(int threads) {
    return Math.min(ShapesBatches.parts(recipe.looking().batch(), threads), atATime(HELD));
  }

  /// @param share of the conversations
  private int atATime(double share) {
    return (int) Math.ceil(share * recipe.looking().batch());
  }

  private Sequences.Row renamed(long index) {
    long seed = recipe.seed() + 13;
    return batches.renamed(world.found(seed, index), model.config(), seed + index);
  }

  private Sequences.Row recalled(long index) {
    return RecallRows.row(recipe.seed() + 12, index, model.config(), 0.5);
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
        ShapesBatches.layOut(model.config(), step, atATime(RECALLED), this::recalled, part);
    List<Sequences> renamed =
        ShapesBatches.layOut(model.config(), step, atATime(RENAMED), this::renamed, part);
    List<Picture> held = ShapesBatches.draw(step, atATime(HELD), part, this::held);
    Tensor others = ShapesBatches.pixels(held);
    List<Tensor> pictures = images.isEmpty() ? List.of() : List.of(ShapesBatches.pixels(images));
    Tensor targets =
        pictures.isEmpty() ? NONE : Scope.compute(() -> before.features(pictures.getFirst()));
    return new Batch(
        all.get(part.index()),
        pictures,
        targets,
        pictures.isEmpty() ? NONE : Scope.compute(() -> moved(targets, all, step, part)),
        ShapesBatches.share(all, part, s -> s.textPredictors().length),
        ShapesBatches.share(all, part, s -> s.targetRows().length),
        others,
        Scope.compute(() -> before.features(others)),
        (double) held.size() * part.count() / atATime(HELD),
        pairs.get(part.index()),
        ShapesBatches.share(pairs, part, s -> s.textPredictors().length),
        renamed.get(part.index()),
        ShapesBatches.share(renamed, part, s -> s.textPredictors().length));
  }

  private Tensor moved(Tensor targets, List<Sequences> all, int step, Part part) {
    int stream = step * part.count() + part.index();
    return MisreadTokens.of(targets, all.get(part.index()), recipe.seed() + 12, stream)
        .sub(targets);
  }

  @Override
  public List<Tensor> losses(Batch batch) {
    Tensor tokens =
        batch.pictures().stream()
            .map(pictures -> model.features(pictures).add(batch.moved()))
            .findFirst()
            .orElse(NONE);
    MetaMorph.Loss loss = model.loss(batch.sequences(), tokens, batch.targets());
    Tensor text = loss.text().mul(batch.words());
    Tensor visual = loss.visual().mul(batch.drawn());
    Tensor moved = Losses.cosine(model.features(batch.others()), batch.before()).mul(batch.held());
    Tensor recall = model.loss(batch.pairs(), NONE).text().mul(batch.recalled());
    Tensor renamed = model.loss(batch.renamed(), NONE).text().mul(batch.found());
    Tensor total =
        text.add(visual.mul(model.config().visionCoef()))
            .add(moved.mul(HOLD))
            .add(recall)
            .add(renamed);
    return List.of(total, text, visual, moved, recall, renamed);
  }
}
