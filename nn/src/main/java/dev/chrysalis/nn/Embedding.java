package dev.chrysalis.nn;

import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;

/// Rows of a table; ids `(…) → (…, D)`.
///
/// @param weight `(V, D)`
public record Embedding(Tensor weight) implements Layer {
  /// Takes `weight (count, dim)`.
  public static Embedding load(Weights w, int count, int dim) {
    return new Embedding(w.get("weight", count, dim));
  }

  @Override
  public Tensor forward(Tensor ids) {
    return Ops.embedding(weight, ids);
  }
}
