package dev.chrysalis.nn;

import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.Arrays;

/// Losses that are more than one op.
public final class Losses {
  private Losses() {}

  /// `mean((x − y)²)`
  public static Tensor meanSquaredError(Tensor x, Tensor y) {
    return x.sub(y).square().mean();
  }

  /// `a·b / (max(‖a‖, eps)·max(‖b‖, eps))` over the last axis; `(…, D), (…, D) → (…)`.
  public static Tensor cosineSimilarity(Tensor a, Tensor b, double eps) {
    return Ops.l2Normalize(a, -1, eps).mul(Ops.l2Normalize(b, -1, eps)).sum(-1, false);
  }

  /// `mean(1 − cos(prediction, target))` over all rows; 0 if there are none.
  public static Tensor cosine(Tensor prediction, Tensor target) {
    if (prediction.count() == 0) {
      return prediction.sum();
    }
    return cosineSimilarity(prediction, target, 1e-8).mean().mul(-1).add(1);
  }

  /// `mean(max(x, 0) − x·y + log(1 + exp(−|x|)))`, the cross-entropy of `σ(x)` against `y`.
  public static Tensor binaryCrossEntropyWithLogits(Tensor logits, Tensor targets) {
    return logits.unary(UnaryFn.SOFTPLUS).sub(logits.mul(targets)).mean();
  }

  /// `−1/n · Σ_ij log σ(z_ij·ℓ_ij)`, `ℓ = exp(logitScale)·text·imageᵀ + logitBias`, `z` 1 on the
  /// diagonal and −1 elsewhere. Zhai et al. 2023, arXiv:2303.15343, eq. 1.
  ///
  /// @param image `(n, D)`, rows of length 1
  /// @param text `(n, D)`, rows of length 1
  /// @param logitScale `(1)`
  /// @param logitBias `(1)`
  public static Tensor sigmoidContrastive(
      Tensor image, Tensor text, Tensor logitScale, Tensor logitBias) {
    int n = image.size(0);
    Tensor logits = text.matmul(image.swap(0, 1)).mul(logitScale.exp()).add(logitBias); // (n, n)
    float[] signs = new float[n * n];
    Arrays.fill(signs, -1);
    for (int i = 0; i < n; i++) {
      signs[i * n + i] = 1;
    }
    Tensor z = Tensor.of(signs, n, n).to(logits.dtype());
    return logits.mul(z).unary(UnaryFn.LOG_SIGMOID).sum().mul(-1.0 / n);
  }
}
