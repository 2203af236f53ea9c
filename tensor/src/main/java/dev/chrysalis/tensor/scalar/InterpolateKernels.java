package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Tensor;

/// Resizing pictures `(B, C, H, W)`.
final class InterpolateKernels {
  private InterpolateKernels() {}

  static void interpolate(Resampling resampling, Tensor in, Tensor out) {
    ResampleAxis rows = ResampleAxis.of(in.size(2), out.size(2), resampling);
    ResampleAxis columns = ResampleAxis.of(in.size(3), out.size(3), resampling);
    int planes = in.size(0) * in.size(1);
    double[] tall = along(rows, Dense.doubles(in), planes, in.size(2), in.size(3));
    Dense.write(out, along(columns, tall, planes * out.size(2), in.size(3), 1));
  }

  static void interpolateGrad(Resampling resampling, Tensor gradient, Tensor out) {
    ResampleAxis rows = ResampleAxis.of(out.size(2), gradient.size(2), resampling);
    ResampleAxis columns = ResampleAxis.of(out.size(3), gradient.size(3), resampling);
    int planes = out.size(0) * out.size(1);
    double[] dy = Dense.doubles(gradient);
    double[] wide = adjoint(columns, dy, planes * gradient.size(2), out.size(3), 1);
    Dense.write(out, adjoint(rows, wide, planes, out.size(2), out.size(3)));
  }

  /// `(outer, size, inner) → (outer, size', inner)`
  private static double[] along(ResampleAxis axis, double[] x, int outer, int size, int inner) {
    int outSize = axis.indices().length;
    double[] y = new double[outer * outSize * inner];
    for (int at = 0; at < y.length; at++) {
      int i = at / inner % outSize;
      int start = at / inner / outSize * size * inner + at % inner;
      for (int j = 0; j < axis.indices()[i].length; j++) {
        y[at] += axis.weights()[i][j] * x[start + axis.indices()[i][j] * inner];
      }
    }
    return y;
  }

  /// `(outer, size', inner) → (outer, size, inner)`, the transposed matrix.
  private static double[] adjoint(ResampleAxis axis, double[] dy, int outer, int size, int inner) {
    int outSize = axis.indices().length;
    double[] dx = new double[outer * size * inner];
    for (int at = 0; at < dy.length; at++) {
      int i = at / inner % outSize;
      int start = at / inner / outSize * size * inner + at % inner;
      for (int j = 0; j < axis.indices()[i].length; j++) {
        dx[start + axis.indices()[i][j] * inner] += axis.weights()[i][j] * dy[at];
      }
    }
    return dx;
  }
}
