package dev.chrysalis.bench;

import dev.chrysalis.models.diffusion.AutoencoderKl;
import dev.chrysalis.models.diffusion.AutoencoderKlConfig;
import dev.chrysalis.models.diffusion.LatentDiffusion;
import dev.chrysalis.models.diffusion.NoiseSchedule;
import dev.chrysalis.models.diffusion.Plms;
import dev.chrysalis.models.diffusion.PredictionType;
import dev.chrysalis.models.diffusion.UNet;
import dev.chrysalis.models.diffusion.UNetConfig;
import dev.chrysalis.models.diffusion.VisualAdapter;
import dev.chrysalis.models.diffusion.VisualAdapterConfig;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.storage.WeightStorage;
import java.util.ArrayList;
import java.util.List;

/// Drawing with a latent diffusion model, with random weights: a step of the UNet for two rows, as
/// guidance needs them, and the autoencoder's decoder.
public final class DrawBench {
  /// Rows of a UNet's context in Stable Diffusion 1.
  private static final int CONTEXT = 77;

  private static final double GUIDANCE = 7.5;

  private DrawBench() {}

  /// Measures a UNet and an autoencoder.
  ///
  /// @param steps of a whole picture, 0 for none
  /// @return a large matrix product, then a step, the decoder, and the picture, with their
  ///   fractions of that rate
  public static List<BenchRow> run(
      UNetConfig unetConfig,
      AutoencoderKlConfig vaeConfig,
      WeightStorage storage,
      int steps,
      Timing.Plan plan) {
    UNet unet =
        UNet.load(
            RandomWeights.of(UNet::initializer, w -> UNet.load(w, unetConfig), storage),
            unetConfig);
    AutoencoderKl vae =
        AutoencoderKl.load(
            RandomWeights.of(
                AutoencoderKl::initializer, w -> AutoencoderKl.load(w, vaeConfig), storage),
            vaeConfig);
    int side = unetConfig.sampleSize();
    int channels = unetConfig.inChannels();
    Tensor one = Ops.normal(DType.F32, 1, 0, 1, channels, side, side);
    Tensor two = Ops.normal(DType.F32, 1, 1, 2, channels, side, side);
    Tensor context = Ops.normal(DType.F32, 1, 2, 2, CONTEXT, unetConfig.crossAttentionDim());
    Tensor timesteps = Tensor.of(new long[] {500, 500}, 2);
    String latents = "%dx%dx%d".formatted(channels, side, side);
    BenchRow roof = GemmBench.run(ModelBench.ROOF, plan);
    List<BenchRow> rows = new ArrayList<>(List.of(roof));
    String dtype = storage.label();
    rows.add(
        new ModelBench(
                "unet_step", "2x" + latents, dtype, 1, () -> unet.forward(two, timesteps, context))
            .run(plan));
    rows.add(
        new ModelBench("vae_decode", "1x" + latents, dtype, 1, () -> vae.decode(one)).run(plan));
    if (steps > 0) {
      LatentDiffusion pipeline = pipeline(unet, vae);
      LatentDiffusion.Settings settings = new LatentDiffusion.Settings(steps, GUIDANCE, 1);
      Tensor condition = context.slice(0, 0, 1);
      rows.add(
          new ModelBench(
                  "picture",
                  "1x%s, %d steps".formatted(latents, steps),
                  dtype,
                  1,
                  () ->
                      pipeline.decode(
                          pipeline.sample(condition, one, settings, LatentDiffusion.Progress.NONE)))
              .once());
    }
    rows.replaceAll(row -> row == roof ? row : row.below(roof));
    return rows;
  }

  private static LatentDiffusion pipeline(UNet unet, AutoencoderKl vae) {
    VisualAdapterConfig config =
        VisualAdapterConfig.mlp(16, 16, unet.config().crossAttentionDim(), 2, CONTEXT);
    VisualAdapter adapter =
        VisualAdapter.load(Weights.fresh(VisualAdapter::initializer, 1), config);
    return new LatentDiffusion(
        unet, vae, adapter, Plms.of(NoiseSchedule.stableDiffusion(), PredictionType.EPSILON));
  }
}
