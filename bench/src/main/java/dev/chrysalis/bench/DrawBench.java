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
    UNet unet = unet(unetConfig, storage);
    AutoencoderKl vae = autoencoder(vaeConfig, storage);
    BenchRow roof = GemmBench.run(ModelBench.ROOF, plan);
    List<BenchRow> rows = new ArrayList<>(List.of(roof));
    String dtype = storage.label();
    rows.add(step(unet, dtype).run(plan));
    rows.add(decoding(vae, unetConfig.sampleSize(), dtype).run(plan));
    if (steps > 0) {
      int side = unetConfig.sampleSize();
      int channels = unetConfig.inChannels();
      Tensor one = latents(1, channels, side);
      Tensor condition = context(1, unetConfig);
      LatentDiffusion pipeline = pipeline(unet, vae);
      LatentDiffusion.Settings settings = new LatentDiffusion.Settings(steps, GUIDANCE, 1);
      rows.add(
          new ModelBench(
                  "picture",
                  "1x%dx%dx%d, %d steps".formatted(channels, side, side, steps),
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

  /// Measures a UNet alone: a large matrix product, then a step.
  public static List<BenchRow> unet(UNetConfig config, WeightStorage storage, Timing.Plan plan) {
    BenchRow roof = GemmBench.run(ModelBench.ROOF, plan);
    BenchRow row = step(unet(config, storage), storage.label()).run(plan);
    return List.of(roof, row.below(roof));
  }

  /// Measures an autoencoder alone: a large matrix product, then the decoder.
  ///
  /// @param side height and width of the latents
  public static List<BenchRow> decoder(
      AutoencoderKlConfig config, int side, WeightStorage storage, Timing.Plan plan) {
    BenchRow roof = GemmBench.run(ModelBench.ROOF, plan);
    BenchRow row = decoding(autoencoder(config, storage), side, storage.label()).run(plan);
    return List.of(roof, row.below(roof));
  }

  private static UNet unet(UNetConfig config, WeightStorage storage) {
    return UNet.load(
        RandomWeights.of(UNet::initializer, w -> UNet.load(w, config), storage), config);
  }

  private static AutoencoderKl autoencoder(AutoencoderKlConfig config, WeightStorage storage) {
    return AutoencoderKl.load(
        RandomWeights.of(AutoencoderKl::initializer, w -> AutoencoderKl.load(w, config), storage),
        config);
  }

  private static ModelBench step(UNet unet, String dtype) {
    UNetConfig config = unet.config();
    int side = config.sampleSize();
    Tensor two = latents(2, config.inChannels(), side);
    Tensor context = context(2, config);
    Tensor timesteps = Tensor.of(new long[] {500, 500}, 2);
    String shape = "2x%dx%dx%d".formatted(config.inChannels(), side, side);
    return new ModelBench(
        "unet_step", shape, dtype, 1, () -> unet.forward(two, timesteps, context));
  }

  private static ModelBench decoding(AutoencoderKl vae, int side, String dtype) {
    int channels = vae.config().latentChannels();
    Tensor one = latents(1, channels, side);
    String shape = "1x%dx%dx%d".formatted(channels, side, side);
    return new ModelBench("vae_decode", shape, dtype, 1, () -> vae.decode(one));
  }

  private static Tensor latents(int batch, int channels, int side) {
    return Ops.normal(DType.F32, 1, batch - 1, batch, channels, side, side);
  }

  private static Tensor context(int batch, UNetConfig config) {
    return Ops.normal(DType.F32, 1, 2, batch, CONTEXT, config.crossAttentionDim());
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
