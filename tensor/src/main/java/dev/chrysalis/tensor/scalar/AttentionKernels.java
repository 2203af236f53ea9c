package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// Attention and rotary positions.
final class AttentionKernels {
  private AttentionKernels() {}

  /// The inputs of an attention as arrays, and its sizes.
  private static final class Problem {
    final double[] q;
    final double[] k;
    final double[] v;
    final double[] mask;
    final int[] maskAt;
    final boolean hasMask;
    final boolean choice;
    final boolean causal;
    final double scale;
    final int rows;
    final int heads;
    final int shared;
    final int queries;
    final int keys;
    final int d;
    final int e;

    Problem(boolean causal, double scale, boolean hasMask, List<Tensor> in) {
      Tensor query = in.get(0);
      this.q = Dense.doubles(query);
      this.k = Dense.doubles(in.get(1));
      this.v = Dense.doubles(in.get(2));
      this.causal = causal;
      this.scale = scale;
      this.hasMask = hasMask;
      this.heads = query.size(1);
      this.shared = heads / in.get(1).size(1);
      this.queries = query.size(2);
      this.keys = in.get(1).size(2);
      this.d = query.size(3);
      this.e = in.get(2).size(3);
      this.rows = query.size(0) * heads * queries;
      if (hasMask) {
        Tensor m = in.get(3);
        this.mask = Dense.doubles(m);
        this.maskAt = Grid.broadcast(m.shape(), Shape.of(query.size(0), heads, queries, keys));
        this.choice = m.dtype() == DType.BOOL || m.dtype() == DType.U8;
      } else {
        this.mask = new double[0];
        this.maskAt = new int[0];
        this.choice = false;
      }
    }

    /// First row of keys and values that query row `row` reads: head `h` of batch `b` reads head `h
    /// div shared`.
    int firstKey(int row) {
      int h = row / queries % heads;
      int b = row / queries / heads;
      return (b * (heads / shared) + h / shared) * keys;
    }

    /// `scale·q·k + mask`, or −∞ where the query may not attend.
    double score(int row, int key) {
      if (causal && key > row % queries + keys - queries) {
        return Double.NEGATIVE_INFINITY;
      }
      double bias = hasMask ? mask[maskAt[row * keys + key]] : 0;
      if (choice) {
        bias = bias != 0 ? 0 : Double.NEGATIVE_INFINITY;
      }
      double dot = 0;
      int kAt = (firstKey(row) + key) * d;
      for (int i = 0; i < d; i++) {
        dot += q[row * d + i] * k[kAt + i];
      }
      return bias == Double.NEGATIVE_INFINITY ? bias : scale * dot + bias;
    }

    /// Writes the probabilities of one query into `p` and returns the log of their sum before
    /// division.
    double probabilities(int row, double[] p) {
      double max = Double.NEGATIVE_INFINITY;
      for (int s = 0; s < keys; s++) {
        p[s] = score(row, s);
        max = Math.max(max, p[s]);
      }
      if (max == Double.NEGATIVE_INFINITY) { // may attend to nothing
        Arrays.fill(p, 0);
        return max;
      }
      double sum = 0;
      for (int s = 0; s < keys; s++) {
        p[s] = Math.exp(p[s] - max);
        sum += p[s];
      }
      for (int s = 0; s < keys; s++) {
        p[s] /= sum;
      }
      return max + Math.log(sum);
    }
  }

  static void attention(Op.Attention op, List<Tensor> in, List<Tensor> out) {
    Problem problem = new Problem(op.causal(), op.scale(), in.size() == 4, in);
    double[] y = new double[problem.rows * problem.e];
    double[] logSumExp = new double[problem.rows];
    double[] p = new double[problem.keys];
    for (int row = 0; row < problem.rows; row++) {
      logSumExp[row] = problem.probabilities(row, p);
      for (int s = 0; s < problem.keys; s++) {
        int vAt = (problem.firstKey(row) + s) * problem.e;
        if (p[s] != 0) { // what nobody looks at does not count, not even NaN
          for (int i = 0; i < problem.e; i++) {
            y[row * problem.e + i] += p[s] * problem.v[vAt + i];
          }
        }
      }
    }
    Dense.write(out.get(0), y);
    Dense.write(out.get(1), logSumExp);
  }

  /// `dp = dy·vᵀ`, `ds = p ⊙ (dp − Σ p⊙dp)`, `dq = scale·ds·k`, `dk = scale·dsᵀ·q`, `dv = pᵀ·dy`,
  /// `dmask = ds` summed over what it was broadcast along. The probabilities are computed anew, so
  /// `y` and `lse` are not read.
  static void attentionGrad(Op.AttentionGrad op, List<Tensor> in, List<Tensor> out) {
    Problem problem = new Problem(op.causal(), op.scale(), op.hasMask(), in);
    double[] dy = Dense.doubles(in.getLast());
    double[] dq = new double[problem.q.length];
    double[] dk = new double[problem.k.length];
    double[] dv = new double[problem.v.length];
    double[] dmask = new double[problem.mask.length];
    double[] p = new double[problem.keys];
    double[] ds = new double[problem.keys];
    for (int row = 0; row < problem.rows; row++) {
      problem.probabilities(row, p);
      int first = problem.firstKey(row);
      double dot = 0;
      for (int s = 0; s < problem.keys; s++) {
        ds[s] = 0;
        for (int i = 0; i < problem.e; i++) {
          ds[s] += dy[row * problem.e + i] * problem.v[(first + s) * problem.e + i];
          dv[(first + s) * problem.e + i] += p[s] * dy[row * problem.e + i];
        }
        dot += p[s] * ds[s];
      }
      for (int s = 0; s < problem.keys; s++) {
        ds[s] = p[s] * (ds[s] - dot);
        for (int i = 0; i < problem.d; i++) {
          dq[row * problem.d + i] += op.scale() * ds[s] * problem.k[(first + s) * problem.d + i];
          dk[(first + s) * problem.d + i] += op.scale() * ds[s] * problem.q[row * problem.d + i];
        }
        if (op.maskGrad()) {
          dmask[problem.maskAt[row * problem.keys + s]] += ds[s];
        }
      }
    }
    Dense.write(out.get(0), dq);
    Dense.write(out.get(1), dk);
    Dense.write(out.get(2), dv);
    if (op.maskGrad()) {
      Dense.write(out.get(3), dmask);
    }
  }

  static void rope(boolean inverse, List<Tensor> in, Tensor out) {
    double[] x = Dense.doubles(in.get(0));
    double[] cos = Dense.doubles(in.get(1));
    double[] sin = Dense.doubles(in.get(2));
    double[] y = new double[x.length];
    int d = out.size(-1);
    int half = d / 2;
    for (int pair = 0; pair < x.length / 2; pair++) {
      int low = pair / half * d + pair % half;
      int high = low + half;
      double c = cos[pair % cos.length];
      double s = inverse ? -sin[pair % sin.length] : sin[pair % sin.length];
      y[low] = x[low] * c - x[high] * s;
      y[high] = x[high] * c + x[low] * s;
    }
    Dense.write(out, y);
  }
}
