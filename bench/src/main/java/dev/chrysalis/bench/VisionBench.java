package dev.chrysalis.bench;

import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.models.siglip.SiglipVision;
import dev.chrysalis.models.siglip.SiglipVisionConfig;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.storage.WeightStorage;
import java.util.List;

/// Pictures through the vision tower of SigLIP, with random weights: patches to features, without
/// the pooling head.
public final class VisionBench {
  private VisionBench() {}

  /// Measures a tower.
  ///
  /// @param images at once
  /// @return a large matrix product, then the tower with its fraction of that rate
  public static List<BenchRow> run(
      SiglipVisionConfig config, WeightStorage storage, int images, Timing.Plan plan) {
    SiglipVision tower =
        SiglipVision.load(
            RandomWeights.of(Siglip::initializer, w -> SiglipVision.load(w, config), storage),
            config);
    int side = config.imageSize();
    Tensor pixels = Ops.normal(DType.F32, 1, 0, images, config.numChannels(), side, side);
    String shape =
        "%dx%dx%dx%d, width %d, %d layers"
            .formatted(
                images,
                config.numChannels(),
                side,
                side,
                config.hiddenSize(),
                config.numHiddenLayers());
    BenchRow roof = GemmBench.run(ModelBench.ROOF, plan);
    BenchRow row =
        new ModelBench("siglip", shape, storage.label(), images, () -> tower.features(pixels))
            .run(plan);
    return List.of(roof, row.below(roof));
  }
}
