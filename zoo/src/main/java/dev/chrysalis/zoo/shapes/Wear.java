package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;

/// What happens to pictures on their way: a Gaussian blur and noise. Training pictures get a little
/// of it, so that the model is not lost on other programs' edges and JPEG's ripples; the checker is
/// measured under more.
final class Wear {
  private Wear() {}

  /// Blurred by a Gaussian of `sigma` pixels (0 leaves it sharp), then Gaussian noise of `noise`
  /// levels added.
  static Picture apply(Picture picture, double sigma, double noise, Dice dice) {
    int w = picture.width();
    int h = picture.height();
    double[] values = new double[picture.rgb().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = picture.rgb()[i] & 255;
    }
    if (sigma > 0) {
      values = blur(blur(values, w, h, sigma, true), w, h, sigma, false);
    }
    byte[] rgb = new byte[values.length];
    for (int i = 0; i < rgb.length; i++) {
      double v = noise > 0 ? values[i] + noise * gauss(dice) : values[i];
      rgb[i] = (byte) Math.clamp(Math.round(v), 0, 255);
    }
    return new Picture(w, h, rgb);
  }

  private static double[] blur(double[] in, int w, int h, double sigma, boolean across) {
    int reach = (int) Math.ceil(2.5 * sigma);
    double[] weights = new double[2 * reach + 1];
    double total = 0;
    for (int d = -reach; d <= reach; d++) {
      weights[d + reach] = Math.exp(-0.5 * d * d / (sigma * sigma));
      total += weights[d + reach];
    }
    double[] out = new double[in.length];
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        for (int d = -reach; d <= reach; d++) {
          double weight = weights[d + reach] / total;
          int sx = across ? Math.clamp(x + d, 0, w - 1) : x;
          int sy = across ? y : Math.clamp(y + d, 0, h - 1);
          for (int c = 0; c < 3; c++) {
            out[3 * (y * w + x) + c] += weight * in[3 * (sy * w + sx) + c];
          }
        }
      }
    }
    return out;
  }

  /// Sum of four uniforms, scaled to variance 1: close enough to a normal for noise.
  private static double gauss(Dice dice) {
    return (dice.unit() + dice.unit() + dice.unit() + dice.unit() - 2) * Math.sqrt(3);
  }
}
