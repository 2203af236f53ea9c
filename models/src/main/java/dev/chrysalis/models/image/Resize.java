package dev.chrysalis.models.image;

/// Resampling of 8-bit pictures that gives the same bytes as Pillow.
///
/// One axis at a time, columns then rows, each result rounded to 8 bits. With `s = in / out` and `r
/// = max(s, 1)`, output pixel `i` has its centre at `c = (i + 0.5) s` and sums the input pixels `j`
/// within `support · r` of it, weighted by `w((j + 0.5 − c) / r)` and normalised to 1. Weights are
/// fixed-point numbers of 22 bits after the point, so sums are integers and the same on every
/// machine. An axis whose size stays is not touched.
public final class Resize {
  /// 32 bits less 8 for the sample and 2 for sums beyond the range of a sample.
  private static final int PRECISION_BITS = 22;

  private Resize() {}

  /// Weights of one axis: output `i` sums `count[i]` inputs from `first[i]` on, with the weights
  /// that start at `weights[i · stride]`.
  private record Taps(int stride, int[] first, int[] count, int[] weights) {}

  /// `(h, w) → (height, width)`.
  public static Picture apply(Picture in, int width, int height, Filter filter) {
    if (width < 1 || height < 1 || (long) width * height > PictureHeader.MAX_PIXELS) {
      throw new PictureException(
          "resize: got size %d x %d, need 1 x 1 to %d pixels"
              .formatted(width, height, PictureHeader.MAX_PIXELS));
    }
    if (filter == Filter.NEAREST) {
      return nearest(in, width, height);
    }
    Picture wide = in.width() == width ? in : columns(in, taps(in.width(), width, filter));
    return wide.height() == height ? wide : rows(wide, taps(wide.height(), height, filter));
  }

  private static Taps taps(int in, int out, Filter filter) {
    double scale = (double) in / out;
    double reach = Math.max(scale, 1);
    double support = filter.support() * reach;
    int stride = (int) Math.ceil(support) * 2 + 1;
    int[] first = new int[out];
    int[] count = new int[out];
    int[] weights = new int[Math.multiplyExact(out, stride)];
    double[] w = new double[stride];
    for (int i = 0; i < out; i++) {
      double centre = (i + 0.5) * scale;
      first[i] = Math.max((int) (centre - support + 0.5), 0);
      count[i] = Math.min((int) (centre + support + 0.5), in) - first[i];
      double sum = 0;
      for (int j = 0; j < count[i]; j++) {
        w[j] = filter.weight((j + first[i] - centre + 0.5) * (1 / reach));
        sum += w[j];
      }
      for (int j = 0; j < count[i]; j++) {
        double fixed = (sum == 0 ? w[j] : w[j] / sum) * (1 << PRECISION_BITS);
        weights[i * stride + j] = (int) (fixed + Math.copySign(0.5, fixed));
      }
    }
    return new Taps(stride, first, count, weights);
  }

  private static Picture columns(Picture in, Taps taps) {
    int width = taps.first.length;
    byte[] from = in.rgb();
    byte[] to = new byte[width * in.height() * Picture.CHANNELS];
    for (int y = 0, at = 0; y < in.height(); y++) {
      for (int x = 0; x < width; x++, at += Picture.CHANNELS) {
        int start = (y * in.width() + taps.first[x]) * Picture.CHANNELS;
        sum(from, start, Picture.CHANNELS, taps, x, to, at);
      }
    }
    return new Picture(width, in.height(), to);
  }

  private static Picture rows(Picture in, Taps taps) {
    int height = taps.first.length;
    int stride = in.width() * Picture.CHANNELS;
    byte[] from = in.rgb();
    byte[] to = new byte[height * stride];
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < stride; x += Picture.CHANNELS, at += Picture.CHANNELS) {
        sum(from, taps.first[y] * stride + x, stride, taps, y, to, at);
      }
    }
    return new Picture(in.width(), height, to);
  }

  /// One output pixel: `Σ_j weights[j] · from[start + j · step]`, rounded, for three channels.
  private static void sum(byte[] from, int start, int step, Taps taps, int out, byte[] to, int at) {
    int red = 1 << PRECISION_BITS - 1;
    int green = red;
    int blue = red;
    int weight = out * taps.stride;
    for (int j = 0, i = start; j < taps.count[out]; j++, i += step) {
      int w = taps.weights[weight + j];
      red += w * (from[i] & 0xFF);
      green += w * (from[i + 1] & 0xFF);
      blue += w * (from[i + 2] & 0xFF);
    }
    to[at] = (byte) Math.clamp(red >> PRECISION_BITS, 0, 255);
    to[at + 1] = (byte) Math.clamp(green >> PRECISION_BITS, 0, 255);
    to[at + 2] = (byte) Math.clamp(blue >> PRECISION_BITS, 0, 255);
  }

  private static Picture nearest(Picture in, int width, int height) {
    int[] column = nearest(in.width(), width);
    int[] row = nearest(in.height(), height);
    byte[] from = in.rgb();
    byte[] to = new byte[width * height * Picture.CHANNELS];
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < width; x++, at += Picture.CHANNELS) {
        int i = (row[y] * in.width() + column[x]) * Picture.CHANNELS;
        to[at] = from[i];
        to[at + 1] = from[i + 1];
        to[at + 2] = from[i + 2];
      }
    }
    return new Picture(width, height, to);
  }

  /// `floor((i + 0.5) · in / out)`, the position grown by adding, so that ties fall as in Pillow.
  private static int[] nearest(int in, int out) {
    int[] source = new int[out];
    double scale = (double) in / out;
    double position = scale * 0.5;
    for (int i = 0; i < out; i++, position += scale) {
      source[i] = Math.min((int) position, in - 1);
    }
    return source;
  }
}
