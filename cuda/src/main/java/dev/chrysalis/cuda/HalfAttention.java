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

/// Attention of 16-bit elements on tensor cores, forward and backward, without the matrix of scores
/// in memory: see `attention.cu`.
final class HalfAttention {
  private static final String FILE = "attention.cu";
  private static final int ALIGNED = 8;
  private static final int STAT_LANES = 256;
  private static final int STAT_ROWS = 32;

  /// One kernel of an instance.
  private record Tile(int rows, int lanes, int sharedBytes) {
    long groups(int queries, long heads) {
      return (long) ((queries + rows - 1) / rows) * heads;
    }
  }

  /// Kernels for heads of at most `size` elements.
  private record Instance(int size, Tile forward, Tile keys, Tile queries) {}

  /// As the table at the head of `attention.cu`.
  private static final List<Instance> INSTANCES =
      List.of(
          new Instance(
              32, new Tile(128, 256, 24576), new Tile(64, 128, 25600), new Tile(64, 128, 24576)),
          new Instance(
              64, new Tile(128, 128, 49152), new Tile(64, 128, 50176), new Tile(128, 128, 65536)),
          new Instance(
              80, new Tile(64, 128, 51200), new Tile(64, 128, 62464), new Tile(64, 128, 61440)),
          new Instance(
              96, new Tile(64, 128, 61440), new Tile(64, 128, 74752), new Tile(64, 128, 73728)),
          new Instance(
              128, new Tile(64, 128, 81920), new Tile(64, 128, 99328), new Tile(64, 128, 98304)),
          new Instance(
              160, new Tile(128, 256, 81920), new Tile(64, 128, 82432), new Tile(64, 128, 81920)));

  private HalfAttention() {}

  /// What all kernels of one attention begin with.
  private record Problem(Tensor q, Tensor k, Tensor v, boolean causal, double scale) {
    /// If there are kernels for it.
    static Optional<Problem> of(Work work, boolean causal, double scale, List<Tensor> in) {
      Tensor q = in.get(0);
      Tensor k = in.get(1);
      Tensor v = in.get(2);
      DType dtype = q.dtype();
      int d = q.size(3);
      boolean known =
          dtype.isHalf()
              && k.dtype() == dtype
              && v.dtype() == dtype
              && d % ALIGNED == 0
              && d <= INSTANCES.getLast().size()
              && v.size(3) == d
              && scale > 0
              && q.count() > 0
              && k.count() > 0;
      return known
          ? Optional.of(new Problem(work.dense(q), work.dense(k), work.dense(v), causal, scale))
          : Optional.empty();
    }

    Instance instance() {
      return INSTANCES.stream().filter(each -> each.size >= q.size(3)).findFirst().orElseThrow();
    }

    long heads() {
      return (long) q.size(0) * q.size(1);
    }

    Launch launch(Work work, String kernel, boolean sized) {
      int size = instance().size;
      String name =
          "attention_%s_%s".formatted(kernel, Results.word(q.dtype())) + (sized ? "_d" + size : "");
      String defines = "H_%s D_%d".formatted(q.dtype(), size);
      return work.launch(new KernelId(FILE, defines, name), DType.F32);
    }

    /// Sizes, the scale, then the operands.
    Launch begun(Work work, String kernel) {
      return launch(work, kernel, true)
          .with(q.size(0))
          .with(q.size(1))
          .with(k.size(1))
          .with(q.size(2))
          .with(k.size(2))
          .with(q.size(3))
          .with(causal)
          .number(scale)
          .read(q)
          .read(k)
          .read(v);
    }
  }

  /// `q, k, v → y, lse`
  ///
  /// @return whether there is a kernel for it
  static boolean run(Work work, boolean causal, double scale, List<Tensor> in, List<Tensor> out) {
    Optional<Problem> known =
        in.size() == 3 ? Problem.of(work, causal, scale, in) : Optional.empty();
    if (known.isEmpty()) {
      return false;
    }
    Problem p = known.get();
    Tensor y = Results.in(work, p.q().dtype(), out.get(0));
    Tensor lse = Results.in(work, DType.F32, out.get(1));
    Tile tile = p.instance().forward();
    p.begun(work, "forward")
        .write(y)
        .write(lse)
        .run(new Grid(tile.groups(p.q().size(2), p.heads()), tile.lanes(), tile.sharedBytes()));
    Results.handOver(work, y, out.get(0));
    Results.handOver(work, lse, out.get(1));
    return true;
  }

  /// `q, k, v, y, lse, dy → dq, dk, dv`
  ///
  /// @return whether there is a kernel for it
  static boolean grad(Work work, Op.AttentionGrad op, List<Tensor> in, List<Tensor> out) {
    Optional<Problem> known =
        op.hasMask() ? Optional.empty() : Problem.of(work, op.causal(), op.scale(), in);
    if (known.isEmpty()) {
      return false;
    }
    Problem p = known.get();
    DType dtype = p.q().dtype();
    Tensor y = Results.as(work, dtype, in.get(3));
    Tensor lse = Results.as(work, DType.F32, in.get(4));
    Tensor dy = Results.as(work, dtype, in.get(5));
    int rows = (int) (p.heads() * p.q().size(2));
    Tensor stats = work.tensor(DType.F32, rows, 2);
    p.launch(work, "backward_rows", false)
        .with(rows)
        .with(p.q().size(3))
        .read(dy)
        .read(y)
        .read(lse)
        .write(stats)
        .groups((rows + STAT_ROWS - 1) / STAT_ROWS, STAT_LANES);
    Tensor dq = Results.in(work, dtype, out.get(0));
    Tensor dk = Results.in(work, dtype, out.get(1));
    Tensor dv = Results.in(work, dtype, out.get(2));
    Tile keys = p.instance().keys();
    long keyHeads = (long) p.k().size(0) * p.k().size(1);
    p.begun(work, "backward_keys")
        .read(dy)
        .read(stats)
        .write(dk)
        .write(dv)
        .run(new Grid(keys.groups(p.k().size(2), keyHeads), keys.lanes(), keys.sharedBytes()));
    Tile queries = p.instance().queries();
    p.begun(work, "backward_queries")
        .read(dy)
        .read(stats)
        .write(dq)
        .run(
            new Grid(
                queries.groups(p.q().size(2), p.heads()), queries.lanes(), queries.sharedBytes()));
    Results.handOver(work, dq, out.get(0));
    Results.handOver(work, dk, out.get(1));
    Results.handOver(work, dv, out.get(2));
    return true;
  }
}
