package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.scalar.Grid.Axis;
import java.util.List;

/// Normalisations. Statistics are computed in two passes, deviations from the mean in the second.
///
/// With `x̂ = (x − mean)·rstd` and `g = dy ⊙ w`, a norm over `n` elements has `dx = rstd·(g − Σg/n
/// − x̂·Σ(g⊙x̂)/n)`, `dw = Σ dy⊙x̂`, `dbias = Σ dy`; without a mean the middle term is missing.
final class NormKernels {
  private NormKernels() {}

  /// `1/√(Σ(x − mean)²/n + eps)` over the `n` elements from `start`.
  private static double rstd(double[] x, int start, int n, double mean, double eps) {
    double sum = 0;
    for (int i = start; i < start + n; i++) {
      sum += (x[i] - mean) * (x[i] - mean);
    }
    return 1 / Math.sqrt(sum / n + eps);
  }

  private static double mean(double[] x, int start, int n) {
    double sum = 0;
    for (int i = start; i < start + n; i++) {
      sum += x[i];
    }
    return sum / n;
  }

  static void layerNorm(double eps, List<Tensor> in, List<Tensor> out) {
    double[] x = Dense.doubles(in.get(0));
    double[] w = Dense.doubles(in.get(1));
    double[] bias = Dense.doubles(in.get(2));
    double[] mean = new double[(int) out.get(1).count()];
    double[] rstd = new double[mean.length];
    int n = w.length;
    for (int row = 0; row < mean.length; row++) {
      int start = row * n;
      mean[row] = mean(x, start, n);
      rstd[row] = rstd(x, start, n, mean[row], eps);
      for (int i = 0; i < n; i++) {
        x[start + i] = (x[start + i] - mean[row]) * rstd[row] * w[i] + bias[i];
      }
    }
    Dense.write(out.get(0), x);
    Dense.write(out.get(1), mean);
    Dense.write(out.get(2), rstd);
  }

  static void layerNormGrad(List<Tensor> in, List<Tensor> out) {
    double[] x = Dense.doubles(in.get(0));
    double[] w = Dense.doubles(in.get(1));
    double[] mean = Dense.doubles(in.get(2));
    double[] rstd = Dense.doubles(in.get(3));
    double[] dy = Dense.doubles(in.get(4));
    double[] dw = new double[w.length];
    double[] dbias = new double[w.length];
    double[] dx = new double[x.length];
    int n = w.length;
    for (int row = 0; row < mean.length; row++) {
      int start = row * n;
      double sum = 0;
      double dot = 0;
      for (int i = 0; i < n; i++) {
        double normal = (x[start + i] - mean[row]) * rstd[row];
        double g = dy[start + i] * w[i];
        sum += g;
        dot += g * normal;
        dw[i] += dy[start + i] * normal;
        dbias[i] += dy[start + i];
      }
      for (int i = 0; i < n; i++) {
        double normal = (x[start + i] - mean[row]) * rstd[row];
        dx[start + i] = rstd[row] * (dy[start + i] * w[i] - sum / n - normal * dot / n);
      }
    }
    Dense.write(out.get(0), dx);
    Dense.write(out.get(1), dw);
    Dense.write(out.get(2), dbias);
  }

  static void rmsNorm(double eps, List<Tensor> in, List<Tensor> out) {
    double[] x = Dense.doubles(in.get(0));
    double[] w = Dense.doubles(in.get(1));
    double[] rstd = new double[(int) out.get(1).count()];
    int n = w.length;
    for (int row = 0; row < rstd.length; row++) {
      rstd[row] = rstd(x, row * n, n, 0, eps);
      for (int i = 0; i < n; i++) {
        x[row * n + i] *= rstd[row] * w[i];
      }
    }
    Dense.write(out.get(0), x);
    Dense.write(out.get(1), rstd);
  }

  static void rmsNormGrad(List<Tensor> in, List<Tensor> out) {
    double[] x = Dense.doubles(in.get(0));
    double[] w = Dense.doubles(in.get(1));
    double[] rstd = Dense.doubles(in.get(2));
    double[] dy = Dense.doubles(in.get(3));
    double[] dw = new double[w.length];
    double[] dx = new double[x.length];
    int n = w.length;
    for (int row = 0; row < rstd.length; row++) {
      int start = row * n;
      double dot = 0;
      for (int i = 0; i < n; i++) {
        double normal = x[start + i] * rstd[row];
        dot += dy[start + i] * w[i] * normal;
        dw[i] += dy[start + i] * normal;
      }
      for (int i = 0; i < n; i++) {
        double normal = x[start + i] * rstd[row];
        dx[start + i] = rstd[row] * (dy[start + i] * w[i] - normal * dot / n);
      }
    }
    Dense.write(out.get(0), dx);
    Dense.write(out.get(1), dw);
  }

