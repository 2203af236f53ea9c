package dev.chrysalis.zoo.shapes;

import java.util.List;

/// A small deterministic generator: SplitMix64 whose start is a mix of the keys it was made with,
/// so that sample `k` is a function of (seed, task, split, k) alone and never of what was drawn
/// before it.
///
/// Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators".
final class Dice {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private long state;

  Dice(long... keys) {
    for (long key : keys) {
      state = mix(state + GOLDEN + key * 0xD1342543DE82EF95L);
    }
  }

  /// SplitMix64's finaliser, a bijection of 64 bits.
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /// A number from 0 to `buckets - 1` that depends on the characters of `text` alone.
  static int bucket(String text, int buckets) {
    long h = 0;
    for (int i = 0; i < text.length(); i++) {
      h = mix(h + GOLDEN + text.charAt(i));
    }
    return (int) Long.remainderUnsigned(h, buckets);
  }

  long next() {
    state += GOLDEN;
    return mix(state);
  }

  /// Uniform in [0, 1).
  double unit() {
    return (next() >>> 11) * 0x1p-53;
  }

  /// Uniform in [low, high).
  double between(double low, double high) {
    return low + (high - low) * unit();
  }

  /// Uniform in 0 .. n - 1.
  int below(int n) {
    return (int) (unit() * n);
  }

  boolean chance(double p) {
    return unit() < p;
  }

  <T> T pick(List<T> from) {
    return from.get(below(from.size()));
  }

  /// An index drawn with these weights; their sum need not be 1.
  int weighted(double... weights) {
    double total = 0;
    for (double w : weights) {
      total += w;
    }
    double u = unit() * total;
    for (int i = 0; i < weights.length; i++) {
      u -= weights[i];
      if (u < 0) {
        return i;
      }
    }
    return weights.length - 1;
  }
}
