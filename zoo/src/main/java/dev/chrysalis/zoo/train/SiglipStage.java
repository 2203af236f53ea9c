package dev.chrysalis.zoo.train;

import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.nn.Schedule;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.Sequences;
import dev.chrysalis.zoo.shapes.Captioned;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import java.util.List;
import java.util.Map;

/// Pictures and captions learn to agree, by SigLIP's sigmoid contrastive loss, while a small
/// language model learns to describe a picture from its visual tokens, as in the training of SigLIP
/// 2 (Tschannen et al. 2025, arXiv:2502.14786, section 2.2).
///
/// To tell a picture from others a few of its traits are enough, and the first loss alone is
/// content with them; the second asks every visual token for what stands there. The language model
/// is not used afterwards.
final class SiglipStage implements Stage<SiglipStage.Batch> {
  /// @param pixels `(n, 3, H, W)`
  /// @param ids of the captions, `(n, T)`
  /// @param descriptions of the pictures, in the same order
  record Batch(Tensor pixels, Tensor ids, Sequences descriptions) {}

  private final ShapesRecipe recipe;
  private final Siglip model;
  private final MetaMorph describer;
  private final ShapesWorld world;
  private final ShapesBatches batches;
  private final Plan plan;

  /// @param describer sees through the model's vision tower
  /// @param parameters of both
  SiglipStage(
      ShapesRecipe recipe,
      Siglip model,
      MetaMorph describer,
      Map<String, Tensor> parameters,
      ShapesWorld world,
      ShapesBatches batches) {
    this.recipe = recipe;
    this.model = model;
    this.describer = describer;
    this.world = world;
    this.batches = batches;
    int steps = recipe.siglip().steps();
    this.plan =
        Plan.of(
            "siglip",
            recipe.siglip(),
            Schedule.cosine(Math.max(1, steps / 30), steps),
            Optimizers.transformer(parameters, 1e-4),
            "loss",
            "pairs",
            "descriptions");
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public Batch batch(int step, Part part) {
    List<Captioned> pairs =
        ShapesBatches.draw(step, recipe.siglip().batch(), i -> world.captionPair(recipe.seed(), i));
    return new Batch(
        ShapesBatches.pixels(pairs.stream().map(Captioned::picture).toList()),
        batches.captions(pairs.stream().map(Captioned::caption).toList(), recipe.captionLength()),
        ShapesBatches.layOut(
            describer.config(),
            pairs.stream().map(pair -> batches.described(pair.description())).toList()));
  }

  @Override
  public List<Tensor> losses(Batch batch) {
    Tensor features = model.vision().features(batch.pixels());
    Tensor pairs = model.lossOfFeatures(features, batch.ids());
    Tensor descriptions =
        describer.loss(batch.descriptions(), describer.visualTokens(features)).text();
    return List.of(pairs.add(descriptions), pairs, descriptions);
  }
}
