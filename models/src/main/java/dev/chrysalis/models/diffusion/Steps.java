package dev.chrysalis.models.diffusion;

import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// What samplers share.
final class Steps {
  private Steps() {}

  /// `a·x + b·y`
  static Tensor combine(double a, Tensor x, double b, Tensor y) {
    return x.mul(a).add(y.mul(b));
  }

  /// Refuses numbers of steps outside of `1 … most`.
  static void checkSteps(int steps, int most) {
    if (steps < 1 || steps > most) {
      throw new IllegalArgumentException(
          "sampler: got %d steps, need 1 to %d".formatted(steps, most));
    }
  }

  /// Refuses timesteps outside of the noise schedule.
  static List<Integer> checked(int steps, NoiseSchedule schedule, List<Integer> timesteps) {
    int train = schedule.trainTimesteps();
    for (int t : timesteps) {
      if (t < 0 || t >= train) {
        throw new IllegalArgumentException(
            "sampler: %d steps lead to timestep %d, need 0 to %d".formatted(steps, t, train - 1));
      }
    }
    return timesteps;
  }
}
