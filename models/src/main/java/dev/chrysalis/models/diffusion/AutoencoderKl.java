package dev.chrysalis.models.diffusion;

import dev.chrysalis.nn.Conv2d;
import dev.chrysalis.nn.GroupNorm;
import dev.chrysalis.nn.Initializer;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.MultiHeadAttention;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// The autoencoder of Stable Diffusion, between pictures in −1 … 1 and latents, `AutoencoderKL` in
/// checkpoints.
///
/// Rombach et al. 2022, arXiv:2112.10752, appendix G; tensor names as in `vae/` of a Stable
/// Diffusion folder.
public record AutoencoderKl(
    AutoencoderKlConfig config,
    Encoder encoder,
    Decoder decoder,
    Conv2d quantConv,
    Conv2d postQuantConv) {
  private static final double NORM_EPS = 1e-6;
  private static final Conv2dSpec SAME = Conv2dSpec.of(1, 1);
  private static final Conv2dSpec POINT = Conv2dSpec.of(1, 0);

  /// Zeros on the right and at the bottom only.
  private static final Conv2dSpec HALVE = new Conv2dSpec(2, 2, 0, 0, 1, 1, 1, 1, 1);

  /// Names of the attention weights in older checkpoints, and those of today.
  private static final Map<String, String> RENAMED =
      Map.of(
          ".query.", ".to_q.",
          ".key.", ".to_k.",
          ".value.", ".to_v.",
          ".proj_attn.", ".to_out.0.");

  /// @param w the root of a checkpoint, as `weights` reads it
  public static AutoencoderKl load(Weights w, AutoencoderKlConfig c) {
    int moments = 2 * c.latentChannels();
    return new AutoencoderKl(
        c,
        Encoder.load(w.at("encoder"), c),
        Decoder.load(w.at("decoder"), c),
        Conv2d.load(w.at("quant_conv"), moments, moments, 1, POINT),
        Conv2d.load(w.at("post_quant_conv"), c.latentChannels(), c.latentChannels(), 1, POINT));
  }

  /// Weights of a checkpoint under today's names: older ones call the attention weights otherwise,
  /// or keep them as 1 × 1 convolutions.
  public static Weights weights(Checkpoint checkpoint) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (String name : checkpoint.names()) {
      Tensor tensor = checkpoint.get(name);
      String modern = modernName(name);
      boolean matrix =
          modern.contains(".attentions.")
              && tensor.rank() == 4
              && tensor.size(2) == 1
              && tensor.size(3) == 1;
      tensors.put(modern, matrix ? tensor.reshape(tensor.size(0), tensor.size(1)) : tensor);
    }
    return Weights.of(checkpoint.path().toString(), tensors);
  }

  private static String modernName(String name) {
    String modern = name;
    if (name.contains(".attentions.")) {
      for (Map.Entry<String, String> entry : RENAMED.entrySet()) {
        modern = modern.replace(entry.getKey(), entry.getValue());
      }
    }
    return modern;
  }

  /// Fresh weights: `U(±1/√fanIn)`, norms 1, biases 0.
  public static Initializer initializer(String name, Shape shape) {
    return UNet.fresh(name, shape);
  }

  /// `image (B, 3, H, W) → (B, 2·C, H/f, W/f)`: means, then log-variances that are not clamped yet.
  /// `H` and `W` are multiples of `f`.
  public Tensor moments(Tensor image) {
    int f = config.downsampling();
    boolean fits =
        image.rank() == 4
            && image.size(1) == config.inChannels()
            && image.size(2) % f == 0
            && image.size(3) % f == 0;
    if (!fits) {
      throw new ShapeException(
          "autoencoder: got image %s, need (B, %d, H, W) with H and W multiples of %d"
              .formatted(image.shape(), config.inChannels(), f));
    }
    reserve(image.size(0) * (long) image.size(2) * image.size(3), encoder.downBlocks(), 0.25);
    return Memory.scoped(() -> quantConv.forward(encoder.forward(image)));
  }

  /// `image (B, 3, H, W)` to the distribution of its latents, `(B, C, H/f, W/f)`.
  public LatentDistribution encode(Tensor image) {
    return LatentDistribution.of(moments(image));
  }

  /// `latents (B, C, h, w) → (B, 3, h·f, w·f)`; the latents are those of `encode`, not multiplied
  /// by the scaling factor.
  public Tensor decode(Tensor latents) {
    if (latents.rank() != 4 || latents.size(1) != config.latentChannels()) {
      throw new ShapeException(
          "autoencoder: got latents %s, need (B, %d, H, W)"
              .formatted(latents.shape(), config.latentChannels()));
    }
    reserve(latents.size(0) * (long) latents.size(2) * latents.size(3), decoder.upBlocks(), 4);
    return Memory.scoped(() -> decoder.forward(postQuantConv.forward(latents)));
  }

  /// Makes room for the pictures that are alive at once in the largest residual block.
  ///
  /// @param pixels of the first level
  /// @param growth pixels of a level for one of the level before
  private static void reserve(long pixels, List<Level> levels, double growth) {
    double most = 0;
    double size = pixels;
    for (Level level : levels) {
      for (ResnetBlock block : level.resnets()) {
        most = Math.max(most, size * block.channelsAlive());
      }
      size *= growth;
    }
    Backends.current().reserve((long) (most * Float.BYTES));
  }

  private static ResnetBlock resnet(Weights w, AutoencoderKlConfig c, int in, int out) {
    return ResnetBlock.load(w, in, out, 0, c.normNumGroups(), NORM_EPS);
  }

  /// Residual blocks of one level, then a convolution that changes the size everywhere but at the
  /// last level.
  public record Level(List<ResnetBlock> resnets, Optional<Conv2d> resize) {
    static Level load(
        Weights w, AutoencoderKlConfig c, int in, int out, int count, Optional<Conv2d> resize) {
      List<ResnetBlock> resnets = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        resnets.add(resnet(w.at("resnets." + i), c, i == 0 ? in : out, out));
      }
      return new Level(List.copyOf(resnets), resize);
    }

    /// `(B, C, H, W) → (B, O, H/2, W/2)`
    private void addDown(List<UnaryOperator<Tensor>> steps) {
      resnets.forEach(block -> steps.add(block::forward));
      resize.ifPresent(conv -> steps.add(conv::forward));
    }

    /// `(B, C, H, W) → (B, O, 2·H, 2·W)`
    private void addUp(List<UnaryOperator<Tensor>> steps) {
      resnets.forEach(block -> steps.add(block::forward));
      resize.ifPresent(conv -> {
        steps.add(Level::doubled);
        steps.add(conv::forward);
      });
    }

    private static Tensor doubled(Tensor x) {
      return Ops.interpolate(x, 2 * x.size(2), 2 * x.size(3), Resampling.NEAREST);
    }
  }

  /// Self-attention of one head over all pixels, plus the input.
  public record Attention(GroupNorm groupNorm, MultiHeadAttention attention) {
    static Attention load(Weights w, AutoencoderKlConfig c, int channels) {
      return new Attention(
          GroupNorm.load(w.at("group_norm"), c.normNumGroups(), channels, NORM_EPS),
          new MultiHeadAttention(
              Linear.load(w.at("to_q"), channels, channels),
              Linear.load(w.at("to_k"), channels, channels),
              Linear.load(w.at("to_v"), channels, channels),
              Linear.load(w.at("to_out.0"), channels, channels),
              1));
    }

    /// `(B, C, H, W) → (B, C, H, W)`
    Tensor forward(Tensor x) {
      return Memory.scoped(() -> {
        int batch = x.size(0);
        Tensor tokens = groupNorm.forward(x).reshape(batch, x.size(1), -1).swap(1, 2); // (B, N, C)
        Tensor y = attention.forward(tokens, tokens).swap(1, 2); // (B, C, N)
        return x.add(y.reshape(batch, x.size(1), x.size(2), x.size(3)));
      });
    }
  }

  /// Residual block, attention, residual block, at the coarsest level.
  public record Middle(ResnetBlock first, Attention attention, ResnetBlock second) {
    static Middle load(Weights w, AutoencoderKlConfig c) {
      int channels = c.blockOutChannels().getLast();
      return new Middle(
          resnet(w.at("resnets.0"), c, channels, channels),
          Attention.load(w.at("attentions.0"), c, channels),
          resnet(w.at("resnets.1"), c, channels, channels));
    }

    /// `(B, C, H, W) → (B, C, H, W)`
    private void addTo(List<UnaryOperator<Tensor>> steps) {
      steps.add(first::forward);
      steps.add(attention::forward);
      steps.add(second::forward);
    }
  }

  /// From pictures to moments, before the last 1 × 1 convolution.
  public record Encoder(
      Conv2d convIn,
      List<Level> downBlocks,
      Middle midBlock,
      GroupNorm convNormOut,
      Conv2d convOut) {
    static Encoder load(Weights w, AutoencoderKlConfig c) {
      int first = c.blockOutChannels().getFirst();
      int last = c.blockOutChannels().getLast();
      Conv2d convIn = Conv2d.load(w.at("conv_in"), c.inChannels(), first, 3, SAME);
      List<Level> levels = new ArrayList<>();
      int in = first;
      for (int i = 0; i < c.levels(); i++) {
        Weights level = w.at("down_blocks." + i);
        int out = c.blockOutChannels().get(i);
        Optional<Conv2d> halve =
            i == c.levels() - 1
                ? Optional.empty()
                : Optional.of(Conv2d.load(level.at("downsamplers.0.conv"), out, out, 3, HALVE));
        levels.add(Level.load(level, c, in, out, c.layersPerBlock(), halve));
        in = out;
      }
      return new Encoder(
          convIn,
          List.copyOf(levels),
          Middle.load(w.at("mid_block"), c),
          GroupNorm.load(w.at("conv_norm_out"), c.normNumGroups(), last, NORM_EPS),
          Conv2d.load(w.at("conv_out"), last, 2 * c.latentChannels(), 3, SAME));
    }

    /// `(B, 3, H, W) → (B, 2·C, H/f, W/f)`
    Tensor forward(Tensor x) {
      List<UnaryOperator<Tensor>> steps = new ArrayList<>(List.of(convIn::forward));
      downBlocks.forEach(level -> level.addDown(steps));
      midBlock.addTo(steps);
      steps.add(convNormOut::forwardSilu);
      steps.add(convOut::forward);
      return Memory.chain(x, steps);
    }
  }

  /// From latents, after the first 1 × 1 convolution, to pictures.
  public record Decoder(
      Conv2d convIn, Middle midBlock, List<Level> upBlocks, GroupNorm convNormOut, Conv2d convOut) {
    static Decoder load(Weights w, AutoencoderKlConfig c) {
      int first = c.blockOutChannels().getFirst();
      int last = c.blockOutChannels().getLast();
      Conv2d convIn = Conv2d.load(w.at("conv_in"), c.latentChannels(), last, 3, SAME);
      Middle middle = Middle.load(w.at("mid_block"), c);
      List<Level> levels = new ArrayList<>();
      int in = last;
      for (int i = 0; i < c.levels(); i++) {
        Weights level = w.at("up_blocks." + i);
        int out = c.blockOutChannels().get(c.levels() - 1 - i);
        Optional<Conv2d> refine =
            i == c.levels() - 1
                ? Optional.empty()
                : Optional.of(Conv2d.load(level.at("upsamplers.0.conv"), out, out, 3, SAME));
        levels.add(Level.load(level, c, in, out, c.layersPerBlock() + 1, refine));
        in = out;
      }
      return new Decoder(
          convIn,
          middle,
          List.copyOf(levels),
          GroupNorm.load(w.at("conv_norm_out"), c.normNumGroups(), first, NORM_EPS),
          Conv2d.load(w.at("conv_out"), first, c.outChannels(), 3, SAME));
    }

    /// `(B, C, h, w) → (B, 3, h·f, w·f)`
    Tensor forward(Tensor x) {
      List<UnaryOperator<Tensor>> steps = new ArrayList<>(List.of(convIn::forward));
      midBlock.addTo(steps);
      upBlocks.forEach(level -> level.addUp(steps));
      steps.add(convNormOut::forwardSilu);
      steps.add(convOut::forward);
      return Memory.chain(x, steps);
    }
  }
}
