package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.load;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.cpu.Scratch.Slot;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// Softmax and its kin along the last axis.
final class SoftmaxKernels {
  /// Elements whose exponentials are added in single precision before they join the
  /// double-precision sum.
  private static final int BLOCK = 1 << 10;

  private SoftmaxKernels() {}

  /// `exp(x_i − max x) / Σ exp(x_j − max x)`
  static void softmax(Work work, Tensor x, Tensor y) {
    Rows from = Rows.of(work, x);
    Rows to = Rows.of(work, y);
    from.forEach(
        work.pool(),
        (first, last, scratch) -> {
          int n = from.padded();
          float[] row = scratch.floats(Slot.ROW, n);
          for (int r = first; r < last; r++) {
            from.read(r, row, Float.NEGATIVE_INFINITY);
            double sum = expAndSum(row, n, Lanes.max(row, n));
            scale(row, n, (float) (1 / sum));
            to.write(r, row);
          }
        });
  }

  /// Replaces `x` by `exp(x − max)` and returns the sum.
  static double expAndSum(float[] x, int n, float max) {
    double sum = 0;
    for (int i = 0; i < n; i += BLOCK) {
      sum += FastMath.expAndSum(x, i, Math.min(BLOCK, n - i), max, FastMath.LEAST_NORMAL);
    }
    return sum;
  }

  private static void scale(float[] x, int n, float factor) {
    for (int i = 0; i < n; i += COUNT) {
      load(x, i).mul(factor).intoArray(x, i);
    }
  }

  /// `y ⊙ (dy − Σ y⊙dy)`
  static void softmaxGrad(Work work, List<Tensor> in, Tensor dx) {
    Rows y = Rows.of(work, in.get(0));
    Rows dy = Rows.of(work, in.get(1));
    Rows to = Rows.of(work, dx);
    y.forEach(
        work.pool(),
        (first, last, scratch) -> {
          int n = y.padded();
          float[] a = scratch.floats(Slot.ROW, n);
          float[] b = scratch.floats(Slot.OUTPUT_GRAD, n);
          for (int r = first; r < last; r++) {
            y.read(r, a, 0);
            dy.read(r, b, 0);
            float dot = (float) Lanes.dot(a, b, n);
            subtractAndScale(b, dot, a, n);
            to.write(r, b);
          }
        });
  }

  /// `x = (x − shift)·scale`
  private static void subtractAndScale(float[] x, float shift, float[] scale, int n) {
    for (int i = 0; i < n; i += COUNT) {
      load(x, i).sub(shift).mul(load(scale, i)).intoArray(x, i);
    }
  }

  /// `x − logsumexp(x)`
  static void logSoftmax(Work work, Tensor x, Tensor y) {
    Rows from = Rows.of(work, x);
    Rows to = Rows.of(work, y);
    from.forEach(
        work.pool(),
        (first, last, scratch) -> {
          int n = from.padded();
          float[] row = scratch.floats(Slot.ROW, n);
          float[] powers = scratch.floats(Slot.OUTPUT, n);
          for (int r = first; r < last; r++) {
            from.read(r, row, Float.NEGATIVE_INFINITY);
            float max = Lanes.max(row, n);
            System.arraycopy(row, 0, powers, 0, n);
            float logSum = (float) Math.log(expAndSum(powers, n, max));
            subtract(row, max, n); // apart from logSum: it is exact where x is near it
            subtract(row, logSum, n);
            to.write(r, row);
          }
        });
  }

  private static void subtract(float[] x, float shift, int n) {
    for (int i = 0; i < n; i += COUNT) {
      load(x, i).sub(shift).intoArray(x, i);
    }
  }

  /// `dy − exp(y)·Σ dy`
  static void logSoftmaxGrad(Work work, List<Tensor> in, Tensor dx) {
    Rows y = Rows.of(work, in.get(0));
    Rows dy = Rows.of(work, in.get(1));
    Rows to = Rows.of(work, dx);
    y.forEach(
        work.pool(),
        (first, last, scratch) -> {
          int n = y.padded();
          float[] a = scratch.floats(Slot.ROW, n);
          float[] b = scratch.floats(Slot.OUTPUT_GRAD, n);
          for (int r = first; r < last; r++) {
            y.read(r, a, 0);
            dy.read(r, b, 0);
            float sum = (float) Lanes.sum(b, n);
            subtractExp(b, a, sum, n);
            to.write(r, b);
          }
        });
  }

  /// `x = x − exp(y)·scale`
  private static void subtractExp(float[] x, float[] y, float scale, int n) {
    for (int i = 0; i < n; i += COUNT) {
      FloatVector v = load(x, i);
      v.sub(FastMath.exp(load(y, i)).mul(scale)).intoArray(x, i);
    }
  }

  /// `log Σ exp(x)`; `y` is contiguous.
  static void logSumExp(Work work, Tensor x, Tensor y) {
    Rows from = Rows.of(work, x);
    from.forEach(
        work.pool(),
        (first, last, scratch) -> {
          int n = from.padded();
          float[] row = scratch.floats(Slot.ROW, n);
          for (int r = first; r < last; r++) {
            from.read(r, row, Float.NEGATIVE_INFINITY);
            y.segment().set(Elements.F32, r * 4L, (float) logSumExp(row, n));
          }
        });
  }

  /// `log Σ exp(x)`, `x` lost; infinite if a value or all of them are.
  static double logSumExp(float[] x, int n) {
    float max = Lanes.max(x, n);
    if (Float.isInfinite(max)) {
      return max;
    }
    return max + Math.log(expAndSum(x, n, max));
  }

  /// `x / max(‖x‖₂, eps)`
  static void l2Normalize(Work work, double eps, Tensor x, Tensor y) {
    Rows from = Rows.of(work, x);
    Rows to = Rows.of(work, y);
    from.forEach(
        work.pool(),
        (first, last, scratch) -> {
          int n = from.padded();
          float[] row = scratch.floats(Slot.ROW, n);
          for (int r = first; r < last; r++) {
            from.read(r, row, 0);
            scale(row, n, (float) (1 / Math.max(Math.sqrt(Lanes.dot(row, row, n)), eps)));
            to.write(r, row);
          }
        });
  }

  /// `(dy − y·Σ y⊙dy) / ‖x‖` with `y = x/‖x‖`; `dy / eps` where the norm is not above `eps`.
  static void l2NormalizeGrad(Work work, double eps, List<Tensor> in, Tensor dx) {
    Rows x = Rows.of(work, in.get(0));
    Rows dy = Rows.of(work, in.get(1));
    Rows to = Rows.of(work, dx);
    x.forEach(
        work.pool(),
        (first, last, scratch) -> {
          int n = x.padded();
          float[] a = scratch.floats(Slot.ROW, n);
          float[] b = scratch.floats(Slot.OUTPUT_GRAD, n);
          for (int r = first; r < last; r++) {
            x.read(r, a, 0);
            dy.read(r, b, 0);
            double norm = Math.sqrt(Lanes.dot(a, a, n));
            boolean flat = !(norm > eps);
            float along = flat ? 0 : (float) (Lanes.dot(a, b, n) / (norm * norm));
            float factor = (float) (1 / (flat ? eps : norm));
            across(b, a, along, factor, n);
            to.write(r, b);
          }
        });
  }

  /// `g = (g − x·along)·factor`
  private static void across(float[] g, float[] x, float along, float factor, int n) {
    for (int i = 0; i < n; i += COUNT) {
      load(g, i).sub(load(x, i).mul(along)).mul(factor).intoArray(g, i);
    }
  }
}
