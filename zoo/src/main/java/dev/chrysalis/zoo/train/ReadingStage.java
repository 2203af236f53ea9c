package dev.chrysalis.zoo.train;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.nn.Losses;
import dev.chrysalis.nn.Schedule;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.Sequences;
import dev.chrysalis.zoo.shapes.Captioned;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// SigLIP's vision tower learns to read and to look: a small language model spells words, numbers
/// and letters at random from the visual tokens, as in `SiglipStage`, and tells place by place
/// which shape lies there. Captions of the world hold too few letters to learn to read by the way,
/// and a shape that is named after its colour is half guessed from it.
///
/// The visual tokens of some pictures are held where they were, so that nothing is lost that the
/// tower knows, and nothing that was trained on its tokens: above all the decoder, which draws from
/// them.
final class ReadingStage implements Stage<ReadingStage.Batch> {
  /// Pictures of each batch that hold writing, and those whose tokens are held.
  private static final double WRITTEN = 0.3;

  private static final double HELD = 0.2;

  private static final double HOLD = 10;

  /// @param pictures of writing and of things, `(n, 3, H, W)`
  /// @param told their descriptions, in the same order
  /// @param words share of the words of these descriptions in those of all parts, times the parts
  /// @param others the pictures that are held, `(k, 3, H, W)`
  /// @param before their visual tokens as they were, `(k, m, C)`
  /// @param held as `words`, of the other pictures
  record Batch(
      Tensor pictures, Sequences told, double words, Tensor others, Tensor before, double held) {}

  private final ShapesRecipe recipe;
  private final MetaMorph before;
  private final MetaMorph reader;
  private final ShapesWorld world;
  private final ShapesBatches batches;
  private final Plan plan;

  /// @param before sees through the tower as it was
  /// @param reader sees through the tower that is trained
  /// @param parameters of the reader and its tower
  ReadingStage(
      ShapesRecipe recipe,
      MetaMorph before,
      MetaMorph reader,
      Map<String, Tensor> parameters,
      ShapesWorld world,
      ShapesBatches batches) {
    this.recipe = recipe;
    this.before = before;
    this.reader = reader;
    this.world = world;
    this.batches = batches;
    int steps = recipe.reading().steps();
    this.plan =
        Plan.of(
            "reading",
            recipe.reading(),
            Schedule.cosine(Math.max(1, steps / 30), steps),
            Optimizers.transformer(parameters, 1e-4),
            "loss",
            "telling",
            "moved");
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public int parts(int threads) {
    return Math.min(ShapesBatches.parts(recipe.reading().batch(), threads), held());
  }

  /// Pictures of each batch whose tokens are held; each part has one.
  private int held() {
    return (int) Math.ceil(HELD * recipe.reading().batch());
  }

  @Override
  public Batch batch(int step, Part part) {
    long seed = recipe.seed() + 11;
    int all = recipe.reading().batch();
    int others = held();
    int written = (int) Math.round(WRITTEN * all);
    List<Captioned> told =
        new ArrayList<>(ShapesBatches.draw(step, written, Part.WHOLE, i -> world.spelled(seed, i)));
    told.addAll(
        ShapesBatches.draw(step, all - others - written, Part.WHOLE, i -> world.placed(seed, i)));
    List<Picture> held = ShapesBatches.draw(step, others, part, i -> world.settled(seed, i));
    List<Sequences> rows =
        ShapesBatches.layOut(
            reader.config(), told, pair -> batches.described(pair.description()), part);
    Tensor pixels = ShapesBatches.pixels(held);
    return new Batch(
        ShapesBatches.pixels(part.of(told).stream().map(Captioned::picture).toList()),
        rows.get(part.index()),
        ShapesBatches.share(rows, part, s -> s.textPredictors().length),
        pixels,
        Scope.compute(() -> before.features(pixels)),
        (double) held.size() * part.count() / others);
  }

  @Override
  public List<Tensor> losses(Batch batch) {
    Tensor tokens = reader.features(batch.pictures());
    Tensor telling = reader.loss(batch.told(), tokens).text().mul(batch.words());
    Tensor moved = Losses.cosine(reader.features(batch.others()), batch.before()).mul(batch.held());
    return List.of(telling.add(moved.mul(HOLD)), telling, moved);
  }
}
