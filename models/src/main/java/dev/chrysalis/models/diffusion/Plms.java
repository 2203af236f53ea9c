package dev.chrysalis.models.diffusion;

import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Pseudo linear multistep sampling, what Stable Diffusion 1 ships with (`PNDMScheduler` with
/// `skip_prk_steps`).
///
/// With `e'` a combination of the last four noises, `x' = √(ā'/ā)·x − (ā'−ā)·e' / (ā·√(1−ā') +
/// √(ā·(1−ā)·ā'))`. The second timestep is called twice: the first call's step is a guess, which
/// the second call repeats with the mean of both noises. Liu et al. 2022, arXiv:2202.09778, eq. 11
/// and 12.
///
/// History: noises, newest first; between the two calls of the second timestep also the first
/// sample, at the end.
///
/// @param stepsOffset added to each timestep, with leading spacing
/// @param setAlphaToOne whether `ā'` below timestep 0 is 1, else `ᾱ_0`
public record Plms(
    NoiseSchedule schedule,
    TimestepSpacing spacing,
    int stepsOffset,
    boolean setAlphaToOne,
    PredictionType prediction)
    implements Sampler {
  private static final int REMEMBERED = 3;

  /// As Stable Diffusion 1.5 configures it.
  public static Plms of(NoiseSchedule schedule, PredictionType prediction) {
    return new Plms(schedule, TimestepSpacing.LEADING, 1, false, prediction);
  }

  @Override
  public List<Integer> timesteps(int steps) {
    int train = schedule.trainTimesteps();
    Steps.checkSteps(steps, train);
    List<Integer> timesteps = new ArrayList<>(spacing.timesteps(train, steps, stepsOffset));
    if (steps > 1) {
      timesteps.add(1, timesteps.get(1));
    }
    return Steps.checked(steps, schedule, List.copyOf(timesteps));
  }

  @Override
  public SamplerState step(SamplerState state, Tensor output, Supplier<Tensor> noise) {
    int delta = schedule.trainTimesteps() / state.steps();
    int t = state.timestep();
    Tensor x = state.sample();
    List<Tensor> past = state.history();
    return switch (state.index()) {
      case 0 -> state.next(move(x, output, t, t - delta), List.of(output, x));
      case 1 -> {
        Tensor mean = Steps.combine(0.5, output, 0.5, past.get(0));
        Tensor first = past.get(1);
        yield state.next(move(first, mean, t + delta, t), List.of(past.get(0)));
      }
      default -> {
        List<Tensor> noises = new ArrayList<>(past);
        noises.addFirst(output);
        yield state.next(
            move(x, multistep(noises), t, t - delta),
            noises.subList(0, Math.min(REMEMBERED, noises.size())));
      }
    };
  }

  /// Adams-Bashforth of the highest order that the number of noises allows, newest first.
  private static Tensor multistep(List<Tensor> e) {
    return switch (e.size()) {
      case 2 -> Steps.combine(3.0 / 2, e.get(0), -1.0 / 2, e.get(1));
      case 3 ->
          Steps.combine(23.0 / 12, e.get(0), -16.0 / 12, e.get(1)).add(e.get(2).mul(5.0 / 12));
      default ->
          Steps.combine(55.0 / 24, e.get(0), -59.0 / 24, e.get(1))
              .add(Steps.combine(37.0 / 24, e.get(2), -9.0 / 24, e.get(3)));
    };
  }

  private Tensor move(Tensor x, Tensor output, int from, int to) {
    double a = schedule.alphaCumprod(from);
    double b = to >= 0 ? schedule.alphaCumprod(to) : setAlphaToOne ? 1 : schedule.alphaCumprod(0);
    Tensor epsilon = prediction.noise(x, output, Math.sqrt(a), Math.sqrt(1 - a));
    double denominator = a * Math.sqrt(1 - b) + Math.sqrt(a * (1 - a) * b);
    return Steps.combine(Math.sqrt(b / a), x, -(b - a) / denominator, epsilon);
  }
}
