package dev.chrysalis.models.diffusion;

import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/// Denoising diffusion implicit models: `x0 = (x − √(1−ā)·ε)/√ā`, `x' = √ā'·x0 + √(1−ā'−s²)·ε +
/// s·noise` with `s² = eta²·(1−ā')/(1−ā)·(1 − ā/ā')`. Song et al. 2021, arXiv:2010.02502, eq. 12
/// and 16.
///
/// `ā'` belongs to `t − T/steps`; below 0 it is 1 if `setAlphaToOne`, else `ᾱ_0`.
///
/// @param stepsOffset added to each timestep, with leading spacing
/// @param clip bound that `x0` is clamped to, if any
/// @param eta share of fresh noise, 0 for none
public record Ddim(
    NoiseSchedule schedule,
    TimestepSpacing spacing,
    int stepsOffset,
    boolean setAlphaToOne,
    PredictionType prediction,
    OptionalDouble clip,
    double eta)
    implements Sampler {
  public Ddim {
    if (!(eta >= 0 && eta <= 1)) {
      throw new IllegalArgumentException("ddim: eta: got %s, need 0 to 1".formatted(eta));
    }
  }

  /// As Stable Diffusion 1.5 configures it: leading spacing, offset 1, no fresh noise.
  public static Ddim of(NoiseSchedule schedule, PredictionType prediction) {
    return new Ddim(
        schedule, TimestepSpacing.LEADING, 1, false, prediction, OptionalDouble.empty(), 0);
  }

  /// This sampler with another share of fresh noise.
  public Ddim withEta(double share) {
    return new Ddim(schedule, spacing, stepsOffset, setAlphaToOne, prediction, clip, share);
  }

  @Override
  public List<Integer> timesteps(int steps) {
    int train = schedule.trainTimesteps();
    Steps.checkSteps(steps, train);
    return Steps.checked(steps, schedule, spacing.timesteps(train, steps, stepsOffset));
  }

  @Override
  public SamplerState step(SamplerState state, Tensor output, Supplier<Tensor> noise) {
    int t = state.timestep();
    int before = t - schedule.trainTimesteps() / state.steps();
    double alpha = schedule.alphaCumprod(t);
    double alphaBefore =
        before >= 0 ? schedule.alphaCumprod(before) : setAlphaToOne ? 1 : schedule.alphaCumprod(0);
    Tensor x = state.sample();
    double a = Math.sqrt(alpha);
    double b = Math.sqrt(1 - alpha);
    Tensor clean = prediction.clean(x, output, a, b);
    Tensor epsilon = prediction.noise(x, output, a, b);
    if (clip.isPresent()) {
      clean = clean.clamp(-clip.getAsDouble(), clip.getAsDouble());
    }
    double variance = (1 - alphaBefore) / (1 - alpha) * (1 - alpha / alphaBefore);
    double deviation = eta * Math.sqrt(Math.max(0, variance));
    double direction = Math.sqrt(Math.max(0, 1 - alphaBefore - deviation * deviation));
    Tensor next = Steps.combine(Math.sqrt(alphaBefore), clean, direction, epsilon);
    if (deviation > 0) {
      next = next.add(noise.get().mul(deviation));
    }
    return state.next(next, List.of());
  }
}
