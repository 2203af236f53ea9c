package dev.chrysalis.models.diffusion;

import dev.chrysalis.nn.Initializer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// Models of a few thousand weights for the tests.
final class Tiny {
  static final int CONTEXT = 6;

  private Tiny() {}

  static UNetConfig unetConfig() {
    return UNetConfig.of(4, List.of(8, 12), 1, CONTEXT, 2, 4, 4);
  }

  static AutoencoderKlConfig vaeConfig() {
    return new AutoencoderKlConfig(3, 3, 4, List.of(4, 8), 1, 2, 0.5, 8);
  }

  static VisualAdapterConfig adapterConfig() {
    return VisualAdapterConfig.mlp(5, 7, CONTEXT, 2, 9);
  }

  /// Weights that are nowhere zero, so that nothing hides behind a factor 0.
  static Weights weights(long seed) {
    return Weights.fresh((name, shape) -> policy(name, shape), seed);
  }

  private static Initializer policy(String name, Shape shape) {
    if (shape.rank() > 1) {
      return Initializer.fanInNormal(1);
    }
    Initializer small = Initializer.normal(0.1);
    return name.endsWith("weight")
        ? (s, seed, stream) -> small.make(s, seed, stream).add(1)
        : small;
  }

  static UNet unet() {
    return UNet.load(weights(1), unetConfig());
  }

  static AutoencoderKl vae() {
    return AutoencoderKl.load(weights(2), vaeConfig());
  }

  static LatentDiffusion pipeline() {
    return new LatentDiffusion(
        unet(),
        vae(),
        VisualAdapter.load(weights(3), adapterConfig()),
        Ddim.of(NoiseSchedule.stableDiffusion(), PredictionType.EPSILON));
  }

  static Tensor normal(int stream, int... sizes) {
    return Ops.normal(DType.F32, 77, stream, sizes);
  }
}
