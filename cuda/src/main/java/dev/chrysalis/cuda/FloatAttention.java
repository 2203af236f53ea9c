package dev.chrysalis.cuda;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.Grid;
import dev.chrysalis.tensor.device.KernelId;
import dev.chrysalis.tensor.device.Launch;
import dev.chrysalis.tensor.device.Work;
import java.util.List;
import java.util.Optional;

/// Attention in F32 without a mask, forward and backward, by matrix products with all scores in
/// memory: see `attention_f32.cu`. Query heads that share keys are one more axis of the products.
final class FloatAttention {
  private static final String FILE = "attention_f32.cu";
  private static final int LANES = 256;

  private final FloatProducts products;
  private final long mostScores;

  /// @param memoryBytes of the device, an eighth of which scores may take
  FloatAttention(FloatProducts products, long memoryBytes) {
    this.products = products;
    this.mostScores = memoryBytes / 8 / Float.BYTES;
  }

  /// Operands with axes (batch and key heads, query heads of one key head, rows, elements).
  private record Problem(Tensor q, Tensor k, Tensor v, boolean causal, double scale) {
    static Problem of(Work work, boolean causal, double scale, List<Tensor> in) {
      Tensor q = work.dense(in.get(0));
      Tensor k = work.dense(in.get(1));
      Tensor v = work.dense(in.get(2));
      int heads = k.size(0) * k.size(1);
      return new Problem(
          Work.shaped(q, heads, q.size(1) / k.size(1), q.size(2), q.size(3)),
          Work.shaped(k, heads, 1, k.size(2), k.size(3)),
          Work.shaped(v, heads, 1, v.size(2), v.size(3)),
          causal,
          scale);
    }

    int heads() {
      return q.size(0);
    }

    int group() {
      return q.size(1);
    }

    int queries() {
      return q.size(2);
    }

    int keys() {
      return k.size(2);
    }

    int rows() {
      return heads() * group() * queries();
    }

    /// Of all scores.
    Tensor scores(Work work) {
      return work.tensor(DType.F32, heads(), group(), queries(), keys());
    }

    /// As rows of results of one query each.
    Tensor results(Tensor y) {
      return Work.shaped(y, heads(), group(), queries(), y.size(3));
    }

    /// All queries of a key head together.
    Tensor together(Tensor x) {
      return Work.shaped(x, heads(), group() * queries(), x.size(3));
    }

    Launch begun(Work work, String kernel) {
      return FloatAttention.launch(work, kernel)
          .with(queries())
          .with(keys())
          .with(causal)
          .number(scale);
    }
  }

  private static Launch launch(Work work, String kernel) {
    return work.launch(new KernelId(FILE, "", kernel), DType.F32);
  }

  private boolean takes(List<Tensor> in) {
    Tensor q = in.get(0);
    Tensor k = in.get(1);
    long scores = (long) q.size(0) * q.size(1) * q.size(2) * k.size(2);
    boolean floats = in.stream().allMatch(x -> x.dtype() == DType.F32 && x.count() > 0);
    return floats
        && scores <= mostScores
        && q.size(0) * q.size(1) <= FloatProducts.MOST_LAYERS
        && (long) q.size(0) * q.size(1) * q.size(2) <= Integer.MAX_VALUE;
  }

  /// `q, k, v → y, lse`
  ///
  /// @return whether there are kernels for it
  boolean run(Work work, boolean causal, double scale, List<Tensor> in, List<Tensor> out) {
    if (in.size() != 3 || !takes(in)) {
      return false;
    }
    Problem p = Problem.of(work, causal, scale, in);
    Tensor scores = p.scores(work);
    multiply(work, p.q(), Work.swapped(p.k()), scores);
    p.begun(work, "attention_weights")
        .write(scores)
        .write(out.get(1))
        .run(new Grid(p.rows(), LANES));
    multiply(work, scores, p.v(), p.results(out.getFirst()));
    return true;
  }

  /// `q, k, v, y, lse, dy → dq, dk, dv`
  ///
  /// @return whether there are kernels for it
  boolean grad(Work work, Op.AttentionGrad op, List<Tensor> in, List<Tensor> out) {
    if (op.hasMask() || !takes(in)) {
      return false;
    }
    Problem p = Problem.of(work, op.causal(), op.scale(), in);
    Tensor lse = work.dense(in.get(4));
    Tensor dy = work.dense(in.get(5));
    Tensor scores = p.scores(work);
    multiply(work, p.q(), Work.swapped(p.k()), scores);
    Tensor slopes = p.scores(work);
    multiply(work, p.results(dy), Work.swapped(p.v()), slopes);
    p.begun(work, "attention_slopes")
        .read(lse)
        .write(scores)
        .write(slopes)
        .run(new Grid(p.rows(), LANES));
    multiply(work, slopes, p.k(), p.results(out.get(0)));
    Tensor towardsKeys = Work.swapped(p.together(slopes));
    multiply(work, towardsKeys, p.together(p.q()), heads(p, out.get(1)));
    Tensor shares = Work.swapped(p.together(scores));
    multiply(work, shares, p.together(p.results(dy)), heads(p, out.get(2)));
    return true;
  }

  private static Tensor heads(Problem p, Tensor x) {
    return Work.shaped(x, p.heads(), p.keys(), x.size(3));
  }

  private void multiply(Work work, Tensor a, Tensor b, Tensor y) {
    if (!products.run(work, a, b, Optional.empty(), y)) {
      throw new AssertionError("row-major operands: %s, %s".formatted(a.type(), b.type()));
    }
  }
}
