package dev.chrysalis.zoo.train;

import dev.chrysalis.nn.AdamW;
import dev.chrysalis.nn.Muon;
import dev.chrysalis.nn.Optimizer;
import dev.chrysalis.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/// Which optimiser moves which weights.
final class Optimizers {
  /// Muon's learning rate over AdamW's; found on SigLIP's first 300 steps.
  private static final double MUON_SCALE = 3;

  private Optimizers() {}

  /// Muon for the matrices of a transformer's layers, AdamW for all else.
  static Optimizer transformer(Map<String, Tensor> parameters, double weightDecay) {
    Map<String, Tensor> matrices = new LinkedHashMap<>();
    Map<String, Tensor> rest = new LinkedHashMap<>();
    parameters.forEach((name, parameter) -> {
      boolean inner = name.contains(".layers.") && parameter.rank() == 2;
      (inner ? matrices : rest).put(name, parameter);
    });
    return Optimizer.joined(
        new Muon().group(matrices, new Muon.Settings(0.95, weightDecay, MUON_SCALE)),
        new AdamW().group(rest, new AdamW.Settings(0.9, 0.95, 1e-8, weightDecay, 1)));
  }
}
