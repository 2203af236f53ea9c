package dev.chrysalis.models.diffusion;

import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/// How few sampling steps are spread over the many training steps. Lin et al. 2023,
/// arXiv:2305.08891, table 2.
public enum TimestepSpacing {
  LEADING("leading"),
  LINSPACE("linspace"),
  TRAILING("trailing");

  private final String configName;

  TimestepSpacing(String configName) {
    this.configName = configName;
  }

  /// The name in configs.
  public String configName() {
    return configName;
  }

  /// Falling timesteps of the samplers that step by a fixed amount. Halves round to even.
  ///
  /// @param train steps of training
  /// @param offset added to each, with leading spacing
  List<Integer> timesteps(int train, int steps, int offset) {
    int ratio = train / steps;
    double step = steps == 1 ? 0 : (train - 1.0) / (steps - 1);
    return switch (this) {
      case LEADING -> falling(steps, i -> i * ratio + offset);
      case LINSPACE -> falling(steps, i -> i * step);
      case TRAILING -> trailing(train, steps);
    };
  }

  /// Falling timesteps of DPM-Solver, which spreads one more point and leaves the lowest out, as
  /// that is the clean picture.
  List<Integer> timestepsAboveLast(int train, int steps, int offset) {
    int ratio = train / (steps + 1);
    double step = (train - 1.0) / steps;
    return switch (this) {
      case LEADING -> falling(steps, i -> (i + 1) * ratio + offset);
      case LINSPACE -> falling(steps, i -> (i + 1) * step);
      case TRAILING -> trailing(train, steps);
    };
  }

  private static List<Integer> trailing(int train, int steps) {
    double ratio = (double) train / steps;
    return IntStream.range(0, steps).mapToObj(i -> (int) Math.rint(train - i * ratio) - 1).toList();
  }

  private static List<Integer> falling(int steps, IntToDoubleFunction rising) {
    return IntStream.range(0, steps)
        .mapToObj(i -> (int) Math.rint(rising.applyAsDouble(steps - 1 - i)))
        .toList();
  }
}
