package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.scalar.Grid.Axis;
import java.util.Arrays;
import java.util.List;

/// Sums, maxima and orders along axes.
final class ReductionKernels {
  private ReductionKernels() {}

  static void sum(List<Integer> axes, Tensor x, Tensor y) {
    int[] to = Grid.reduced(x.shape(), axes);
    if (x.dtype().isFloat()) {
      double[] values = Dense.doubles(x);
      double[] sum = new double[(int) y.count()];
      for (int i = 0; i < to.length; i++) {
        sum[to[i]] += values[i];
      }
      Dense.write(y, sum);
    } else {
      long[] values = Dense.longs(x);
      long[] sum = new long[(int) y.count()];
      for (int i = 0; i < to.length; i++) {
        sum[to[i]] += values[i];
      }
      Dense.write(y, sum);
    }
  }

  static void max(List<Integer> axes, Tensor x, Tensor y) {
    int[] to = Grid.reduced(x.shape(), axes);
    if (x.dtype().isFloat()) {
      double[] values = Dense.doubles(x);
      double[] max = new double[(int) y.count()];
      Arrays.fill(max, Double.NEGATIVE_INFINITY);
      for (int i = 0; i < to.length; i++) {
        max[to[i]] = Math.max(max[to[i]], values[i]); // NaN wins
      }
      Dense.write(y, max);
    } else {
      long[] values = Dense.longs(x);
      long[] max = new long[(int) y.count()];
      Arrays.fill(max, Long.MIN_VALUE);
      for (int i = 0; i < to.length; i++) {
        max[to[i]] = Math.max(max[to[i]], values[i]);
      }
      Dense.write(y, max);
    }
  }

  static void argMax(int axis, Tensor x, Tensor y) {
    Axis lines = Axis.of(x.shape(), axis);
    long[] keys = Dense.orderKeys(x);
    long[] best = new long[lines.lines()];
    for (int line = 0; line < best.length; line++) {
      for (int i = 1; i < lines.size(); i++) {
        if (keys[lines.at(line, i)] > keys[lines.at(line, (int) best[line])]) {
          best[line] = i;
        }
      }
    }
    Dense.write(y, best);
  }

  static void topK(int axis, int k, Tensor x, List<Tensor> out) {
    ordered(axis, k, true, x, out);
  }

  static void sort(int axis, boolean descending, Tensor x, List<Tensor> out) {
    ordered(axis, x.size(axis), descending, x, out);
  }

  /// The first `k` of every line in its order, and where they stood.
  private static void ordered(int axis, int k, boolean descending, Tensor x, List<Tensor> out) {
    Axis lines = Axis.of(x.shape(), axis);
    Axis result = new Axis(lines.outer(), k, lines.inner());
    long[] keys = Dense.orderKeys(x);
    int[] from = new int[lines.lines() * k];
    long[] indices = new long[from.length];
    long[] line = new long[lines.size()];
    for (int l = 0; l < lines.lines(); l++) {
      for (int i = 0; i < line.length; i++) {
        long key = keys[lines.at(l, i)];
        line[i] = descending ? ~key : key;
      }
      int[] order = stableOrder(line);
      for (int i = 0; i < k; i++) {
        from[result.at(l, i)] = lines.at(l, order[i]);
        indices[result.at(l, i)] = order[i];
      }
    }
    MoveKernels.select(x, from, out.get(0));
    Dense.write(out.get(1), indices);
  }

  /// Indices of `keys` from the smallest key to the largest, equal keys in their order: merge sort
  /// from the bottom up.
  private static int[] stableOrder(long[] keys) {
    int[] order = new int[keys.length];
    Arrays.setAll(order, i -> i);
    for (long width = 1; width < keys.length; width *= 2) {
      int[] merged = new int[keys.length];
      for (long start = 0; start < keys.length; start += 2 * width) {
        int middle = (int) Math.min(start + width, keys.length);
        int end = (int) Math.min(start + 2 * width, keys.length);
        int left = (int) start;
        int right = middle;
        for (int i = left; i < end; i++) {
          boolean takeLeft =
              right == end || (left < middle && keys[order[left]] <= keys[order[right]]);
          merged[i] = takeLeft ? order[left++] : order[right++];
        }
      }
      order = merged;
    }
    return order;
  }

  static void cumSum(int axis, boolean reverse, Tensor x, Tensor y) {
    Axis lines = Axis.of(x.shape(), axis);
    if (x.dtype().isFloat()) {
      double[] values = Dense.doubles(x);
      for (int line = 0; line < lines.lines(); line++) {
        for (int i = 1; i < lines.size(); i++) {
          int at = reverse ? lines.at(line, lines.size() - 1 - i) : lines.at(line, i);
          values[at] += values[reverse ? at + lines.inner() : at - lines.inner()];
        }
      }
      Dense.write(y, values);
    } else {
      long[] values = Dense.longs(x);
      for (int line = 0; line < lines.lines(); line++) {
        for (int i = 1; i < lines.size(); i++) {
          int at = reverse ? lines.at(line, lines.size() - 1 - i) : lines.at(line, i);
          values[at] += values[reverse ? at + lines.inner() : at - lines.inner()];
        }
      }
      Dense.write(y, values);
    }
  }
}
