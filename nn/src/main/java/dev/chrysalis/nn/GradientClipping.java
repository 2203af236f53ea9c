package dev.chrysalis.nn;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Scope;
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

  /// `√Σ g²`; the sums of the gradients are added in double.
  public static double norm(List<Tensor> gradients) {
    double sum = 0;
    for (Tensor gradient : gradients) {
      sum += Scope.compute(() -> sumOfSquares(gradient), _ -> List.of());
    }
    return Math.sqrt(sum);
  }

  /// In F64 for F64, else in F32.
  private static double sumOfSquares(Tensor gradient) {
    Tensor wide = gradient.dtype() == DType.F64 ? gradient : gradient.to(DType.F32);
    return wide.square().sum().item();
  }

  /// The gradients, shortened together if their norm is above `maxNorm`. Where the norm is not
  /// finite, all become NaN: a step with some of them zeroed would go unnoticed.
  public static Clipped toNorm(List<Tensor> gradients, double maxNorm) {
    double norm = norm(gradients);
    double scale = Double.isFinite(norm) ? Math.min(1, maxNorm / (norm + 1e-6)) : Double.NaN;
    return new Clipped(
        scale == 1 ? gradients : gradients.stream().map(g -> g.mul(scale)).toList(), norm);
  }
}
