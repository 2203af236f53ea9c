package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Attention and rotary positions.
final class AttentionKernels {
  private static final String FILE = "attention.cl";
  private static final int LANES = 64;

  /// Widest head that a group has registers for.
  static final int MAX_HEAD = 8 * LANES;

  private AttentionKernels() {}

  /// What all kernels of one attention begin with: sizes, then operands.
  private record Problem(Tensor q, Tensor k, Tensor v, Mask mask, boolean causal, double scale) {
    static Problem of(Work work, boolean causal, double scale, boolean hasMask, List<Tensor> in) {
      Tensor q = work.dense(in.get(0));
      Tensor k = work.dense(in.get(1));
      Tensor v = work.dense(in.get(2));
      Shape scores = Shape.of(q.size(0), q.size(1), q.size(2), k.size(2));
      Mask mask = hasMask ? Mask.of(in.get(3), scores) : Mask.none();
      return new Problem(q, k, v, mask, causal, scale);
    }

    Launch sizes(Launch launch) {
      return launch
          .ints(
              q.size(1),
              k.size(1),
              q.size(2),
              k.size(2),
              q.size(3),
              v.size(3),
              causal ? 1 : 0,
              mask.kind())
          .number(scale);
    }

    Launch operands(Launch launch) {
      launch.read(q).read(k).read(v);
      return mask.addTo(launch);
    }

    long rows() {
      return (long) q.size(0) * q.size(1) * q.size(2);
    }
  }

  /// @param kind 0 none, 1 bytes that allow, 2 numbers that are added
  private record Mask(int kind, List<Tensor> tensor, long[] steps) {
    static Mask none() {
      return new Mask(0, List.of(), new long[0]);
    }

    static Mask of(Tensor mask, Shape scores) {
      boolean bytes = mask.dtype() == DType.BOOL || mask.dtype() == DType.U8;
      return new Mask(bytes ? 1 : 2, List.of(mask), Work.repeated(mask, scores));
    }

    Launch addTo(Launch launch) {
      if (kind == 1) {
        launch.read(tensor.getFirst()).nothing();
      } else if (kind == 2) {
        launch.nothing().read(tensor.getFirst());
      } else {
        launch.nothing().nothing();
      }
      return launch.steps(steps);
    }
  }

  static void attention(Work work, Op.Attention op, List<Tensor> in, List<Tensor> out) {
    List<Tensor> dense = masksDense(work, in, in.size() == 4);
    Problem p = Problem.of(work, op.causal(), op.scale(), in.size() == 4, dense);
    Launch launch = p.sizes(work.kernel(FILE, "attention", p.q().dtype()));
    p.operands(launch).write(out.get(0)).write(out.get(1)).groups(p.rows(), LANES);
  }

  /// The mask at the front of its block.
  private static List<Tensor> masksDense(Work work, List<Tensor> in, boolean hasMask) {
    List<Tensor> all = new ArrayList<>(in);
    if (hasMask) {
      all.set(3, work.dense(in.get(3)));
    }
    return all;
  }

  /// `q, k, v[, mask], y, lse, dy → dq, dk, dv[, dmask]`
  static void attentionGrad(Work work, Op.AttentionGrad op, List<Tensor> in, List<Tensor> out) {
    List<Tensor> dense = masksDense(work, in, op.hasMask());
    Problem p = Problem.of(work, op.causal(), op.scale(), op.hasMask(), dense);
    int at = op.hasMask() ? 4 : 3;
    DType dtype = p.q().dtype();
    Tensor y = work.dense(in.get(at));
    Tensor lse = work.dense(in.get(at + 1));
    Tensor dy = work.dense(in.get(at + 2));
    long rows = p.rows();
    int e = p.v().size(3);
    Tensor dots = work.tensor(dtype, lse.shape());
    work.kernel(FILE, "row_dots", dtype)
        .with(rows)
        .with(e)
        .read(y)
        .read(dy)
        .write(dots)
        .items(rows);
    Shape scores = Shape.of(p.q().size(0), p.q().size(1), p.q().size(2), p.k().size(2));
    Tensor weights = work.tensor(dtype, scores);
    Tensor slopes = work.tensor(dtype, scores);
    Launch launch = p.sizes(work.kernel(FILE, "attention_slopes", dtype).with(scores.count()));
    p.operands(launch)
        .read(lse)
        .read(dots)
        .read(dy)
        .write(weights)
        .write(slopes)
        .items(scores.count());
    Tensor dq = out.get(0);
    p.sizes(work.kernel(FILE, "attention_query_grad", dtype).with(dq.count()))
        .read(p.k())
        .read(slopes)
        .write(dq)
        .items(dq.count());
    keyGrad(work, p, op.scale(), slopes, p.q(), out.get(1));
    keyGrad(work, p, 1, weights, dy, out.get(2));
    if (op.maskGrad()) {
      sumTo(work, slopes, out.get(3));
    }
  }

  private static void keyGrad(
      Work work, Problem p, double scale, Tensor factor, Tensor rows, Tensor result) {
    work.kernel(FILE, "attention_key_grad", result.dtype())
        .with(result.count())
        .ints(p.q().size(1), p.k().size(1), p.q().size(2), p.k().size(2), p.q().size(3))
        .with(result.size(3))
        .number(scale)
        .read(factor)
        .read(rows)
        .write(result)
        .items(result.count());
  }

  /// `x (B, H, T, S)` summed over the axes along which the mask was repeated.
  private static void sumTo(Work work, Tensor x, Tensor y) {
    int extra = x.rank() - y.rank();
    List<Integer> axes = new ArrayList<>();
    for (int axis = 0; axis < x.rank(); axis++) {
      if (axis < extra || (y.size(axis - extra) == 1 && x.size(axis) != 1)) {
        axes.add(axis);
      }
    }
    ReduceKernels.reduce(work, false, axes, x, y);
  }

  static void rope(Work work, boolean inverse, List<Tensor> in, Tensor y) {
    Tensor cos = work.dense(in.get(1));
    work.kernel(FILE, "rope", y.dtype())
        .with(y.count() / 2)
        .with(y.size(-1) / 2)
        .with(cos.count())
        .with(inverse)
        .read(work.dense(in.get(0)))
        .read(cos)
        .read(work.dense(in.get(2)))
        .write(y)
        .items(y.count() / 2);
  }
}
