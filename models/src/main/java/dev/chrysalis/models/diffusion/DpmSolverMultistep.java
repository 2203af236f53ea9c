package dev.chrysalis.models.diffusion;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// DPM-Solver++ of order 1 or 2, the multistep kind. Lu et al. 2022, arXiv:2211.01095, algorithm 2.
///
/// With `σ = √((1−ā)/ā)`, `A = 1/√(σ²+1)`, `S = σ·A`, `λ = −log σ`, `h = λ' − λ` and `x0` the clean
/// picture that the output implies: `x' = (S'/S)·x − A'·(exp(−h) − 1)·(x0 + ½·(h/h_prev)·(x0 −
/// x0_prev))`. The difference term is missing in the first step and in the last, where `σ' = 0` and
/// `x' = x0`.
///
/// History: the clean picture of the step before.
///
/// @param stepsOffset added to each timestep, with leading spacing
/// @param order 1 or 2
/// @param karras whether the noise levels follow Karras et al. 2022, arXiv:2206.00364, eq. 5,
///   instead of `spacing`
public record DpmSolverMultistep(
    NoiseSchedule schedule,
    TimestepSpacing spacing,
    int stepsOffset,
    PredictionType prediction,
    int order,
    boolean karras)
    implements Sampler {
  private static final double RHO = 7;

  public DpmSolverMultistep {
    if (order != 1 && order != 2) {
      throw new ConfigException("dpm-solver: solver_order: found %d, need 1 or 2".formatted(order));
    }
    if (karras && schedule.kind() == BetaSchedule.SQUAREDCOS_CAP_V2) {
      throw new ConfigException(
          "dpm-solver: use_karras_sigmas with beta_schedule squaredcos_cap_v2 is not supported");
    }
  }

  /// Order 2, linear spacing.
  public static DpmSolverMultistep of(NoiseSchedule schedule, PredictionType prediction) {
    return new DpmSolverMultistep(schedule, TimestepSpacing.LINSPACE, 0, prediction, 2, false);
  }

  @Override
  public List<Integer> timesteps(int steps) {
    int train = schedule.trainTimesteps();
    Steps.checkSteps(steps, train - 1);
    if (karras) {
      return Arrays.stream(karrasSigmas(steps)).mapToObj(this::nearestTimestep).toList();
    }
    return Steps.checked(steps, schedule, spacing.timestepsAboveLast(train, steps, stepsOffset));
  }

  /// The noise levels at the beginning of each step, and at the end of the last, which is 0.
  public double[] sigmas(int steps) {
    List<Integer> timesteps = timesteps(steps);
    double[] sigmas =
        karras ? karrasSigmas(steps) : timesteps.stream().mapToDouble(schedule::sigma).toArray();
    return Arrays.copyOf(sigmas, steps + 1);
  }

  /// `(max^(1/ρ) + i/(n−1)·(min^(1/ρ) − max^(1/ρ)))^ρ`
  private double[] karrasSigmas(int steps) {
    double first = Math.pow(schedule.sigma(schedule.trainTimesteps() - 1), 1 / RHO);
    double last = Math.pow(schedule.sigma(0), 1 / RHO);
    return IntStream.range(0, steps)
        .mapToDouble(i -> steps == 1 ? 0 : i / (steps - 1.0))
        .map(ramp -> Math.pow(first + ramp * (last - first), RHO))
        .toArray();
  }

  /// Where `log sigma` lies between the logarithms of the schedule's noise levels, rounded.
  private int nearestTimestep(double sigma) {
    int top = schedule.trainTimesteps() - 1;
    double wanted = Math.log(sigma);
    int low = 0;
    while (low < top - 1 && Math.log(schedule.sigma(low + 1)) <= wanted) {
      low++;
    }
    double from = Math.log(schedule.sigma(low));
    double to = Math.log(schedule.sigma(low + 1));
    double share = Math.clamp((wanted - from) / (to - from), 0, 1);
    return (int) Math.rint(low + share);
  }

  @Override
  public SamplerState step(SamplerState state, Tensor output, Supplier<Tensor> noise) {
    state.timestep(); // refuses a state that is done
    double[] sigmas = sigmas(state.steps());
    int i = state.index();
    double sigma = sigmas[i];
    double next = sigmas[i + 1];
    double scale = 1 / Math.sqrt(sigma * sigma + 1);
    double scaleNext = 1 / Math.sqrt(next * next + 1);
    Tensor x = state.sample();
    Tensor clean = prediction.clean(x, output, scale, sigma * scale);
    double factor = -scaleNext * (next / sigma - 1); // exp(−h) = σ'/σ
    double keep = next * scaleNext / (sigma * scale);
    boolean first = state.history().isEmpty();
    if (order == 1 || first || next == 0) {
      return state.next(Steps.combine(keep, x, factor, clean), List.of(clean));
    }
    double h = Math.log(sigma / next);
    double before = Math.log(sigmas[i - 1] / sigma);
    Tensor change = clean.sub(state.history().getFirst()).mul(0.5 * h / before);
    return state.next(Steps.combine(keep, x, factor, clean.add(change)), List.of(clean));
  }
}
