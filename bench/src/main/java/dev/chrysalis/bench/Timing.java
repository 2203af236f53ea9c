package dev.chrysalis.bench;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import java.time.Duration;
import java.util.Arrays;

/// How long one call takes: median, fastest and slowest of many.
///
/// The fastest call says what the machine can do, the median what a user gets; far apart, they say
/// that the machine was busy with something else.
///
/// @param runs timed calls
public record Timing(double medianMs, double minMs, double maxMs, int runs) {
  private static final int MAX_RUNS = 100_000;

  /// How long to measure.
  ///
  /// @param warmUp calls before the clock counts, for the compiler and the caches: for at least
  ///   this time, at least one
  /// @param measure timed calls for at least this time
  /// @param minRuns and at least so many
  public record Plan(Duration warmUp, Duration measure, int minRuns) {
    public Plan {
      if (warmUp.isNegative() || measure.isNegative() || minRuns < 1) {
        throw new IllegalArgumentException(
            "timing: got warm-up %s, measure %s, %d runs, need no negative times and 1 run or more"
                .formatted(warmUp, measure, minRuns));
      }
    }

    /// Warm-up and measurement of this length each, at least five timed calls.
    public static Plan of(Duration each) {
      return new Plan(each, each, 5);
    }
  }

  /// Times `body`, and what it has the current backend compute.
  public static Timing measure(Plan plan, Runnable work) {
    Backend backend = Backends.current();
    Runnable body =
        () -> {
          work.run();
          backend.finish();
        };
    long begun = System.nanoTime();
    do {
      body.run();
    } while (System.nanoTime() - begun < plan.warmUp().toNanos());
    long[] nanos = new long[64];
    int runs = 0;
    long total = 0;
    while (runs < plan.minRuns() || (total < plan.measure().toNanos() && runs < MAX_RUNS)) {
      long start = System.nanoTime();
      body.run();
      long taken = System.nanoTime() - start;
      if (runs == nanos.length) {
        nanos = Arrays.copyOf(nanos, 2 * runs);
      }
      nanos[runs++] = taken;
      total += taken;
    }
    return of(Arrays.copyOf(nanos, runs));
  }

  /// As `measure`, for `runs` calls after one that warms up.
  public static Timing measure(int runs, Runnable body) {
    return measure(new Plan(Duration.ZERO, Duration.ZERO, runs), body);
  }

  /// The timing of calls that took `nanos`, at least one.
  static Timing of(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0;
    return new Timing(median * 1e-6, sorted[0] * 1e-6, sorted[n - 1] * 1e-6, n);
  }
}
