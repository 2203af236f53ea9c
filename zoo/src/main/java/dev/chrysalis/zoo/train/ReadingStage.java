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
import java.util.List;
import java.util.Map;

/// SigLIP's vision tower learns to read: a small language model spells words, numbers and letters
/// at random from the visual tokens, as in `SiglipStage`. Captions of the world hold too few
/// letters to learn it by the way.
///
/// The visual tokens of pictures without writing are held where they were, so that nothing is lost
/// that the tower knows, and nothing that was trained on its tokens.
final class ReadingStage implements Stage<ReadingStage.Batch> {
  /// Pictures without writing, of each batch.
  private static final double HELD = 0.25;

  private static final double HOLD = 10;

  /// @param written pictures, `(n, 3, H, W)`
  /// @param spelled their descriptions, in the same order
  /// @param letters share of the words of these descriptions in those of all parts, times the parts
  /// @param others pictures without writing, `(k, 3, H, W)`
  /// @param before their visual tokens as they were, `(k, m, C)`
  /// @param held as `letters`, of the other pictures
  record Batch(
      Tensor written,
      Sequences spelled,
      double letters,
      Tensor others,
      Tensor before,
      double held) {}

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
            "spelling",
            "moved");
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public int parts(int threads) {
    return ShapesBatches.parts(recipe.reading().batch(), threads);
  }

  @Override
  public Batch batch(int step, Part part) {
    long seed = recipe.seed() + 11;
    int all = recipe.reading().batch();
    int others = (int) Math.round(HELD * all);
    List<Captioned> written =
        ShapesBatches.draw(step, all - others, Part.WHOLE, i -> world.spelled(seed, i));
    List<Picture> held = ShapesBatches.draw(step, others, part, i -> world.unwritten(seed, i));
    List<Sequences> spelled =
        ShapesBatches.layOut(
            reader.config(), written, pair -> batches.described(pair.description()), part);
    Tensor pixels = ShapesBatches.pixels(held);
    return new Batch(
        ShapesBatches.pixels(part.of(written).stream().map(Captioned::picture).toList()),
        spelled.get(part.index()),
        ShapesBatches.share(spelled, part, s -> s.textPredictors().length),
        pixels,
        Scope.compute(() -> before.features(pixels)),
        (double) held.size() * part.count() / others);
  }

  @Override
  public List<Tensor> losses(Batch batch) {
    Tensor tokens = reader.features(batch.written());
    Tensor spelling = reader.loss(batch.spelled(), tokens).text().mul(batch.letters());
    Tensor moved = Losses.cosine(reader.features(batch.others()), batch.before()).mul(batch.held());
    return List.of(spelling.add(moved.mul(HOLD)), spelling, moved);
  }
}
