package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Reduction;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.scalar.Grid.Axis;
import java.util.List;

/// Softmax and cross-entropy.
final class SoftmaxKernels {
  private SoftmaxKernels() {}

  /// `log Σ exp(x)` of a line; −∞ for a line of nothing or of −∞ alone.
  private static double logSumExp(double[] x, Axis lines, int line) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < lines.size(); i++) {
      max = Math.max(max, x[lines.at(line, i)]);
    }
    if (Double.isInfinite(max)) {
      return max;
    }
    double sum = 0;
    for (int i = 0; i < lines.size(); i++) {
      sum += Math.exp(x[lines.at(line, i)] - max);
    }
    return max + Math.log(sum);
  }

  static void softmax(int axis, Tensor in, Tensor out) {
    double[] x = Dense.doubles(in);
    Axis lines = Axis.of(in.shape(), axis);
    for (int line = 0; line < lines.lines(); line++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < lines.size(); i++) {
        max = Math.max(max, x[lines.at(line, i)]);
      }
      double sum = 0;
      for (int i = 0; i < lines.size(); i++) {
        int at = lines.at(line, i);
        x[at] = Math.exp(x[at] - max);
        sum += x[at];
      }
      for (int i = 0; i < lines.size(); i++) {
        x[lines.at(line, i)] /= sum;
      }
    }
    Dense.write(out, x);
  }

  static void softmaxGrad(int axis, List<Tensor> in, Tensor out) {
    double[] y = Dense.doubles(in.get(0));
    double[] dy = Dense.doubles(in.get(1));
    double[] dx = new double[y.length];
    Axis lines = Axis.of(out.shape(), axis);
    for (int line = 0; line < lines.lines(); line++) {
      double dot = 0;
      for (int i = 0; i < lines.size(); i++) {
        dot += y[lines.at(line, i)] * dy[lines.at(line, i)];
      }
      for (int i = 0; i < lines.size(); i++) {
        int at = lines.at(line, i);
        dx[at] = y[at] * (dy[at] - dot);
      }
    }
    Dense.write(out, dx);
  }

  static void logSoftmax(int axis, Tensor in, Tensor out) {
    double[] x = Dense.doubles(in);
    double[] y = new double[x.length];
    Axis lines = Axis.of(in.shape(), axis);
    for (int line = 0; line < lines.lines(); line++) {
      double logSumExp = logSumExp(x, lines, line);
      for (int i = 0; i < lines.size(); i++) {
        y[lines.at(line, i)] = x[lines.at(line, i)] - logSumExp;
      }
    }
    Dense.write(out, y);
  }

  static void logSoftmaxGrad(int axis, List<Tensor> in, Tensor out) {
    double[] y = Dense.doubles(in.get(0));
    double[] dy = Dense.doubles(in.get(1));
    double[] dx = new double[y.length];
    Axis lines = Axis.of(out.shape(), axis);
    for (int line = 0; line < lines.lines(); line++) {
      double sum = 0;
      for (int i = 0; i < lines.size(); i++) {
        sum += dy[lines.at(line, i)];
      }
      for (int i = 0; i < lines.size(); i++) {
        int at = lines.at(line, i);
        dx[at] = dy[at] - Math.exp(y[at]) * sum;
      }
    }
    Dense.write(out, dx);
  }

  static void logSumExp(int axis, Tensor in, Tensor out) {
    double[] x = Dense.doubles(in);
    Axis lines = Axis.of(in.shape(), axis);
    double[] y = new double[lines.lines()];
    for (int line = 0; line < y.length; line++) {
      y[line] = logSumExp(x, lines, line);
    }
    Dense.write(out, y);
  }

  static void crossEntropy(Op.CrossEntropy op, List<Tensor> in, List<Tensor> out) {
    double[] x = Dense.doubles(in.get(0));
    long[] target = Dense.longs(in.get(1));
    Axis rows = Axis.of(in.get(0).shape(), 1);
    double[] logSumExp = new double[target.length];
    double loss = 0;
    for (int n = 0; n < target.length; n++) {
      logSumExp[n] = logSumExp(x, rows, n);
      if (target[n] != op.ignoreIndex()) {
        int chosen = Dense.checkedIndex("cross_entropy", target[n], n, rows.size());
        double mean = 0;
        for (int v = 0; v < rows.size(); v++) {
          mean += x[rows.at(n, v)] / rows.size();
        }
        loss += (1 - op.labelSmoothing()) * (logSumExp[n] - x[rows.at(n, chosen)]);
        loss += op.labelSmoothing() == 0 ? 0 : op.labelSmoothing() * (logSumExp[n] - mean);
      }
    }
    Dense.write(out.get(0), new double[] {loss * share(op, target)});
    Dense.write(out.get(1), logSumExp);
  }

  /// What one target's loss counts in the whole.
  private static double share(Op.CrossEntropy op, long[] target) {
    int count = 0;
    for (long index : target) {
      count += index == op.ignoreIndex() ? 0 : 1;
    }
    return op.reduction() == Reduction.SUM ? 1 : count == 0 ? 0 : 1.0 / count;
  }

  /// `dlogits = dloss·share·(softmax(x) − (1 − s)·onehot(target) − s/V)`
  static void crossEntropyGrad(Op.CrossEntropy op, List<Tensor> in, Tensor out) {
    double[] x = Dense.doubles(in.get(0));
    long[] target = Dense.longs(in.get(1));
    double[] logSumExp = Dense.doubles(in.get(2));
    double scale = Dense.doubles(in.get(3))[0] * share(op, target);
    double[] dx = new double[x.length];
    Axis rows = Axis.of(out.shape(), 1);
    for (int n = 0; n < target.length; n++) {
      if (target[n] != op.ignoreIndex()) {
        int chosen = Dense.checkedIndex("cross_entropy grad", target[n], n, rows.size());
        for (int v = 0; v < rows.size(); v++) {
          double wanted = op.labelSmoothing() / rows.size();
          wanted += v == chosen ? 1 - op.labelSmoothing() : 0;
          dx[rows.at(n, v)] = scale * (Math.exp(x[rows.at(n, v)] - logSumExp[n]) - wanted);
        }
      }
    }
    Dense.write(out, dx);
  }
}
