package dev.chrysalis.models.diffusion;

import dev.chrysalis.nn.Losses;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;

/// What a UNet is trained on: `mean((unet(x_t, t, c) − target)²)`, the target being the noise, or
/// the velocity for networks that predict it. Ho et al. 2020, arXiv:2006.11239, eq. 14.
///
/// Some pictures of a batch lose their condition, so that the network also learns what it draws
/// without one; sampling then steers away from that. Ho & Salimans 2022, arXiv:2207.12598.
public record DiffusionLoss(UNet unet, NoiseSchedule schedule, PredictionType prediction) {
  /// @param latents scaled latents `(B, C, H, W)`
  /// @param noise standard normal, of the same shape
  /// @param timesteps `(B)`, I64
  /// @param context `(B, S, D)`
  /// @param kept 1 where a picture keeps its condition and 0 where not, `(B)`; see `keep`
  /// @return a scalar
  public Tensor loss(Tensor latents, Tensor noise, Tensor timesteps, Tensor context, Tensor kept) {
    Tensor noisy = schedule.addNoise(latents, noise, timesteps);
    Tensor condition = context.mul(kept.reshape(kept.size(0), 1, 1));
    Tensor output = unet.forward(noisy, timesteps, condition);
    Tensor target =
        switch (prediction) {
          case EPSILON -> noise;
          case V_PREDICTION -> schedule.velocity(latents, noise, timesteps);
        };
    return Losses.meanSquaredError(output, target);
  }

  /// Which of `batch` pictures keep their condition: 0 with probability `dropped`, else 1; F32, a
  /// pure function of seed and stream.
  public static Tensor keep(int batch, double dropped, long seed, long stream) {
    float[] draws = Ops.uniform(DType.F32, seed, stream, batch).toFloats();
    float[] kept = new float[batch];
    for (int i = 0; i < batch; i++) {
      kept[i] = draws[i] < dropped ? 0 : 1;
    }
    return Tensor.of(kept, batch);
  }

  /// Uniform timesteps `(batch)` of I64, a pure function of seed and stream.
  public Tensor timesteps(int batch, long seed, long stream) {
    double[] draws = Ops.uniform(DType.F32, seed, stream, batch).toDoubles();
    long[] timesteps = new long[batch];
    for (int i = 0; i < batch; i++) {
      timesteps[i] = (long) (draws[i] * schedule.trainTimesteps());
    }
    return Tensor.of(timesteps, batch);
  }
}