  /// Row-major, the channels of a group lie together: a group is a run of `C/groups` channels.
  static void groupNorm(double eps, boolean silu, List<Tensor> in, List<Tensor> out) {
    double[] x = Dense.doubles(in.get(0));
    double[] w = Dense.doubles(in.get(1));
    double[] bias = Dense.doubles(in.get(2));
    double[] mean = new double[(int) out.get(1).count()];
    double[] rstd = new double[mean.length];
    int n = mean.length == 0 ? 0 : x.length / mean.length;
    int pixels = pixels(in.get(0));
    for (int group = 0; group < mean.length; group++) {
      int start = group * n;
      mean[group] = mean(x, start, n);
      rstd[group] = rstd(x, start, n, mean[group], eps);
      for (int i = start; i < start + n; i++) {
        int c = i / pixels % w.length;
        double y = (x[i] - mean[group]) * rstd[group] * w[c] + bias[c];
        x[i] = silu ? y * Functions.sigmoid(y) : y;
      }
    }
    Dense.write(out.get(0), x);
    Dense.write(out.get(1), mean);
    Dense.write(out.get(2), rstd);
  }

  static void groupNormGrad(boolean silu, List<Tensor> in, List<Tensor> out) {
    double[] x = Dense.doubles(in.get(0));
    double[] w = Dense.doubles(in.get(1));
    double[] bias = Dense.doubles(in.get(2));
    double[] mean = Dense.doubles(in.get(3));
    double[] rstd = Dense.doubles(in.get(4));
    double[] dy = Dense.doubles(in.get(5));
    double[] dw = new double[w.length];
    double[] dbias = new double[w.length];
    double[] dx = new double[x.length];
    int n = mean.length == 0 ? 0 : x.length / mean.length;
    int pixels = pixels(in.get(0));
    for (int group = 0; group < mean.length; group++) {
      int start = group * n;
      double sum = 0;
      double dot = 0;
      for (int i = start; i < start + n; i++) {
        int c = i / pixels % w.length;
        double normal = (x[i] - mean[group]) * rstd[group];
        if (silu) {
          dy[i] *= Functions.siluDerivative(normal * w[c] + bias[c]);
        }
        sum += dy[i] * w[c];
        dot += dy[i] * w[c] * normal;
        dw[c] += dy[i] * normal;
        dbias[c] += dy[i];
      }
      for (int i = start; i < start + n; i++) {
        double normal = (x[i] - mean[group]) * rstd[group];
        double g = dy[i] * w[i / pixels % w.length];
        dx[i] = rstd[group] * (g - sum / n - normal * dot / n);
      }
    }
    Dense.write(out.get(0), dx);
    Dense.write(out.get(1), dw);
    Dense.write(out.get(2), dbias);
  }

  private static int pixels(Tensor x) {
    return (int) x.shape().range(2, x.rank()).count();
  }

  static void l2Normalize(int axis, double eps, Tensor in, Tensor out) {
    double[] x = Dense.doubles(in);
    Axis lines = Axis.of(in.shape(), axis);
    for (int line = 0; line < lines.lines(); line++) {
      double norm = Math.max(norm(x, lines, line), eps);
      for (int i = 0; i < lines.size(); i++) {
        x[lines.at(line, i)] /= norm;
      }
    }
    Dense.write(out, x);
  }

  /// `dx = (dy − y·Σ(y⊙dy)) / ‖x‖`; where `eps` took the norm's place, `dy / eps`.
  static void l2NormalizeGrad(int axis, double eps, List<Tensor> in, Tensor out) {
    double[] x = Dense.doubles(in.get(0));
    double[] dy = Dense.doubles(in.get(1));
    double[] dx = new double[x.length];
    Axis lines = Axis.of(in.get(0).shape(), axis);
    for (int line = 0; line < lines.lines(); line++) {
      double norm = norm(x, lines, line);
      double dot = 0;
      for (int i = 0; i < lines.size(); i++) {
        dot += x[lines.at(line, i)] / norm * dy[lines.at(line, i)];
      }
      for (int i = 0; i < lines.size(); i++) {
        int at = lines.at(line, i);
        dx[at] = norm <= eps ? dy[at] / eps : (dy[at] - x[at] / norm * dot) / norm;
      }
    }
    Dense.write(out, dx);
  }

  private static double norm(double[] x, Axis lines, int line) {
    double sum = 0;
    for (int i = 0; i < lines.size(); i++) {
      sum += x[lines.at(line, i)] * x[lines.at(line, i)];
    }
    return Math.sqrt(sum);
  }
}
