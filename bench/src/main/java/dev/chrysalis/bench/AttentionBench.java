package dev.chrysalis.bench;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// Attention, forward. Operations of a causal one are those of the keys that are seen.
public final class AttentionBench {
  private AttentionBench() {}

  /// Measures one attention.
  ///
  /// @param dtype of queries, keys, values and the result
  /// @throws BenchException if the backend computes it wrongly
  public static BenchRow run(AttentionShape s, DType dtype, Timing.Plan plan) {
    return Scope.compute(
        () -> {
          Tensor q = Ops.normal(dtype, 1, 0, s.batch(), s.heads(), s.queries(), s.size());
          Tensor k = Ops.normal(dtype, 1, 1, s.batch(), s.heads(), s.keys(), s.size());
          Tensor v = Ops.normal(dtype, 1, 2, s.batch(), s.heads(), s.keys(), s.size());
          double scale = 1 / Math.sqrt(s.size());
          return new OpBench(
                  "attention",
                  s.toString(),
                  new Op.Attention(s.causal(), scale),
                  List.of(q, k, v),
                  dtype.isHalf() ? SpotCheck.ROUNDED_TERMS : SpotCheck.TERMS,
                  index -> exact(q, k, v, s.causal(), scale, index))
              .run(plan);
        },
        _ -> List.of());
  }

  private static SpotCheck.Sum exact(
      Tensor q, Tensor k, Tensor v, boolean causal, double scale, int[] index) {
    int batch = index[0];
    int head = index[1];
    int seen = causal ? index[2] + 1 + k.size(2) - q.size(2) : k.size(2);
    double[] logits = new double[seen];
    double max = Double.NEGATIVE_INFINITY;
    for (int t = 0; t < seen; t++) {
      for (int i = 0; i < q.size(3); i++) {
        double query = SpotCheck.at(q, batch, head, index[2], i);
        logits[t] += scale * query * SpotCheck.at(k, batch, head, t, i);
      }
      max = Math.max(max, logits[t]);
    }
    double all = 0;
    for (double logit : logits) {
      all += Math.exp(logit - max);
    }
    SpotCheck.Sum sum = SpotCheck.Sum.ZERO;
    for (int t = 0; t < seen; t++) {
      double share = Math.exp(logits[t] - max) / all;
      sum = sum.plus(share * SpotCheck.at(v, batch, head, t, index[3]));
    }
    return sum;
  }
}
