package dev.chrysalis.zoo.train;

import dev.chrysalis.models.diffusion.AutoencoderKl;
import dev.chrysalis.models.diffusion.LatentDistribution;
import dev.chrysalis.models.image.Picture;
import dev.chrysalis.nn.AdamW;
import dev.chrysalis.nn.Schedule;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import java.util.List;
import java.util.Map;

/// Pictures to latents and back: squared and absolute error, and a little Kullback-Leibler
/// divergence that keeps latents near the normal distribution.
final class AutoencoderStage implements Stage<AutoencoderStage.Batch> {
  private static final double KL_WEIGHT = 1e-6;

  /// @param pixels `(n, 3, H, W)`
  /// @param eps normal numbers of the latents' shape
  record Batch(Tensor pixels, Tensor eps) {}

  private final ShapesRecipe recipe;
  private final AutoencoderKl model;
  private final ShapesWorld world;
  private final Plan plan;

  AutoencoderStage(
      ShapesRecipe recipe, AutoencoderKl model, Map<String, Tensor> parameters, ShapesWorld world) {
    this.recipe = recipe;
    this.model = model;
    this.world = world;
    int steps = recipe.autoencoder().steps();
    this.plan =
        Plan.of(
            "autoencoder",
            recipe.autoencoder(),
            Schedule.cosine(Math.max(1, steps / 50), steps),
            new AdamW().group(parameters, new AdamW.Settings(0.9, 0.99, 1e-8, 0, 1)),
            "loss",
            "squared_error",
            "kl");
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public Batch batch(int step, Part part) {
    List<Picture> pictures =
        ShapesBatches.draw(
            step, recipe.autoencoder().batch(), i -> world.picture(recipe.seed(), i));
    Tensor pixels = ShapesBatches.pixels(pictures);
    int f = model.config().downsampling();
    Tensor eps =
        Ops.normal(
            DType.F32,
            recipe.seed() + 4,
            step,
            pixels.size(0),
            model.config().latentChannels(),
            pixels.size(2) / f,
            pixels.size(3) / f);
    return new Batch(pixels, eps);
  }

  @Override
  public List<Tensor> losses(Batch batch) {
    LatentDistribution latents = model.encode(batch.pixels());
    Tensor error = model.decode(latents.sample(batch.eps())).sub(batch.pixels());
    Tensor squared = error.square().mean();
    Tensor absolute = error.unary(UnaryFn.ABS).mean();
    Tensor kl = latents.kl().mean();
    return List.of(squared.add(absolute).add(kl.mul(KL_WEIGHT)), squared, kl);
  }
}
