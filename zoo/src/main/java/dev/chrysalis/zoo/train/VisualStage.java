package dev.chrysalis.zoo.train;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.nn.Schedule;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.Sequences;
import dev.chrysalis.zoo.shapes.Sample;
import dev.chrysalis.zoo.train.ShapesBatches.Talk;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/// The two stages that join sight and language, on conversations with pictures; SigLIP stays as it
/// is. Stage 1 aligns the projector by the text loss alone, stage 2 (VPiT) trains the rest by both
/// losses.
final class VisualStage implements Stage<VisualStage.Batch> {
  /// @param read visual tokens of all pictures as the model reads them, `(pictures, m, C)`
  /// @param features the right ones
  /// @param words share of its words in those of all parts, times the parts
  /// @param tokens as `words`, of the visual tokens that are to be predicted
  record Batch(Sequences sequences, Tensor read, Tensor features, double words, double tokens) {}

  private final boolean visualLoss;
  private final long seed;
  private final int batchSize;
  private final MetaMorph model;
  private final LengthBuckets<Talk> talks;
  private final Plan plan;

  /// @param seed of what is misread
  /// @param samples by index
  VisualStage(
      String name,
      ShapesRecipe.Length length,
      boolean visualLoss,
      long seed,
      MetaMorph model,
      Map<String, Tensor> parameters,
      LongFunction<Sample> samples,
      ShapesBatches batches) {
    this.visualLoss = visualLoss;
    this.seed = seed;
    this.batchSize = length.batch();
    this.model = model;
    this.talks = batches.talks(length.batch(), model.config(), samples);
    int steps = length.steps();
    this.plan =
        Plan.of(
            name,
            length,
            Schedule.cosine(Math.max(1, steps * 3 / 100), steps),
            Optimizers.adamW(parameters, 0),
            "loss",
            "text",
            "visual");
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public int parts(int threads) {
    return ShapesBatches.parts(batchSize, threads);
  }

  @Override
  public Batch batch(int step, Part part) {
    List<Talk> batch = talks.batch(step);
    List<Sequences> all = ShapesBatches.layOut(model.config(), batch, Talk::row, part);
    Sequences sequences = all.get(part.index());
    double words = ShapesBatches.share(all, part, s -> s.textPredictors().length);
    double tokens = ShapesBatches.share(all, part, s -> s.targetRows().length);
    List<Picture> images = part.of(batch).stream().flatMap(t -> t.images().stream()).toList();
    if (images.isEmpty()) {
      Tensor none = Tensor.zeros(DType.F32, 0);
      return new Batch(sequences, none, none, words, tokens);
    }
    int stream = step * part.count() + part.index();
    Tensor features = Scope.compute(() -> model.features(ShapesBatches.pixels(images)));
    Tensor read = Scope.compute(() -> MisreadTokens.of(features, sequences, seed, stream));
    return new Batch(sequences, read, features, words, tokens);
  }

  @Override
  public List<Tensor> losses(Batch batch) {
    MetaMorph.Loss loss = model.loss(batch.sequences(), batch.read(), batch.features());
    Tensor text = loss.text().mul(batch.words());
    Tensor visual = loss.visual().mul(batch.tokens());
    Tensor total = visualLoss ? text.add(visual.mul(model.config().visionCoef())) : text;
    return List.of(total, text, visual);
  }
}
