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
  private final Map<String, Tensor> parameters;
  private final ShapesWorld world;
  private final ShapesBatches batches;
  private final AdamW optimizer;

  SiglipStage(
      ShapesRecipe recipe,
      Siglip model,
      Map<String, Tensor> parameters,
      ShapesWorld world,
      ShapesBatches batches) {
    this.recipe = recipe;
    this.model = model;
    this.parameters = parameters;
    this.world = world;
    this.batches = batches;
    this.optimizer =
        new AdamW().group(this.parameters, new AdamW.Settings(0.9, 0.95, 1e-8, 1e-4, 1));
  }

  @Override
  public String name() {
    return "siglip";
  }

  @Override
  public int steps() {
    return recipe.siglip().steps();
  }

  @Override
  public double learningRate() {
    return recipe.siglip().learningRate();
  }

  @Override
  public Schedule schedule() {
    return Schedule.cosine(Math.max(1, steps() / 30), steps());
  }

  @Override
  public AdamW optimizer() {
    return optimizer;
  }

  @Override
  public List<String> lossNames() {
    return List.of("loss");
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
