package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// Convolutions and pooling over pictures `(B, C, H, W)`.
///
/// A convolution is the sum over all its taps, the triples of an input pixel, a weight and an
/// output pixel that meet. The convolution, its gradients and its transpose walk the same taps, a
/// row of output pixels at a time, and differ only in which of the three they add to.
final class ConvolutionKernels {
  private ConvolutionKernels() {}

  /// What happens where weight `w` meets `count` output pixels, `y`, `y + 1`, and so on, and as
  /// many input pixels, `x`, `x + step`, and so on.
  @FunctionalInterface
  private interface Taps {
    void along(int x, int step, int w, int y, int count);
  }

  /// Visits every tap of a convolution from pictures like `x` to pictures like `y` with weights
  /// `(O, C/groups, kh, kw)`.
  private static void visit(Conv2dSpec spec, Tensor x, Tensor w, Tensor y, Taps taps) {
    int outputs = y.size(1);
    int channels = w.size(1);
    int group = outputs / spec.groups();
    for (int b = 0; b < y.size(0); b++) {
      for (int o = 0; o < outputs; o++) {
        for (int row = 0; row < y.size(2); row++) {
          int yAt = ((b * outputs + o) * y.size(2) + row) * y.size(3);
          for (int c = 0; c < channels; c++) {
            int plane = b * x.size(1) + o / group * channels + c;
            for (int i = 0; i < w.size(2); i++) {
              int h = row * spec.strideH() - spec.padTop() + i * spec.dilationH();
              if (0 <= h && h < x.size(2)) {
                int xAt = (plane * x.size(2) + h) * x.size(3);
                int wAt = ((o * channels + c) * w.size(2) + i) * w.size(3);
                visitRow(spec, xAt, x.size(3), wAt, w.size(3), yAt, y.size(3), taps);
              }
            }
          }
        }
      }
    }
  }

  /// Visits the taps of a row of input pixels, one of weights and one of output pixels.
  private static void visitRow(
      Conv2dSpec spec, int x, int width, int w, int kernel, int y, int columns, Taps taps) {
    int step = spec.strideW();
    for (int j = 0; j < kernel; j++) {
      int left = j * spec.dilationW() - spec.padLeft();
      int from = Math.max(0, Math.ceilDiv(-left, step));
      int to = Math.min(columns, Math.ceilDiv(width - left, step));
      if (from < to) {
        taps.along(x + left + from * step, step, w + j, y + from, to - from);
      }
    }
  }

  /// An array for `y` that holds the bias of each channel, if there is one.
  private static double[] biased(List<Tensor> in, Tensor y) {
    double[] values = new double[(int) y.count()];
    if (in.size() == 3) {
      double[] bias = Dense.doubles(in.get(2));
      int pixels = y.size(2) * y.size(3);
      for (int i = 0; i < values.length; i++) {
        values[i] = bias[i / pixels % bias.length];
      }
    }
    return values;
  }

  static void conv2d(Conv2dSpec spec, List<Tensor> in, Tensor out) {
    double[] x = Dense.doubles(in.get(0));
    double[] w = Dense.doubles(in.get(1));
    double[] y = biased(in, out);
    visit(
        spec,
        in.get(0),
        in.get(1),
        out,
        (xAt, step, wAt, yAt, count) -> {
          for (int k = 0; k < count; k++) {
            y[yAt + k] += x[xAt + k * step] * w[wAt];
          }
        });
    Dense.write(out, y);
  }

  static void conv2dInputGrad(Conv2dSpec spec, Tensor gradient, Tensor weight, Tensor out) {
    convTranspose2d(spec, List.of(gradient, weight), out);
  }

  static void conv2dWeightGrad(Conv2dSpec spec, Tensor input, Tensor gradient, Tensor out) {
    double[] x = Dense.doubles(input);
    double[] dy = Dense.doubles(gradient);
    double[] dw = new double[(int) out.count()];
    visit(
        spec,
        input,
        out,
        gradient,
        (xAt, step, wAt, yAt, count) -> {
          for (int k = 0; k < count; k++) {
            dw[wAt] += dy[yAt + k] * x[xAt + k * step];
          }
        });
    Dense.write(out, dw);
  }

