package dev.chrysalis.zoo.train;

import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.nn.AdamW;
import dev.chrysalis.nn.Schedule;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.shapes.Captioned;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import java.util.List;
import java.util.Map;

/// Pictures and captions learn to agree: SigLIP by its sigmoid contrastive loss.
final class SiglipStage implements Stage<SiglipStage.Batch> {
  /// @param pixels `(n, 3, H, W)`
  /// @param ids `(n, T)`
  record Batch(Tensor pixels, Tensor ids) {}

  private final ShapesRecipe recipe;
  private final Siglip model;
  private final ShapesWorld world;
  private final ShapesBatches batches;
  private final Plan plan;

  SiglipStage(
      ShapesRecipe recipe,
      Siglip model,
      Map<String, Tensor> parameters,
      ShapesWorld world,
      ShapesBatches batches) {
    this.recipe = recipe;
    this.model = model;
    this.world = world;
    this.batches = batches;
    int steps = recipe.siglip().steps();
    this.plan =
        Plan.of(
            "siglip",
            recipe.siglip(),
            Schedule.cosine(Math.max(1, steps / 30), steps),
            new AdamW().group(parameters, new AdamW.Settings(0.9, 0.95, 1e-8, 1e-4, 1)),
            "loss");
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public Batch batch(int step) {
    List<Captioned> pairs =
        ShapesBatches.draw(step, recipe.siglip().batch(), i -> world.captionPair(recipe.seed(), i));
    return new Batch(
        ShapesBatches.pixels(pairs.stream().map(Captioned::picture).toList()),
        batches.captions(pairs.stream().map(Captioned::caption).toList(), recipe.captionLength()));
  }

  @Override
  public List<Tensor> losses(Batch batch) {
    return List.of(model.loss(batch.pixels(), batch.ids()));
  }
}
