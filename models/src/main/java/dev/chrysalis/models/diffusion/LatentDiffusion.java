package dev.chrysalis.models.diffusion;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.List;
import java.util.stream.IntStream;

/// From visual features to pictures: adapter, then sampling of latents with classifier-free
/// guidance, then the decoder.
public record LatentDiffusion(
    UNet unet, AutoencoderKl vae, VisualAdapter adapter, Sampler sampler) {
  public LatentDiffusion {
    same("latent channels", vae.config().latentChannels(), unet.config().inChannels());
    same("latent channels", unet.config().inChannels(), unet.config().outChannels());
    same("context width", adapter.config().outputDim(), unet.config().crossAttentionDim());
  }

  private static void same(String what, int found, int need) {
    if (found != need) {
      throw new ConfigException(
          "latent diffusion: %s of the parts differ: found %d and %d".formatted(what, found, need));
    }
  }

  /// How a picture is drawn.
  ///
  /// @param steps of the sampler
  /// @param guidance 1 for none; see `GuidedUNet`
  /// @param seed of the first noise and of that of random samplers
  public record Settings(int steps, double guidance, long seed) {}

  /// Hears of every finished call of the network.
  @FunctionalInterface
  public interface Progress {
    /// Hears nothing.
    Progress NONE = (done, total) -> {};

    void step(int done, int total);
  }

  /// This pipeline with another sampler.
  public LatentDiffusion withSampler(Sampler other) {
    return new LatentDiffusion(unet, vae, adapter, other);
  }

  /// The context of features, filled up with zeros: `(B, N, F) → (B, R, D)`.
  public Tensor context(Tensor features) {
    int rows = adapter.config().contextRows();
    Tensor context = Memory.scoped(() -> adapter.forward(features));
    if (context.size(1) > rows) {
      throw new ShapeException(
          "latent diffusion: got %d rows of context, at most %d fit"
              .formatted(context.size(1), rows));
    }
    return context.size(1) == rows ? context : Ops.pad(context, 1, 0, rows - context.size(1), 0);
  }

  /// Samples latents. They are scaled, as the network sees them.
  ///
  /// @param context `(B, S, D)`
  /// @param noise standard normal `(B, C, h, w)`
  /// @return `(B, C, h, w)`
  public Tensor sample(Tensor context, Tensor noise, Settings settings, Progress progress) {
    SamplerState state = sampler.start(noise, settings.steps());
    GuidedUNet network = GuidedUNet.of(unet, context, settings.guidance());
    while (!state.isDone()) {
      SamplerState now = state;
      state = Memory.scoped(() -> advance(now, network, settings), SamplerState::tensors);
      progress.step(state.index(), state.timesteps().size());
    }
    return state.sample();
  }

  private SamplerState advance(SamplerState state, GuidedUNet network, Settings settings) {
    Tensor x = state.sample();
    int[] sizes = x.shape().toArray();
    return sampler.step(
        state,
        network.forward(x, state.timestep()),
        () -> Ops.normal(x.dtype(), settings.seed(), 1 + state.index(), sizes)); // 0: first noise
  }

  /// Pictures in −1 … 1 of scaled latents, one after the other to spare memory: `(B, C, h, w) → (B,
  /// 3, H, W)`.
  public Tensor decode(Tensor latents) {
    List<Tensor> pictures =
        IntStream.range(0, latents.size(0))
            .mapToObj(i -> latents.slice(0, i, i + 1))
            .map(one -> Memory.scoped(() -> vae.decode(one.mul(1 / vae.config().scalingFactor()))))
            .toList();
    return Ops.cat(0, pictures);
  }

  /// `round(clamp(v/2 + ½, 0, 1)·255)`: `(B, 3, H, W) → (B, H, W, 3)` of U8.
  public static Tensor toBytes(Tensor image) {
    Tensor scaled = Ops.affine(image, 0.5, 0.5).clamp(0, 1).mul(255).unary(UnaryFn.ROUND);
    return scaled.permute(0, 2, 3, 1).contiguous().to(DType.U8);
  }

  /// Draws one picture for each row of features.
  ///
  /// @param features `(B, N, F)`
  /// @param height of the pictures, a multiple of what the autoencoder divides by, as is `width`
  public List<Picture> draw(
      Tensor features, int height, int width, Settings settings, Progress progress) {
    int f = vae.config().downsampling();
    if (height < f || width < f || height % f != 0 || width % f != 0) {
      throw new ShapeException(
          "latent diffusion: got pictures of %d x %d, need multiples of %d"
              .formatted(height, width, f));
    }
    int batch = features.size(0);
    int channels = unet.config().inChannels();
    Tensor bytes =
        Memory.scoped(() -> {
          Tensor noise =
              Ops.normal(DType.F32, settings.seed(), 0, batch, channels, height / f, width / f);
          Tensor latents = sample(context(features), noise, settings, progress);
          return toBytes(decode(latents));
        });
    return IntStream.range(0, batch).mapToObj(i -> picture(bytes.select(0, i))).toList();
  }

  /// `(H, W, 3)` of U8 as a picture.
  private static Picture picture(Tensor bytes) {
    byte[] rgb = new byte[Math.toIntExact(bytes.count())];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) bytes.getLong(i);
    }
    return new Picture(bytes.size(1), bytes.size(0), rgb);
  }
}
