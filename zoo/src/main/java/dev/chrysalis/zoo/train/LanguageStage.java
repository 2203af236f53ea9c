package dev.chrysalis.zoo.train;

import dev.chrysalis.nn.Schedule;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.Sequences;
import dev.chrysalis.zoo.shapes.Sample;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import java.util.List;
import java.util.Map;

/// The language model alone, on text alone: every position predicts the next, or those of answers
/// do. Beside it, it learns to look back (`RecallRows`), which texts of a few dozen words do not
/// teach, and to find things in scenes whose colours and shapes go by words drawn at random.
final class LanguageStage implements Stage<LanguageStage.Batch> {
  /// Rows of pairs to a text.
  private static final double RECALLED = 1;

  /// Weight of recall in the loss: beside text it would be little heard before it has formed.
  private static final double RECALL = 4;

  /// Share of what is asked for by the first word of its pair, which forms faster.
  private static final double FORWARD = 0.7;

  private static final Tensor NONE = Tensor.zeros(DType.F32, 0);

  /// @param share of its words in those of all parts, times the parts
  /// @param pairs rows of `RecallRows`
  /// @param recalled as `share`, of what is asked for in them
  record Batch(Sequences sequences, double share, Sequences pairs, double recalled) {}

  private final ShapesRecipe recipe;
  private final MetaMorph model;
  private final LengthBuckets<Sequences.Row> samples;
  private final Plan plan;

  /// @param answersOnly learns answers and plain text, not what users say: for a model that can
  ///   answer already, and has long forgotten to guess the questions
  /// @param parameters those of the language model
  LanguageStage(
      ShapesRecipe recipe,
      boolean answersOnly,
      MetaMorph model,
      Map<String, Tensor> parameters,
      ShapesWorld world,
      ShapesBatches batches) {
    this.recipe = recipe;
    this.model = model;
    this.samples =
        new LengthBuckets<>(
            recipe.language().batch(),
            i -> row(world, batches, answersOnly, i),
            row -> row.inputIds().length);
    int steps = recipe.language().steps();
    this.plan =
        Plan.of(
            "language",
            recipe.language(),
            Schedule.stable(Math.max(1, steps / 30), steps * 8 / 10, steps),
            Optimizers.transformer(parameters, 0.01),
            "loss",
            "text",
            "recall");
  }

  /// Two of four from the corpus, one of things found in scenes, one of such in other words.
  private Sequences.Row row(
      ShapesWorld world, ShapesBatches batches, boolean answersOnly, long index) {
    if (index % 4 == 3) {
      Sample sample = world.found(recipe.seed(), index);
      return batches.renamed(sample, model.config(), recipe.seed() + index);
    }
    Sample sample =
        index % 4 == 1 ? world.found(recipe.seed(), index) : world.textCorpus(recipe.seed(), index);
    return answersOnly ? batches.responses(sample) : batches.everything(sample);
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public int parts(int threads) {
    return ShapesBatches.parts(recipe.language().batch(), threads);
  }

  @Override
  public Batch batch(int step, Part part) {
    List<Sequences> all =
        ShapesBatches.layOut(model.config(), samples.batch(step), row -> row, part);
    List<Sequences> pairs =
        ShapesBatches.layOut(
            model.config(),
            step,
            (int) Math.ceil(RECALLED * recipe.language().batch()),
            i -> RecallRows.row(recipe.seed() + 14, i, model.config(), FORWARD),
            part);
    return new Batch(
        all.get(part.index()),
        ShapesBatches.share(all, part, sequences -> sequences.textPredictors().length),
        pairs.get(part.index()),
        ShapesBatches.share(pairs, part, sequences -> sequences.textPredictors().length));
  }

  @Override
  public List<Tensor> losses(Batch batch) {
    Tensor text = model.loss(batch.sequences(), NONE).text().mul(batch.share());
    Tensor recall = model.loss(batch.pairs(), NONE).text().mul(batch.recalled());
    return List.of(text.add(recall.mul(RECALL)), text, recall);
  }
}
