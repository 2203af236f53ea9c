package dev.chrysalis.zoo.train;

import dev.chrysalis.models.diffusion.AutoencoderKl;
import dev.chrysalis.models.diffusion.DiffusionLoss;
import dev.chrysalis.models.diffusion.VisualAdapter;
import dev.chrysalis.models.image.Picture;
import dev.chrysalis.nn.Schedule;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import java.util.List;
import java.util.Map;

/// The diffusion decoder: noise prediction in latents, conditioned on the visual tokens of the same
/// picture. SigLIP and autoencoder stay as they are.
///
/// Tokens that the language model predicts are not quite those of a picture, so half of the
/// pictures' tokens are moved a little while training.
final class DecoderStage implements Stage<DecoderStage.Batch> {
  private static final double DROPPED = 0.1;
  private static final double MOVED = 0.5;
  private static final double MOVE = 0.35;

  /// @param latents scaled, `(n, C, h, w)`
  /// @param features visual tokens, `(n, m, F)`
  /// @param share pictures of the part over those of the mean part
  record Batch(
      Tensor latents, Tensor noise, Tensor timesteps, Tensor features, Tensor kept, double share) {}

  private final ShapesRecipe recipe;
  private final MetaMorph eyes;
  private final AutoencoderKl vae;
  private final VisualAdapter adapter;
  private final DiffusionLoss loss;
  private final ShapesWorld world;
  private final Plan plan;

  /// @param eyes makes the visual tokens
  /// @param vae with its scaling factor set
  DecoderStage(
      ShapesRecipe recipe,
      MetaMorph eyes,
      AutoencoderKl vae,
      VisualAdapter adapter,
      DiffusionLoss loss,
      Map<String, Tensor> parameters,
      ShapesWorld world) {
    this.recipe = recipe;
    this.eyes = eyes;
    this.vae = vae;
    this.adapter = adapter;
    this.loss = loss;
    this.world = world;
    int steps = recipe.decoder().steps();
    this.plan =
        Plan.of(
                "decoder",
                recipe.decoder(),
                Schedule.logWarmup(Math.max(1, steps / 40), steps),
                Optimizers.unet(parameters, 0.01),
                "loss")
            .averaged(0.998);
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public int parts(int threads) {
    return ShapesBatches.parts(recipe.decoder().batch(), threads);
  }

  @Override
  public Batch batch(int step, Part part) {
    int all = recipe.decoder().batch();
    int number = step * part.count() + part.index();
    long seed = recipe.seed() + 5;
    List<Picture> pictures = ShapesBatches.draw(step, all, part, i -> world.picture(seed, i));
    int n = pictures.size();
    Tensor pixels = ShapesBatches.pixels(pictures);
    Tensor latents =
        Scope.compute(() -> vae.encode(pixels).mean().mul(vae.config().scalingFactor()));
    Tensor features = Scope.compute(() -> moved(eyes.features(pixels), seed, number));
    long stream = 4L * number;
    return new Batch(
        latents,
        Ops.normal(DType.F32, seed + 1, stream, latents.shape().toArray()),
        loss.timesteps(n, seed + 1, stream + 1),
        features,
        DiffusionLoss.keep(n, DROPPED, seed + 1, stream + 2),
        (double) n * part.count() / all);
  }

  private static Tensor moved(Tensor features, long seed, int number) {
    int n = features.size(0);
    Tensor which = DiffusionLoss.keep(n, 1 - MOVED, seed + 2, 2L * number + 1).reshape(n, 1, 1);
    return MovedTokens.of(features, which.mul(MOVE), seed + 2, 2L * number);
  }

  @Override
  public List<Tensor> losses(Batch batch) {
    Tensor context = adapter.forward(batch.features());
    return List.of(
        loss.loss(batch.latents(), batch.noise(), batch.timesteps(), context, batch.kept())
            .mul(batch.share()));
  }
}
