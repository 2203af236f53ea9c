package dev.chrysalis.models.diffusion;

import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;

/// A normal distribution for every latent, independent of the others. Kingma & Welling 2014,
/// arXiv:1312.6114.
///
/// @param mean `(B, C, H, W)`
/// @param logvar logarithm of the variance, `(B, C, H, W)`
public record LatentDistribution(Tensor mean, Tensor logvar) {
  private static final double MIN_LOGVAR = -30;
  private static final double MAX_LOGVAR = 20;

  /// @param moments `(B, 2·C, H, W)`: mean, then log-variance, which is clamped to −30 … 20
  public static LatentDistribution of(Tensor moments) {
    int channels = moments.size(1) / 2;
    return new LatentDistribution(
        moments.slice(1, 0, channels),
        moments.slice(1, channels, 2 * channels).clamp(MIN_LOGVAR, MAX_LOGVAR));
  }

  /// `mean + exp(logvar/2) ⊙ noise`
  ///
  /// @param noise of standard normal numbers, of the shape of `mean`
  public Tensor sample(Tensor noise) {
    return mean.add(logvar.mul(0.5).exp().mul(noise));
  }

  /// Divergence from the standard normal distribution of each picture: `½ Σ (mean² + var − 1 −
  /// logvar)`, `(B)`.
  public Tensor kl() {
    Tensor terms = mean.square().add(logvar.exp()).sub(logvar).add(-1);
    return Ops.sum(terms, false, 1, 2, 3).mul(0.5);
  }
}
