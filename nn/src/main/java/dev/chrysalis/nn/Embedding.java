package dev.chrysalis.nn;

import dev.chrysalis.tensor.Tensor;

/// Rows of a table; ids `(…) → (…, D)`.
///
/// @param weight `(V, D)`
public record Embedding(Matrix weight) implements Layer {
  /// Takes `weight (count, dim)`.
  public static Embedding load(Weights w, int count, int dim) {
    return new Embedding(w.matrix("weight", count, dim));
  }

  @Override
  public Tensor forward(Tensor ids) {
    return weight.rowsAt(ids);
  }
}
