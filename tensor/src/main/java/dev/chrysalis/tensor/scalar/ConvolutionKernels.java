package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// Convolutions and pooling over pictures `(B, C, H, W)`.
///
/// A convolution is the sum over all its taps, the triples of an input pixel, a weight and an
/// output pixel that meet. The convolution, its gradients and its transpose walk the same taps and
/// differ only in which of the three they add to.
final class ConvolutionKernels {
  private ConvolutionKernels() {}

  /// What happens where input pixel `x`, weight `w` and output pixel `y` meet.
  @FunctionalInterface
  private interface Tap {
    void at(int x, int w, int y);
  }

  /// Visits every tap of a convolution from pictures like `x` to pictures like `y` with weights
  /// `(O, C/groups, kh, kw)`.
  private static void taps(Conv2dSpec spec, Tensor x, Tensor w, Tensor y, Tap tap) {
    int height = x.size(2);
    int width = x.size(3);
    int channels = w.size(1);
    int outputs = y.size(1) / spec.groups();
    for (int yAt = 0; yAt < y.count(); yAt++) {
      int column = yAt % y.size(3);
      int row = yAt / y.size(3) % y.size(2);
      int o = yAt / y.size(3) / y.size(2) % y.size(1);
      int b = yAt / y.size(3) / y.size(2) / y.size(1);
      for (int c = 0; c < channels; c++) {
        int plane = b * x.size(1) + o / outputs * channels + c;
        for (int i = 0; i < w.size(2); i++) {
          int h = row * spec.strideH() - spec.padTop() + i * spec.dilationH();
          for (int j = 0; j < w.size(3); j++) {
            int v = column * spec.strideW() - spec.padLeft() + j * spec.dilationW();
            if (0 <= h && h < height && 0 <= v && v < width) {
              int wAt = ((o * channels + c) * w.size(2) + i) * w.size(3) + j;
              tap.at((plane * height + h) * width + v, wAt, yAt);
            }
          }
        }
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
    taps(spec, in.get(0), in.get(1), out, (xAt, wAt, yAt) -> y[yAt] += x[xAt] * w[wAt]);
    Dense.write(out, y);
  }

  static void conv2dInputGrad(Conv2dSpec spec, Tensor gradient, Tensor weight, Tensor out) {
    double[] dy = Dense.doubles(gradient);
    double[] w = Dense.doubles(weight);
    double[] dx = new double[(int) out.count()];
    taps(spec, out, weight, gradient, (xAt, wAt, yAt) -> dx[xAt] += dy[yAt] * w[wAt]);
    Dense.write(out, dx);
  }

  static void conv2dWeightGrad(Conv2dSpec spec, Tensor input, Tensor gradient, Tensor out) {
    double[] x = Dense.doubles(input);
    double[] dy = Dense.doubles(gradient);
    double[] dw = new double[(int) out.count()];
    taps(spec, input, out, gradient, (xAt, wAt, yAt) -> dw[wAt] += dy[yAt] * x[xAt]);
    Dense.write(out, dw);
  }

  /// Input and output change places in the taps.
  static void convTranspose2d(Conv2dSpec spec, List<Tensor> in, Tensor out) {
    double[] x = Dense.doubles(in.get(0));
    double[] w = Dense.doubles(in.get(1));
    double[] y = biased(in, out);
    taps(spec, out, in.get(1), in.get(0), (yAt, wAt, xAt) -> y[yAt] += x[xAt] * w[wAt]);
    Dense.write(out, y);
  }

  static void avgPool2d(Op.AvgPool2d pool, Tensor in, Tensor out) {
    double[] x = Dense.doubles(in);
    double[] y = new double[(int) out.count()];
    double share = 1.0 / (pool.kernelH() * pool.kernelW());
    windows(pool, in, out, (xAt, _, yAt) -> y[yAt] += x[xAt] * share);
    Dense.write(out, y);
  }

  static void avgPool2dGrad(Op.AvgPool2d pool, Tensor gradient, Tensor out) {
    double[] dy = Dense.doubles(gradient);
    double[] dx = new double[(int) out.count()];
    double share = 1.0 / (pool.kernelH() * pool.kernelW());
    windows(pool, out, gradient, (xAt, _, yAt) -> dx[xAt] += dy[yAt] * share);
    Dense.write(out, dx);
  }

  /// Visits every pixel of every window; the weight of a tap is of no use here.
  private static void windows(Op.AvgPool2d pool, Tensor x, Tensor y, Tap tap) {
    int height = x.size(2);
    int width = x.size(3);
    for (int yAt = 0; yAt < y.count(); yAt++) {
      int column = yAt % y.size(3) * pool.strideW();
      int row = yAt / y.size(3) % y.size(2) * pool.strideH();
      int plane = yAt / y.size(3) / y.size(2);
      for (int i = row; i < row + pool.kernelH(); i++) {
        for (int j = column; j < column + pool.kernelW(); j++) {
          tap.at((plane * height + i) * width + j, 0, yAt);
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