  /// Input and output change places in the taps.
  static void convTranspose2d(Conv2dSpec spec, List<Tensor> in, Tensor out) {
    double[] x = Dense.doubles(in.get(0));
    double[] w = Dense.doubles(in.get(1));
    double[] y = biased(in, out);
    visit(
        spec,
        out,
        in.get(1),
        in.get(0),
        (yAt, step, wAt, xAt, count) -> {
          for (int k = 0; k < count; k++) {
            y[yAt + k * step] += x[xAt + k] * w[wAt];
          }
        });
    Dense.write(out, y);
  }

  static void avgPool2d(Op.AvgPool2d pool, Tensor in, Tensor out) {
    double[] x = Dense.doubles(in);
    double[] y = new double[(int) out.count()];
    double share = 1.0 / (pool.kernelH() * pool.kernelW());
    windows(pool, in, out, (xAt, yAt) -> y[yAt] += x[xAt] * share);
    Dense.write(out, y);
  }

  static void avgPool2dGrad(Op.AvgPool2d pool, Tensor gradient, Tensor out) {
    double[] dy = Dense.doubles(gradient);
    double[] dx = new double[(int) out.count()];
    double share = 1.0 / (pool.kernelH() * pool.kernelW());
    windows(pool, out, gradient, (xAt, yAt) -> dx[xAt] += dy[yAt] * share);
    Dense.write(out, dx);
  }

  /// What happens where input pixel `x` lies in the window of output pixel `y`.
  @FunctionalInterface
  private interface Pair {
    void at(int x, int y);
  }

  /// Visits every pixel of every window.
  private static void windows(Op.AvgPool2d pool, Tensor x, Tensor y, Pair pair) {
    int height = x.size(2);
    int width = x.size(3);
    for (int yAt = 0; yAt < y.count(); yAt++) {
      int column = yAt % y.size(3) * pool.strideW();
      int row = yAt / y.size(3) % y.size(2) * pool.strideH();
      int plane = yAt / y.size(3) / y.size(2);
      for (int i = row; i < row + pool.kernelH(); i++) {
        for (int j = column; j < column + pool.kernelW(); j++) {
          pair.at((plane * height + i) * width + j, yAt);
        }
      }
    }
  }

  static void maxPool2d(Op.MaxPool2d pool, Tensor in, List<Tensor> out) {
    long[] keys = Dense.orderKeys(in);
    Tensor y = out.get(0);
    int height = in.size(2);
    int width = in.size(3);
    int[] from = new int[(int) y.count()];
    long[] indices = new long[from.length];
    for (int at = 0; at < from.length; at++) {
      int left = at % y.size(3) * pool.strideW() - pool.padW();
      int top = at / y.size(3) % y.size(2) * pool.strideH() - pool.padH();
      int plane = at / y.size(3) / y.size(2) * height * width;
      int best = Math.max(top, 0) * width + Math.max(left, 0);
      for (int i = Math.max(top, 0); i < Math.min(top + pool.kernelH(), height); i++) {
        for (int j = Math.max(left, 0); j < Math.min(left + pool.kernelW(), width); j++) {
          if (keys[plane + i * width + j] > keys[plane + best]) {
            best = i * width + j;
          }
        }
      }
      from[at] = plane + best;
      indices[at] = best;
    }
    MoveKernels.select(in, from, y);
    Dense.write(out.get(1), indices);
  }

  static void maxPool2dGrad(Tensor gradient, Tensor index, Tensor out) {
    double[] dy = Dense.doubles(gradient);
    int pixels = out.size(2) * out.size(3);
    int[] indices = Dense.indices("max_pool2d grad", index, pixels);
    double[] dx = new double[(int) out.count()];
    int window = gradient.size(2) * gradient.size(3);
    for (int i = 0; i < dy.length; i++) {
      dx[i / window * pixels + indices[i]] += dy[i];
    }
    Dense.write(out, dx);
  }
}
