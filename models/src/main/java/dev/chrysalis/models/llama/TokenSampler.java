package dev.chrysalis.models.llama;

import dev.chrysalis.tensor.CheckpointException;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Chooses the next token from logits: greedy at temperature 0, else by chance among the `topK`
/// likeliest that together reach `topP`.
public final class TokenSampler {
  private final double temperature;
  private final int topK;
  private final double topP;
  private final SplittableRandom random;

  /// @param temperature 0 or more; logits are divided by it
  /// @param topK 0 for no limit
  /// @param topP in (0, 1]; 1 for no limit
  public TokenSampler(double temperature, int topK, double topP, long seed) {
    if (!(temperature >= 0) || topK < 0 || !(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException(
          "sampling: temperature %s (need 0 or more), top-k %d (0 or more), top-p %s (above 0, at most 1)"
              .formatted(temperature, topK, topP));
    }
    this.temperature = temperature;
    this.topK = topK;
    this.topP = topP;
    this.random = new SplittableRandom(seed);
  }

  /// Always the likeliest.
  public static TokenSampler greedy() {
    return new TokenSampler(0, 0, 1, 0);
  }

  /// @throws CheckpointException if some logits are not numbers
  public int choose(float[] logits) {
    checkNumbers(logits);
    if (temperature == 0) {
      return argMax(logits);
    }
    int[] order = fromTheLikeliest(logits);
    int limit = topK == 0 ? order.length : Math.min(topK, order.length);
    double[] weights = new double[limit];
    double total = 0;
    for (int i = 0; i < limit; i++) {
      weights[i] = Math.exp((logits[order[i]] - logits[order[0]]) / temperature);
      total += weights[i];
    }
    int kept = 0;
    double mass = 0;
    while (kept < limit && mass < topP * total) {
      mass += weights[kept++];
    }
    double point = random.nextDouble() * mass;
    for (int i = 0; i < kept; i++) {
      point -= weights[i];
      if (point < 0) {
        return order[i];
      }
    }
    return order[kept - 1];
  }

  private static void checkNumbers(float[] logits) {
    int broken = 0;
    for (float logit : logits) {
      broken += Float.isNaN(logit) ? 1 : 0;
    }
    if (broken > 0) {
      throw new CheckpointException(
          "%d of %d logits are not numbers: weights are broken, or too large for what they are computed in"
              .formatted(broken, logits.length));
    }
  }

  /// Indices, the largest logit first, equal ones by their numbers.
  private static int[] fromTheLikeliest(float[] logits) {
    long[] keys = new long[logits.length];
    for (int i = 0; i < keys.length; i++) {
      int bits = Float.floatToIntBits(logits[i]);
      int rising = bits ^ (bits >> 31 & Integer.MAX_VALUE); // as whole numbers in the floats' order
      keys[i] = (long) ~rising << Integer.SIZE | i;
    }
    Arrays.sort(keys);
    return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
  }

  private static int argMax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }
}
