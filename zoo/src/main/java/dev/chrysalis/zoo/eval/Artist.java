package dev.chrysalis.zoo.eval;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.tensor.Tensor;

/// Turns visual tokens into pixels.
@FunctionalInterface
public interface Artist {
  /// @param features `(m, C)`
  /// @param seed of the noise the picture grows from
  Picture draw(Tensor features, long seed);
}
