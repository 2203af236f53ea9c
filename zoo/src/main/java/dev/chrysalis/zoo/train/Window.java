package dev.chrysalis.zoo.train;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Means of losses since the last report.
final class Window {
  private final List<String> names;
  private final double[] sums;
  private double norms;
  private int count;
  private Map<String, Double> last = Map.of();

  Window(List<String> names) {
    this.names = names;
    this.sums = new double[names.size()];
  }

  void add(List<Double> losses, double norm) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += losses.get(i);
    }
    norms += norm;
    count++;
  }

  Map<String, Double> means() {
    Map<String, Double> means = new LinkedHashMap<>();
    for (int i = 0; i < sums.length; i++) {
      means.put(names.get(i), sums[i] / Math.max(1, count));
    }
    return means;
  }

  double meanNorm() {
    return norms / Math.max(1, count);
  }

  void restart() {
    last = means();
    Arrays.fill(sums, 0);
    norms = 0;
    count = 0;
  }

  String lastMeans() {
    StringBuilder text = new StringBuilder();
    last.forEach((name, mean) ->
        text.append(text.isEmpty() ? "" : ", ").append("%s %.4f".formatted(name, mean)));
    return text.toString();
  }
}
