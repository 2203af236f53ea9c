package dev.chrysalis.nn;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// Scales gradients down together when they are long.
public final class GradientClipping {
  private GradientClipping() {}

  /// What clipping gave.
  ///
  /// @param gradients the gradients times `min(1, maxNorm / (norm + 1e-6))`
  /// @param norm their Euclidean norm before
  public record Clipped(List<Tensor> gradients, double norm) {}

  /// `√Σ g²` over all gradients, summed in double.
  public static double norm(List<Tensor> gradients) {
    double sum = 0;
    for (Tensor gradient : gradients) {
      sum += gradient.to(DType.F32).square().sum().item();
    }
    return Math.sqrt(sum);
  }

  /// The gradients, shortened together if their norm is above `maxNorm`. A norm that is not finite
  /// spreads to all.
  public static Clipped toNorm(List<Tensor> gradients, double maxNorm) {
    double norm = norm(gradients);
    double scale = Math.min(1, maxNorm / (norm + 1e-6));
    return new Clipped(
        scale == 1 ? gradients : gradients.stream().map(g -> g.mul(scale)).toList(), norm);
  }
}
