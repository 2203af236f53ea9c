package dev.chrysalis.models.llama;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;

/// Rotary positions: pair `(x_i, x_{i+d/2})` of a head turns by `position · f_i`, `f_i =
/// theta^(−2i/d)`, scaled as the config says. Su et al. 2021, arXiv:2104.09864.
public final class Rope {
  private final double[] frequencies;

  public Rope(LlamaConfig config) {
    frequencies = new double[config.headDim() / 2];
    for (int i = 0; i < frequencies.length; i++) {
      double plain = Math.pow(config.ropeTheta(), -2.0 * i / config.headDim());
      int index = i;
      frequencies[i] =
          config.ropeScaling().map(scaling -> scaling.apply(index, plain)).orElse(plain);
    }
  }

  /// The angular frequencies `f_i`, `d/2` of them.
  public double[] frequencies() {
    return frequencies.clone();
  }

  /// Tables for `count` positions from `start` on, shared by all layers of a forward pass.
  public Table table(int start, int count) {
    int half = frequencies.length;
    float[] cos = new float[count * half];
    float[] sin = new float[count * half];
    for (int t = 0; t < count; t++) {
      for (int i = 0; i < half; i++) {
        double angle = (start + t) * frequencies[i];
        cos[t * half + i] = (float) Math.cos(angle);
        sin[t * half + i] = (float) Math.sin(angle);
      }
    }
    return new Table(Tensor.of(cos, count, half), Tensor.of(sin, count, half));
  }

  /// Cosines and sines of the angles.
  ///
  /// @param cos `(T, d/2)`
  /// @param sin `(T, d/2)`
  public record Table(Tensor cos, Tensor sin) {
    /// `(B, H, T, d) → (B, H, T, d)`
    public Tensor rotate(Tensor x) {
      return Ops.run(new Op.Rope(false), x, cos.to(x.dtype()), sin.to(x.dtype()));
    }
  }
}
