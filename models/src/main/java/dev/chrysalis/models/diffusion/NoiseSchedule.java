package dev.chrysalis.models.diffusion;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/// The forward process: `x_t = √ᾱ_t·x_0 + √(1−ᾱ_t)·ε`, `ᾱ_t = Π_{s≤t} (1 − β_s)`. Ho et al. 2020,
/// arXiv:2006.11239, eq. 4. Tables are kept in doubles.
public final class NoiseSchedule {
  private final BetaSchedule kind;
  private final double betaStart;
  private final double betaEnd;
  private final double[] betas;
  private final double[] alphasCumprod;

  /// @param betaStart unused by the cosine schedule, as is `betaEnd`
  /// @param trainTimesteps number of noise levels
  public NoiseSchedule(BetaSchedule kind, double betaStart, double betaEnd, int trainTimesteps) {
    if (trainTimesteps < 1) {
      throw new ConfigException(
          "scheduler config: num_train_timesteps: found %d, need 1 or more"
              .formatted(trainTimesteps));
    }
    if (!(betaStart > 0 && betaStart <= betaEnd && betaEnd < 1)) {
      throw new ConfigException(
          "scheduler config: beta_start %s, beta_end %s: need 0 < beta_start <= beta_end < 1"
              .formatted(betaStart, betaEnd));
    }
    this.kind = kind;
    this.betaStart = betaStart;
    this.betaEnd = betaEnd;
    betas = new double[trainTimesteps];
    alphasCumprod = new double[trainTimesteps];
    double product = 1;
    for (int t = 0; t < trainTimesteps; t++) {
      betas[t] = kind.beta(t, trainTimesteps, betaStart, betaEnd);
      product *= 1 - betas[t];
      alphasCumprod[t] = product;
    }
  }

  /// The schedule of Stable Diffusion 1 and 2.
  public static NoiseSchedule stableDiffusion() {
    return new NoiseSchedule(BetaSchedule.SCALED_LINEAR, 0.00085, 0.012, 1000);
  }

  public BetaSchedule kind() {
    return kind;
  }

  public double betaStart() {
    return betaStart;
  }

  public double betaEnd() {
    return betaEnd;
  }

  /// Number of noise levels.
  public int trainTimesteps() {
    return betas.length;
  }

  /// A fresh array of all `β_t`.
  public double[] betas() {
    return betas.clone();
  }

  /// A fresh array of all `ᾱ_t`.
  public double[] alphasCumprod() {
    return alphasCumprod.clone();
  }

  /// `ᾱ_t`
  public double alphaCumprod(int t) {
    return alphasCumprod[t];
  }

  /// `√((1−ᾱ_t)/ᾱ_t)`, the deviation of the noise beside an unscaled picture.
  public double sigma(int t) {
    return Math.sqrt((1 - alphasCumprod[t]) / alphasCumprod[t]);
  }

  /// `√ᾱ_t·x0 + √(1−ᾱ_t)·noise`, each row at its own `t`.
  ///
  /// @param x0 `(B, …)`
  /// @param noise of the shape of `x0`
  /// @param timesteps `(B)`, integers
  public Tensor addNoise(Tensor x0, Tensor noise, Tensor timesteps) {
    return x0.mul(rows(x0, timesteps, Math::sqrt)).add(noise.mul(rows(x0, timesteps, this::rest)));
  }

  /// `√ᾱ_t·noise − √(1−ᾱ_t)·x0`, each row at its own `t`. Salimans & Ho 2022, arXiv:2202.00512,
  /// appendix D.
  public Tensor velocity(Tensor x0, Tensor noise, Tensor timesteps) {
    return noise.mul(rows(x0, timesteps, Math::sqrt)).sub(x0.mul(rows(x0, timesteps, this::rest)));
  }

  private double rest(double alpha) {
    return Math.sqrt(1 - alpha);
  }

  /// `f(ᾱ_t)` of each row, `(B, 1, …)`.
  private Tensor rows(Tensor x, Tensor timesteps, DoubleUnaryOperator f) {
    if (timesteps.rank() != 1 || x.rank() < 1 || timesteps.size(0) != x.size(0)) {
      throw new ShapeException(
          "noise schedule: got timesteps %s for %s, need one for each row"
              .formatted(timesteps.shape(), x.shape()));
    }
    double[] values = new double[x.size(0)];
    for (int i = 0; i < values.length; i++) {
      long t = timesteps.getLong(i);
      if (t < 0 || t >= betas.length) {
        throw new IllegalArgumentException(
            "noise schedule: got timestep %d, need 0 to %d".formatted(t, betas.length - 1));
      }
      values[i] = f.applyAsDouble(alphasCumprod[(int) t]);
    }
    int[] sizes = new int[x.rank()];
    Arrays.fill(sizes, 1);
    sizes[0] = values.length;
    return Tensor.of(values, sizes).to(x.dtype());
  }
}
