package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.load;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Reduction;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.cpu.Scratch.Slot;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// Cross-entropy over rows of logits, without ever forming probabilities or one-hot targets.
final class LossKernels {
  private static final int IGNORED = -1;

  private LossKernels() {}

  /// `logits, target → loss, logsumexp`
  static void crossEntropy(Work work, Op.CrossEntropy op, List<Tensor> in, List<Tensor> out) {
    Rows logits = Rows.of(work, in.get(0));
    int[] targets = targets(op, in.get(1), logits.length());
    Tensor lse = out.get(1);
    double smoothing = op.labelSmoothing();
    double[] losses = new double[logits.count()];
    logits.forEach(
        work.pool(),
        (first, last, scratch) -> {
          int n = logits.padded();
          float[] row = scratch.floats(Slot.ROW, n);
          for (int r = first; r < last; r++) {
            logits.read(r, row, Float.NEGATIVE_INFINITY);
            int target = targets[r];
            double wanted = target == IGNORED ? 0 : row[target];
            double mean = smoothing == 0 ? 0 : mean(row, logits.length(), n);
            double logSum = SoftmaxKernels.logSumExp(row, n);
            lse.segment().set(Elements.F32, r * 4L, (float) logSum);
            if (target != IGNORED) {
              losses[r] =
                  smoothing == 0
                      ? logSum - wanted
                      : (1 - smoothing) * (logSum - wanted) + smoothing * (logSum - mean);
            }
          }
        });
    double sum = 0;
    for (double loss : losses) {
      sum += loss;
    }
    out.get(0).segment().set(Elements.F32, 0, (float) (sum / divisor(op, targets)));
  }

  private static double mean(float[] row, int length, int padded) {
    Arrays.fill(row, length, padded, 0);
    double mean = Lanes.sum(row, padded) / length;
    Arrays.fill(row, length, padded, Float.NEGATIVE_INFINITY);
    return mean;
  }

  /// `logits, target, logsumexp, dloss → dlogits = dloss/N·(softmax − (1 − s)·onehot − s/V)`, zeros
  /// where the target is ignored.
  static void crossEntropyGrad(Work work, Op.CrossEntropy op, List<Tensor> in, Tensor dlogits) {
    Rows logits = Rows.of(work, in.get(0));
    int[] targets = targets(op, in.get(1), logits.length());
    Tensor lse = work.contiguous(in.get(2));
    Rows to = Rows.of(work, dlogits);
    float scale = (float) (in.get(3).getDouble(0) / divisor(op, targets));
    float hit = (float) (1 - op.labelSmoothing());
    float everywhere = (float) (op.labelSmoothing() / logits.length());
    logits.forEach(
        work.pool(),
        (first, last, scratch) -> {
          int n = logits.padded();
          float[] row = scratch.floats(Slot.ROW, n);
          for (int r = first; r < last; r++) {
            if (targets[r] == IGNORED) {
              Arrays.fill(row, 0, n, 0);
            } else {
              logits.read(r, row, 0);
              float logSum = lse.segment().get(Elements.F32, r * 4L);
              expGrad(row, n, logSum, everywhere, scale);
              row[targets[r]] -= hit * scale;
            }
            to.write(r, row);
          }
        });
  }

  /// `x = (exp(x − logSum) − everywhere)·scale`
  private static void expGrad(float[] x, int n, float logSum, float everywhere, float scale) {
    FloatVector least = FloatVector.broadcast(Lanes.F, FastMath.LEAST_NORMAL);
    for (int i = 0; i < n; i += COUNT) {
      FastMath.exp(load(x, i).sub(logSum), least).sub(everywhere).mul(scale).intoArray(x, i);
    }
  }

  private static double divisor(Op.CrossEntropy op, int[] targets) {
    if (op.reduction() == Reduction.SUM) {
      return 1;
    }
    int counted = 0;
    for (int target : targets) {
      counted += target == IGNORED ? 0 : 1;
    }
    return Math.max(1, counted);
  }

  private static int[] targets(Op.CrossEntropy op, Tensor target, int classes) {
    int[] targets = new int[(int) target.count()];
    for (int i = 0; i < targets.length; i++) {
      long value = target.getLong(i);
      if (value == op.ignoreIndex()) {
        targets[i] = IGNORED;
      } else if (value >= 0 && value < classes) {
        targets[i] = (int) value;
      } else {
        throw new ShapeException(
            "cross_entropy: target %d at position %d: need 0 to %d, or %d to ignore it"
                .formatted(value, i, classes - 1, op.ignoreIndex()));
      }
    }
    return targets;
  }
}
