package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.cpu.Scratch.Slot;
import dev.chrysalis.tensor.scalar.ResampleAxis;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Resampling of planes `(H, W)`: along the rows with one table of weights, then along the columns
/// with another. Adjoints go the same way back.
final class PictureKernels {
  private PictureKernels() {}

  /// `out` points, each a sum of `taps` weighted inputs.
  private record Table(int out, int taps, int[] indices, float[] weights) {
    static Table of(int in, int out, Resampling resampling) {
      ResampleAxis axis = ResampleAxis.of(in, out, resampling);
      int taps = 1;
      for (int[] indices : axis.indices()) {
        taps = Math.max(taps, indices.length);
      }
      int[] indices = new int[out * taps];
      float[] weights = new float[out * taps]; // 0 where an output has fewer taps
      for (int i = 0; i < out; i++) {
        for (int t = 0; t < axis.indices()[i].length; t++) {
          indices[i * taps + t] = axis.indices()[i][t];
          weights[i * taps + t] = (float) axis.weights()[i][t];
        }
      }
      return new Table(out, taps, indices, weights);
    }
  }

  /// `x (B, C, H, W) → y (B, C, height, width)`; both contiguous.
  static void interpolate(Parallel pool, Resampling resampling, Tensor x, Tensor y) {
    int h = x.size(2);
    int w = x.size(3);
    Table down = Table.of(h, y.size(2), resampling);
    Table across = Table.of(w, y.size(3), resampling);
    MemorySegment from = x.segment();
    MemorySegment to = y.segment();
    pool.run(
        x.size(0) * x.size(1),
        (plane, scratch) -> {
          float[] picture = scratch.floats(Slot.IMAGE, h * w);
          float[] narrow = scratch.floats(Slot.TILE, h * across.out);
          float[] result = scratch.floats(Slot.OUTPUT, down.out * across.out);
          MemorySegment.copy(from, Elements.F32, 4L * plane * h * w, picture, 0, h * w);
          for (int r = 0; r < h; r++) {
            row(across, picture, r * w, narrow, r * across.out);
          }
          for (int r = 0; r < down.out; r++) {
            column(down, r, narrow, result, across.out);
          }
          long at = 4L * plane * down.out * across.out;
          MemorySegment.copy(result, 0, to, Elements.F32, at, down.out * across.out);
        });
  }

  private static void row(Table table, float[] x, int from, float[] y, int to) {
    int taps = table.taps;
    int[] indices = table.indices;
    float[] weights = table.weights;
    if (taps == 1) { // nearest
      for (int i = 0; i < table.out; i++) {
        y[to + i] = x[from + indices[i]];
      }
      return;
    }
    if (taps == 2) { // bilinear
      for (int i = 0; i < table.out; i++) {
        float left = weights[2 * i] * x[from + indices[2 * i]];
        y[to + i] = left + weights[2 * i + 1] * x[from + indices[2 * i + 1]];
      }
      return;
    }
    for (int i = 0; i < table.out; i++) {
      float sum = 0;
      for (int t = i * taps; t < (i + 1) * taps; t++) {
        sum += weights[t] * x[from + indices[t]];
      }
      y[to + i] = sum;
    }
  }

  /// Row `r` of the result: a sum of weighted rows.
  private static void column(Table table, int r, float[] x, float[] y, int width) {
    int taps = table.taps;
    int to = r * width;
    if (taps == 1) { // nearest
      System.arraycopy(x, table.indices[r] * width, y, to, width);
      return;
    }
    int first = table.indices[r * taps] * width;
    float scale = table.weights[r * taps];
    for (int i = 0; i < width; i++) {
      y[to + i] = scale * x[first + i];
    }
    for (int t = r * taps + 1; t < (r + 1) * taps; t++) {
      addScaled(x, table.indices[t] * width, table.weights[t], y, to, width);
    }
  }

  private static void addScaled(float[] x, int from, float scale, float[] y, int to, int count) {
    for (int i = 0; i < count; i++) {
      y[to + i] += scale * x[from + i];
    }
  }

  /// `dy → dx`; both contiguous.
  static void interpolateGrad(Parallel pool, Resampling resampling, Tensor dy, Tensor dx) {
    int h = dx.size(2);
    int w = dx.size(3);
    Table down = Table.of(h, dy.size(2), resampling);
    Table across = Table.of(w, dy.size(3), resampling);
    MemorySegment from = dy.segment();
    MemorySegment to = dx.segment();
    pool.run(
        dx.size(0) * dx.size(1),
        (plane, scratch) -> {
          float[] grad = scratch.floats(Slot.IMAGE, down.out * across.out);
          float[] narrow = scratch.floats(Slot.TILE, h * across.out);
          float[] result = scratch.floats(Slot.OUTPUT, h * w);
          long at = 4L * plane * down.out * across.out;
          MemorySegment.copy(from, Elements.F32, at, grad, 0, down.out * across.out);
          Arrays.fill(narrow, 0, h * across.out, 0);
          Arrays.fill(result, 0, h * w, 0);
          for (int r = 0; r < down.out; r++) {
            for (int t = r * down.taps; t < (r + 1) * down.taps; t++) {
              int target = down.indices[t] * across.out;
              addScaled(grad, r * across.out, down.weights[t], narrow, target, across.out);
            }
          }
          for (int r = 0; r < h; r++) {
            rowGrad(across, narrow, r * across.out, result, r * w);
          }
          MemorySegment.copy(result, 0, to, Elements.F32, 4L * plane * h * w, h * w);
        });
  }

  private static void rowGrad(Table table, float[] dy, int from, float[] dx, int to) {
    int taps = table.taps;
    for (int i = 0; i < table.out; i++) {
      for (int t = i * taps; t < (i + 1) * taps; t++) {
        dx[to + table.indices[t]] += table.weights[t] * dy[from + i];
      }
    }
  }
}
