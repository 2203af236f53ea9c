package dev.chrysalis.tensor;

import static dev.chrysalis.tensor.TypeChecks.floats;
import static dev.chrysalis.tensor.TypeChecks.integers;
import static dev.chrysalis.tensor.TypeChecks.rank;
import static dev.chrysalis.tensor.TypeChecks.require;
import static dev.chrysalis.tensor.TypeChecks.same;
import static dev.chrysalis.tensor.TypeChecks.sameDType;

import java.util.List;

/// Shape rules of norms, cross-entropy, rotary positions and embeddings, each with that of its
/// gradient.
final class LayerRules {
  private LayerRules() {}

  static List<TensorType> layerNorm(List<TensorType> in) {
    TensorType x = scaled("layer_norm", in, -1);
    TensorType rows = rows(x);
    return List.of(x, rows, rows);
  }

  static List<TensorType> layerNormGrad(List<TensorType> in) {
    TensorType x = scaled("layer_norm grad", in.subList(0, 2), -1);
    same("layer_norm grad", List.of(x, in.get(4)));
    same("layer_norm grad", List.of(rows(x), in.get(2), in.get(3)));
    return List.of(x, in.get(1), in.get(1));
  }

  static List<TensorType> rmsNorm(List<TensorType> in) {
    TensorType x = scaled("rms_norm", in, -1);
    return List.of(x, rows(x));
  }

  static List<TensorType> rmsNormGrad(List<TensorType> in) {
    TensorType x = scaled("rms_norm grad", in.subList(0, 2), -1);
    same("rms_norm grad", List.of(x, in.get(3)));
    same("rms_norm grad", List.of(rows(x), in.get(2)));
    return List.of(x, in.get(1));
  }

  /// One number for each run of the last axis.
  private static TensorType rows(TensorType x) {
    return new TensorType(x.dtype(), x.shape().without(-1));
  }

  static List<TensorType> groupNorm(String op, List<TensorType> in, int groups) {
    TensorType x = scaled(op, List.of(rank(op, in.get(0), 2, 8), in.get(1), in.get(2)), 1);
    require(
        groups > 0 && x.shape().size(1) % groups == 0,
        "%s: %d groups do not divide the channels of %s",
        op,
        groups,
        x.shape());
    TensorType stats = new TensorType(x.dtype(), Shape.of(x.shape().size(0), groups));
    return List.of(x, stats, stats);
  }

  static List<TensorType> groupNormGrad(List<TensorType> in, int groups) {
    List<TensorType> forward = groupNorm("group_norm grad", in.subList(0, 3), groups);
    same("group_norm grad", List.of(in.get(0), in.get(5)));
    same("group_norm grad", List.of(forward.get(1), in.get(3), in.get(4)));
    return List.copyOf(in.subList(0, 3));
  }

  /// `x` and weights of the size of its `axis`.
  private static TensorType scaled(String op, List<TensorType> in, int axis) {
    TensorType x = floats(op, rank(op, in.getFirst(), 1, 8));
    Shape need = Shape.of(x.shape().size(axis));
    for (TensorType weight : in.subList(1, in.size())) {
      sameDType(op, x, weight);
      require(
          weight.shape().equals(need), "%s: weights: got %s, need %s", op, weight.shape(), need);
    }
    return x;
  }

  static List<TensorType> crossEntropy(List<TensorType> in) {
    TensorType logits = floats("cross_entropy", rank("cross_entropy logits", in.get(0), 2, 2));
    integers("cross_entropy target", in.get(1));
    require(
        in.get(1).shape().equals(logits.shape().range(0, 1)),
        "cross_entropy: logits %s need targets (%d), got %s",
        logits.shape(),
        logits.shape().size(0),
        in.get(1).shape());
    return List.of(new TensorType(logits.dtype(), Shape.of()), rows(logits));
  }

  static TensorType crossEntropyGrad(List<TensorType> in) {
    List<TensorType> forward = crossEntropy(in.subList(0, 2));
    same("cross_entropy grad", List.of(forward.get(1), in.get(2)));
    same("cross_entropy grad", List.of(forward.get(0), in.get(3)));
    return in.getFirst();
  }

  static TensorType rope(List<TensorType> in) {
    TensorType x = floats("rope", rank("rope", in.getFirst(), 2, 8));
    int d = x.shape().size(-1);
    Shape need = Shape.of(x.shape().size(-2), d / 2);
    require(d % 2 == 0, "rope: last axis must be even, got %s", x.shape());
    for (TensorType table : in.subList(1, 3)) {
      sameDType("rope", x, table);
      require(table.shape().equals(need), "rope: table: got %s, need %s", table.shape(), need);
    }
    return x;
  }

  static TensorType embedding(List<TensorType> in) {
    TensorType table = rank("embedding table", in.get(0), 2, 2);
    integers("embedding ids", in.get(1));
    return new TensorType(table.dtype(), in.get(1).shape().concat(table.shape().range(1, 2)));
  }

  static TensorType embeddingGrad(List<TensorType> in, int rows) {
    TensorType ids = integers("embedding ids", in.get(0));
    TensorType dy = floats("embedding grad", rank("embedding grad", in.get(1), 1, 9));
    Shape table = Shape.of(rows, dy.shape().size(-1));
    TensorType y = embedding(List.of(new TensorType(dy.dtype(), table), ids));
    same("embedding grad", List.of(y, dy));
    return new TensorType(dy.dtype(), table);
  }
}
