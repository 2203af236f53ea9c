package dev.chrysalis.zoo.train;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;

/// Visual tokens moved away from where they are, as predicted ones stand beside the right ones.
final class MovedTokens {
  private static final double NORM_EPS = 1e-12;

  private MovedTokens() {}

  /// `(f + s·ε/√C) / ‖f + s·ε/√C‖` with `ε ~ N(0, 1)`: a length of s sideways in expectation.
  ///
  /// @param features of length 1, `(n, m, C)`
  /// @param distances `s` of each picture, `(n, 1, 1)`
  static Tensor of(Tensor features, Tensor distances, long seed, long stream) {
    Tensor noise = Ops.normal(DType.F32, seed, stream, features.shape().toArray());
    Tensor move = noise.mul(distances).mul(1 / Math.sqrt(features.size(2)));
    return Ops.l2Normalize(features.add(move), -1, NORM_EPS);
  }
}
