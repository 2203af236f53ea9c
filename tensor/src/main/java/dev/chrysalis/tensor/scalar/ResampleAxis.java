package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.Resampling;

/// Resampling along one axis: output `i` is `Σ_j weights[i][j]·x[indices[i][j]]`.
///
/// A picture is resampled along its height, then along its width, each with its own table; the
/// adjoint uses the same tables from output to input. Indices beyond an edge are moved to the edge.
///
/// @param indices inputs that an output reads; one may stand there more than once
/// @param weights how much of each
public record ResampleAxis(int[][] indices, double[][] weights) {

  /// The table from `in` to `out` points.
  public static ResampleAxis of(int in, int out, Resampling resampling) {
    int[][] indices = new int[out][];
    double[][] weights = new double[out][];
    for (int i = 0; i < out; i++) {
      switch (resampling.mode()) {
        case NEAREST -> {
          indices[i] = new int[] {(int) ((long) i * in / out)};
          weights[i] = new double[] {1};
        }
        case NEAREST_EXACT -> {
          indices[i] = new int[] {(int) ((2L * i + 1) * in / (2L * out))};
          weights[i] = new double[] {1};
        }
        case BILINEAR -> {
          if (resampling.antialias()) {
            widened(i, in, out, 1, indices, weights);
          } else {
            linear(
                Math.max(0, source(i, in, out, resampling.alignCorners())),
                i,
                in,
                indices,
                weights);
          }
        }
        case BICUBIC -> {
          if (resampling.antialias()) {
            widened(i, in, out, 2, indices, weights);
          } else {
            cubic(source(i, in, out, resampling.alignCorners()), i, in, indices, weights);
          }
        }
      }
    }
    return new ResampleAxis(indices, weights);
  }

  /// Where output `i` lies between the inputs.
  private static double source(int i, int in, int out, boolean alignCorners) {
    if (alignCorners) {
      return out == 1 ? 0 : (double) i * (in - 1) / (out - 1);
    }
    return (i + 0.5) * in / out - 0.5;
  }

  private static void linear(double x, int i, int in, int[][] indices, double[][] weights) {
    int left = Math.min((int) x, in - 1);
    double rest = x - left;
    indices[i] = new int[] {left, Math.min(left + 1, in - 1)};
    weights[i] = new double[] {1 - rest, rest};
  }

  private static void cubic(double x, int i, int in, int[][] indices, double[][] weights) {
    int left = (int) Math.floor(x) - 1;
    indices[i] = new int[4];
    weights[i] = new double[4];
    for (int j = 0; j < 4; j++) {
      indices[i][j] = Math.clamp(left + j, 0, in - 1);
      weights[i][j] = keys(x - (left + j), -0.75);
    }
  }

  /// The filter of `radius` 1 (triangle) or 2 (cubic), widened by the scale when shrinking,
  /// normalised to sum 1.
  private static void widened(
      int i, int in, int out, int radius, int[][] indices, double[][] weights) {
    double scale = (double) in / out;
    double width = Math.max(scale, 1);
    double center = (i + 0.5) * scale;
    int first = Math.max((int) (center - radius * width + 0.5), 0);
    int end = Math.min((int) (center + radius * width + 0.5), in);
    indices[i] = new int[end - first];
    weights[i] = new double[end - first];
    double sum = 0;
    for (int j = 0; j < end - first; j++) {
      double distance = (first + j + 0.5 - center) / width;
      indices[i][j] = first + j;
      weights[i][j] = radius == 1 ? Math.max(0, 1 - Math.abs(distance)) : keys(distance, -0.5);
      sum += weights[i][j];
    }
    for (int j = 0; j < end - first; j++) {
      weights[i][j] /= sum;
    }
  }

  /// The cubic convolution kernel with coefficient `a`. Keys 1981, "Cubic convolution interpolation
  /// for digital image processing", eq. 4.
  private static double keys(double distance, double a) {
    double x = Math.abs(distance);
    if (x <= 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
  }
}
