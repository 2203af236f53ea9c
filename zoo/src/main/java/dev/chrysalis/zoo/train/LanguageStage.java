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
/// do.
final class LanguageStage implements Stage<LanguageStage.Batch> {
  /// @param share of its words in those of all parts, times the parts
  record Batch(Sequences sequences, double share) {}

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
            i -> {
              Sample sample = world.textCorpus(recipe.seed(), i);
              return answersOnly ? batches.responses(sample) : batches.everything(sample);
            },
            row -> row.inputIds().length);
    int steps = recipe.language().steps();
    this.plan =
        Plan.of(
            "language",
            recipe.language(),
            Schedule.cosine(Math.max(1, steps / 30), steps),
            Optimizers.transformer(parameters, 0.01),
            "loss");
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
    return new Batch(
        all.get(part.index()),
        ShapesBatches.share(all, part, sequences -> sequences.textPredictors().length));
  }

  @Override
  public List<Tensor> losses(Batch batch) {
    Tensor none = Tensor.zeros(DType.F32, 0);
    return List.of(model.loss(batch.sequences(), none).text().mul(batch.share()));
  }
}
