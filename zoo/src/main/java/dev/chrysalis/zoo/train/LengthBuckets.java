package dev.chrysalis.zoo.train;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.ToIntFunction;

/// Batches of samples of similar length, so that little is spent on padding: the samples of a group
/// of steps are sorted by length and cut into the group's batches, whose order is then mixed. Still
/// a pure function of the step.
///
/// @param <T> a sample
final class LengthBuckets<T> {
  private static final int STEPS = 8;

  private final int size;
  private final LongFunction<T> sample;
  private final ToIntFunction<T> length;
  private int group = -1;
  private List<T> sorted = List.of();

  /// @param size samples a batch
  /// @param sample by index
  LengthBuckets(int size, LongFunction<T> sample, ToIntFunction<T> length) {
    this.size = size;
    this.sample = sample;
    this.length = length;
  }

  synchronized List<T> batch(int step) {
    if (group != step / STEPS) {
      group = step / STEPS;
      sorted = new ArrayList<>(ShapesBatches.draw(group, size * STEPS, sample));
      sorted.sort(Comparator.comparingInt(length));
    }
    int bucket = (step * 5 + group * 3) % STEPS; // 5 is prime to 8: each bucket once a group
    return sorted.subList(bucket * size, (bucket + 1) * size);
  }
}
