package dev.chrysalis.zoo.train;

import dev.chrysalis.nn.AdamW;
import dev.chrysalis.nn.Muon;
import dev.chrysalis.nn.Optimizer;
import dev.chrysalis.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/// Which optimiser moves which weights.
final class Optimizers {
  /// Muon's learning rate over AdamW's.
  private static final double MUON_SCALE = 3;

  private Optimizers() {}

  /// Muon for the matrices of a transformer's layers, AdamW for all else.
  static Optimizer transformer(Map<String, Tensor> parameters, double weightDecay) {
    return transformer(parameters, weightDecay, 1);
  }

  /// As above, with some weights at a share of the learning rate.
  ///
  /// @param slow beginning of their names
  static Optimizer transformer(
      Map<String, Tensor> parameters, double weightDecay, String slow, double share) {
    return Optimizer.joined(
        transformer(WeightCopies.only(parameters, name -> !name.startsWith(slow)), weightDecay, 1),
        transformer(
            WeightCopies.only(parameters, name -> name.startsWith(slow)), weightDecay, share));
  }

  private static Optimizer transformer(
      Map<String, Tensor> parameters, double weightDecay, double share) {
    return mixed(
        parameters,
        name -> name.contains(".layers."),
        new AdamW.Settings(0.9, 0.95, 1e-8, weightDecay, share));
  }

  /// AdamW for everything: where a transformer goes on from what it knows, a step of it teaches as
  /// much as one of Muon and costs less.
  static Optimizer adamW(Map<String, Tensor> parameters, double weightDecay) {
    return new AdamW().group(parameters, new AdamW.Settings(0.9, 0.95, 1e-8, weightDecay, 1));
  }

  /// Muon for the matrices and kernels of a UNet's blocks, AdamW for all else.
  static Optimizer unet(Map<String, Tensor> parameters, double weightDecay) {
    return mixed(
        parameters,
        name -> name.contains("_block"),
        new AdamW.Settings(0.9, 0.99, 1e-8, weightDecay, 1));
  }

  private static Optimizer mixed(
      Map<String, Tensor> parameters, Predicate<String> isInner, AdamW.Settings adamW) {
    Map<String, Tensor> matrices = new LinkedHashMap<>();
    Map<String, Tensor> rest = new LinkedHashMap<>();
    parameters.forEach((name, parameter) -> {
      boolean inner = isInner.test(name) && parameter.rank() >= 2;
      (inner ? matrices : rest).put(name, parameter);
    });
    return Optimizer.joined(
        new Muon()
            .group(
                matrices,
                new Muon.Settings(
                    0.95, adamW.weightDecay(), MUON_SCALE * adamW.learningRateScale())),
        new AdamW().group(rest, adamW));
  }
}
