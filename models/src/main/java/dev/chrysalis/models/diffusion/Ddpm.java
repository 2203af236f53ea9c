package dev.chrysalis.models.diffusion;

import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/// Ancestral sampling: `x' = √ā'·β/(1−ā)·x0 + √(1−β)·(1−ā')/(1−ā)·x + deviation·noise` with `β = 1
/// − ā/ā'`. Ho et al. 2020, arXiv:2006.11239, eq. 6 and 7. `ā'` belongs to the next timestep, and
/// is 1 after the last.
///
/// @param stepsOffset added to each timestep, with leading spacing
/// @param clip bound that `x0` is clamped to, if any
public record Ddpm(
    NoiseSchedule schedule,
    TimestepSpacing spacing,
    int stepsOffset,
    PredictionType prediction,
    OptionalDouble clip,
    Variance variance)
    implements Sampler {
  private static final double MIN_VARIANCE = 1e-20;

  /// The variance of the fresh noise.
  public enum Variance {
    /// `(1−ā')/(1−ā)·β`
    FIXED_SMALL("fixed_small"),
    /// `β`
    FIXED_LARGE("fixed_large");

    private final String configName;

    Variance(String configName) {
      this.configName = configName;
    }

    /// The name in configs.
    public String configName() {
      return configName;
    }
  }

  /// Leading spacing, offset 1, small variance, no clipping.
  public static Ddpm of(NoiseSchedule schedule, PredictionType prediction) {
    return new Ddpm(
        schedule,
        TimestepSpacing.LEADING,
        1,
        prediction,
        OptionalDouble.empty(),
        Variance.FIXED_SMALL);
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
    boolean last = state.index() == state.timesteps().size() - 1;
    double alpha = schedule.alphaCumprod(t);
    double alphaNext = last ? 1 : schedule.alphaCumprod(state.timesteps().get(state.index() + 1));
    double beta = 1 - alpha / alphaNext;
    Tensor x = state.sample();
    Tensor clean = prediction.clean(x, output, Math.sqrt(alpha), Math.sqrt(1 - alpha));
    if (clip.isPresent()) {
      clean = clean.clamp(-clip.getAsDouble(), clip.getAsDouble());
    }
    Tensor mean =
        Steps.combine(
            Math.sqrt(alphaNext) * beta / (1 - alpha),
            clean,
            Math.sqrt(1 - beta) * (1 - alphaNext) / (1 - alpha),
            x);
    if (t == 0) {
      return state.next(mean, List.of());
    }
    double small = (1 - alphaNext) / (1 - alpha) * beta;
    double deviation =
        switch (variance) {
          case FIXED_SMALL -> Math.sqrt(Math.max(small, MIN_VARIANCE));
          case FIXED_LARGE -> Math.sqrt(Math.max(beta, MIN_VARIANCE));
        };
    return state.next(mean.add(noise.get().mul(deviation)), List.of());
  }
}
