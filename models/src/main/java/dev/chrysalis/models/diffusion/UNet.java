package dev.chrysalis.models.diffusion;

import dev.chrysalis.nn.Conv2d;
import dev.chrysalis.nn.GroupNorm;
import dev.chrysalis.nn.Initializer;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.Trace;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// The denoiser of Stable Diffusion: a UNet over latents that attends to a context,
/// `UNet2DConditionModel` in checkpoints.
///
/// Levels go down by convolutions of stride 2 and up by doubling; every output on the way down is
/// concatenated, last one first, to an input on the way up. Rombach et al. 2022, arXiv:2112.10752;
/// tensor names as in `unet/` of a Stable Diffusion folder.
///
/// Traces hold module outputs under the modules' names.
public record UNet(
    UNetConfig config,
    Conv2d convIn,
    TimeEmbedding timeEmbedding,
    List<DownBlock> downBlocks,
    MidBlock midBlock,
    List<UpBlock> upBlocks,
    GroupNorm convNormOut,
    Conv2d convOut) {
  private static final Conv2dSpec SAME = Conv2dSpec.of(1, 1);

  /// @param w the root of the checkpoint
  public static UNet load(Weights w, UNetConfig c) {
    int first = c.blockOutChannels().getFirst();
    Deque<Integer> skips = new ArrayDeque<>(); // channels of what is kept on the way down
    skips.push(first);
    int in = first;
    List<DownBlock> down = new ArrayList<>();
    for (int level = 0; level < c.levels(); level++) {
      down.add(DownBlock.load(w.at("down_blocks." + level), c, level, in, skips));
      in = c.blockOutChannels().get(level);
    }
    MidBlock mid = MidBlock.load(w.at("mid_block"), c);
    List<UpBlock> up = new ArrayList<>();
    for (int index = 0; index < c.levels(); index++) {
      up.add(UpBlock.load(w.at("up_blocks." + index), c, index, in, skips));
      in = c.blockOutChannels().get(c.levels() - 1 - index);
    }
    return new UNet(
        c,
        Conv2d.load(w.at("conv_in"), c.inChannels(), first, 3, SAME),
        TimeEmbedding.load(w.at("time_embedding"), c),
        List.copyOf(down),
        mid,
        List.copyOf(up),
        GroupNorm.load(w.at("conv_norm_out"), c.normNumGroups(), first, c.normEps()),
        Conv2d.load(w.at("conv_out"), first, c.outChannels(), 3, SAME));
  }

  /// Fresh weights: `U(±1/√fanIn)`, norms 1, biases 0, and a zero output convolution, so that
  /// training starts from the prediction 0.
  public static Initializer initializer(String name, Shape shape) {
    return name.equals("conv_out.weight") ? Initializer.constant(0) : fresh(name, shape);
  }

  /// `U(±1/√fanIn)`; norms 1, biases 0.
  static Initializer fresh(String name, Shape shape) {
    if (shape.rank() == 1) {
      return Initializer.constant(name.endsWith("weight") ? 1 : 0);
    }
    return Initializer.fanInUniform();
  }

  /// The predicted noise (or velocity). Any size of at least 1 × 1; odd sizes come back by
  /// repeating rows up to the size that was there on the way down.
  ///
  /// @param sample noisy latents `(B, C, H, W)`
  /// @param timesteps `(B)`, of any dtype
  /// @param context `(B, S, D)`
  /// @return `(B, C, H, W)`
  public Tensor forward(Tensor sample, Tensor timesteps, Tensor context) {
    check(sample, timesteps, context);
    return Memory.scoped(() -> {
      Tensor time = timeEmbedding.forward(timesteps, sample.dtype()).unary(UnaryFn.SILU);
      Deque<Tensor> skips = new ArrayDeque<>();
      Tensor x = Trace.record("conv_in", convIn.forward(sample));
      skips.push(x);
      for (DownBlock block : downBlocks) {
        x = block.forward(x, time, context, skips);
      }
      x = midBlock.forward(x, time, context);
      for (UpBlock block : upBlocks) {
        x = block.forward(x, time, context, skips);
      }
      return convOut.forward(convNormOut.forwardSilu(x));
    });
  }

  private void check(Tensor sample, Tensor timesteps, Tensor context) {
    boolean fits =
        sample.rank() == 4
            && sample.size(1) == config.inChannels()
            && timesteps.shape().equals(Shape.of(sample.size(0)))
            && context.rank() == 3
            && context.size(0) == sample.size(0)
            && context.size(2) == config.crossAttentionDim();
    if (!fits) {
      throw new ShapeException(
          "unet: got sample %s, timesteps %s, context %s, need (B, %d, H, W), (B), (B, S, %d)"
              .formatted(
                  sample.shape(),
                  timesteps.shape(),
                  context.shape(),
                  config.inChannels(),
                  config.crossAttentionDim()));
    }
  }

  /// `linear_2(silu(linear_1(sinusoid(t))))`, the sinusoid `[cos(t·f_i), sin(t·f_i)]` with `f_i =
  /// exp(−ln(10000)·i / (half − freqShift))`. Vaswani et al. 2017, arXiv:1706.03762, section 3.5.
  public record TimeEmbedding(UNetConfig config, Linear linear1, Linear linear2) {
    private static final double MAX_PERIOD = 10000;

    static TimeEmbedding load(Weights w, UNetConfig c) {
      int width = c.timeEmbedDim();
      return new TimeEmbedding(
          c,
          Linear.load(w.at("linear_1"), c.blockOutChannels().getFirst(), width),
          Linear.load(w.at("linear_2"), width, width));
    }

    /// `(B) → (B, E)` of `dtype`
    Tensor forward(Tensor timesteps, DType dtype) {
      Tensor sinusoid = Trace.record("time_proj", sinusoid(timesteps).to(dtype));
      Tensor h = linear1.forward(sinusoid).unary(UnaryFn.SILU);
      return Trace.record("time_embedding", linear2.forward(h));
    }

    private Tensor sinusoid(Tensor timesteps) {
      double[] t = timesteps.toDoubles();
      int half = config.blockOutChannels().getFirst() / 2;
      double[] values = new double[t.length * 2 * half];
      int cos = config.flipSinToCos() ? 0 : half;
      int sin = half - cos;
      for (int b = 0; b < t.length; b++) {
        for (int i = 0; i < half; i++) {
          double angle = t[b] * Math.exp(-Math.log(MAX_PERIOD) * i / (half - config.freqShift()));
          values[b * 2 * half + cos + i] = Math.cos(angle);
          values[b * 2 * half + sin + i] = Math.sin(angle);
        }
      }
      return Tensor.of(values, t.length, 2 * half);
    }
  }

  /// A residual block, and the transformer after it where the level attends.
  public record Stage(
      String scope, int index, ResnetBlock resnet, Optional<SpatialTransformer> attention) {
    static Stage load(
        Weights w, String scope, int index, UNetConfig c, int in, int level, boolean attends) {
      int out = c.blockOutChannels().get(level);
      ResnetBlock resnet = resnet(w, index, c, in, out);
      if (!attends) {
        return new Stage(scope, index, resnet, Optional.empty());
      }
      return new Stage(
          scope, index, resnet, Optional.of(transformer(w, scope, index, c, out, level)));
    }

    static ResnetBlock resnet(Weights w, int index, UNetConfig c, int in, int out) {
      return ResnetBlock.load(
          w.at("resnets." + index), in, out, c.timeEmbedDim(), c.normNumGroups(), c.normEps());
    }

    static SpatialTransformer transformer(
        Weights w, String scope, int index, UNetConfig c, int channels, int level) {
      String module = "attentions." + index;
      int heads = c.attentionHeads().get(level);
      return SpatialTransformer.load(w.at(module), scope + "." + module, c, channels, heads);
    }

    Tensor forward(Tensor x, Tensor time, Tensor context) {
      Tensor h = Trace.record(scope + ".resnets." + index, resnet.forward(x, time));
      return attention.map(a -> Trace.record(a.name(), a.forward(h, context))).orElse(h);
    }
  }

  /// `CrossAttnDownBlock2D` or `DownBlock2D`: stages, then a 3 × 3 convolution of stride 2
  /// everywhere but at the coarsest level.
  public record DownBlock(String name, List<Stage> stages, Optional<Conv2d> downsampler) {
    static DownBlock load(Weights w, UNetConfig c, int level, int in, Deque<Integer> skips) {
      String name = "down_blocks." + level;
      int out = c.blockOutChannels().get(level);
      List<Stage> stages = new ArrayList<>();
      for (int i = 0; i < c.layersPerBlock(); i++) {
        stages.add(Stage.load(w, name, i, c, i == 0 ? in : out, level, c.downAttends(level)));
        skips.push(out);
      }
      if (level == c.levels() - 1) {
        return new DownBlock(name, List.copyOf(stages), Optional.empty());
      }
      skips.push(out);
      Conv2d down = Conv2d.load(w.at("downsamplers.0.conv"), out, out, 3, Conv2dSpec.of(2, 1));
      return new DownBlock(name, List.copyOf(stages), Optional.of(down));
    }

    /// `(B, C, H, W) → (B, O, ⌈H/2⌉, ⌈W/2⌉)`, or of the same size at the coarsest level; pushes
    /// every output.
    Tensor forward(Tensor x, Tensor time, Tensor context, Deque<Tensor> skips) {
      for (Stage stage : stages) {
        Tensor input = x;
        x = Memory.scoped(() -> stage.forward(input, time, context));
        skips.push(x);
      }
      if (downsampler.isPresent()) {
        x = downsampler.get().forward(x);
        skips.push(x);
      }
      return Trace.record(name, x);
    }
  }

  /// Residual block, transformer, residual block, at the coarsest level.
  public record MidBlock(ResnetBlock first, SpatialTransformer attention, ResnetBlock second) {
    static MidBlock load(Weights w, UNetConfig c) {
      int level = c.levels() - 1;
      int channels = c.blockOutChannels().get(level);
      return new MidBlock(
          Stage.resnet(w, 0, c, channels, channels),
          Stage.transformer(w, "mid_block", 0, c, channels, level),
          Stage.resnet(w, 1, c, channels, channels));
    }

    /// `(B, C, H, W) → (B, C, H, W)`
    Tensor forward(Tensor x, Tensor time, Tensor context) {
      return Memory.scoped(() -> {
        Tensor h = Trace.record("mid_block.resnets.0", first.forward(x, time));
        Tensor a = Trace.record(attention.name(), attention.forward(h, context));
        return Trace.record("mid_block", second.forward(a, time));
      });
    }
  }

  /// `CrossAttnUpBlock2D` or `UpBlock2D`: stages that each take one kept output, then
  /// nearest-neighbour doubling and a 3 × 3 convolution everywhere but at the finest level.
  public record UpBlock(String name, List<Stage> stages, Optional<Conv2d> upsampler) {
    static UpBlock load(Weights w, UNetConfig c, int index, int in, Deque<Integer> skips) {
      String name = "up_blocks." + index;
      int level = c.levels() - 1 - index;
      int out = c.blockOutChannels().get(level);
      List<Stage> stages = new ArrayList<>();
      for (int i = 0; i <= c.layersPerBlock(); i++) {
        int channels = (i == 0 ? in : out) + skips.pop();
        stages.add(Stage.load(w, name, i, c, channels, level, c.upAttends(index)));
      }
      Optional<Conv2d> upsampler =
          level == 0
              ? Optional.empty()
              : Optional.of(Conv2d.load(w.at("upsamplers.0.conv"), out, out, 3, SAME));
      return new UpBlock(name, List.copyOf(stages), upsampler);
    }

    /// `(B, C, H, W) → (B, O, H', W')`, `H' × W'` the size of the next kept output.
    Tensor forward(Tensor input, Tensor time, Tensor context, Deque<Tensor> skips) {
      return Memory.scoped(() -> {
        Tensor x = input;
        for (Stage stage : stages) {
          Tensor current = x;
          Tensor skip = skips.pop();
          x = Memory.scoped(() -> stage.forward(Ops.cat(1, List.of(current, skip)), time, context));
        }
        if (upsampler.isPresent()) {
          Tensor next = skips.element();
          x = Ops.interpolate(x, next.size(2), next.size(3), Resampling.NEAREST);
          x = upsampler.get().forward(x);
        }
        return Trace.record(name, x);
      });
    }
  }
}
