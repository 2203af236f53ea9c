package dev.chrysalis.cuda;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Layout;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.Block;
import dev.chrysalis.tensor.device.Grid;
import dev.chrysalis.tensor.device.KernelId;
import dev.chrysalis.tensor.device.Launch;
import dev.chrysalis.tensor.device.Work;
import java.util.Optional;

/// Products of matrices of 16-bit elements on tensor cores: by `wgmma` on Hopper, by `mma` on all
/// others since sm_80. Sums are in F32 and are rounded once.
final class HalfProducts {
  private static final String HOPPER = "products_sm90.cu";
  private static final String OTHERS = "products_sm80.cu";

  /// Matrices of a batch are multiplied one after the other; more than these are left to one launch
  /// of the portable kernel.
  private static final int MAX_MATRICES = 64;

  private static final int TILE = 128;
  private static final int TILE_LANES = 128;
  private static final int TILE_BYTES = 96 << 10;
  private static final int ADD_LANES = 256;

  /// Results that the copy engine takes begin at multiples of 16 bytes.
  private static final int ALIGNED = 8;

  private final boolean hopper;
  private final int units;
  private final TensorMaps maps;

  HalfProducts(boolean hopper, int units, TensorMaps maps) {
    this.hopper = hopper;
    this.units = units;
    this.maps = maps;
  }

  /// One product of a batch.
  private record Problem(
      Operand a, Operand b, Optional<Tensor> bias, Tensor y, long offset, int m, int n, int k) {
    String defines() {
      return "H_%s %s %s"
          .formatted(
              a.tensor().dtype(), a.depthInside() ? "A_K" : "A_M", b.depthInside() ? "B_K" : "B_N");
    }

    boolean wide() {
      return y.dtype() == DType.F32;
    }

    /// Where results go, as all kernels take it.
    Launch results(Launch launch, Tensor to, long from, boolean withBias) {
      launch.write(to).with(from).with(to.dtype() == DType.F32).with((long) n);
      if (withBias && bias.isPresent()) {
        launch.read(bias.get()).with(bias.get().dtype() == DType.F32);
      } else {
        launch.nothing().with(false);
      }
      return launch.with(m).with(n);
    }
  }

  /// `y = a·w [+ bias]`, leading axes broadcast, if the kernels can take the operands as they lie.
  ///
  /// @param a `(…, m, k)`
  /// @param w `(…, k, n)`, of the same dtype
  /// @param bias `(n)`, row-major, of that dtype or F32
  /// @param y row-major, of that dtype or F32
  boolean run(Work work, Tensor a, Tensor w, Optional<Tensor> bias, Tensor y) {
    int m = y.size(-2);
    int n = y.size(-1);
    int k = a.size(-1);
    Shape batch = y.shape().range(0, y.rank() - 2);
    if (y.count() == 0 || k == 0 || batch.count() > MAX_MATRICES) {
      return false;
    }
    long rowA = a.stride(a.rank() - 2);
    long rowW = w.stride(w.rank() - 2);
    Layout layout =
        Layout.of(batch.toArray(), Work.repeated(a, batch, 2), Work.repeated(w, batch, 2));
    long[] from = new long[2];
    for (boolean dry : new boolean[] {true, false}) {
      for (int i = 0; i < batch.count(); i++) {
        place(layout, i, from);
        long offsetA = a.offset() + from[0];
        long offsetW = w.offset() + from[1];
        if (dry) {
          if (!Operand.fits(offsetA, m, k, rowA, a.stride(a.rank() - 1))
              || !Operand.fits(offsetW, n, k, w.stride(w.rank() - 1), rowW)) {
            return false;
          }
        } else {
          run(
              work,
              new Problem(
                  Operand.of(a, offsetA, m, k, rowA, a.stride(a.rank() - 1)),
                  Operand.of(w, offsetW, n, k, w.stride(w.rank() - 1), rowW),
                  bias,
                  y,
                  (long) i * m * n,
                  m,
                  n,
                  k));
        }
      }
    }
    return true;
  }

  /// Where matrix `i` of a batch begins in each operand.
  private static void place(Layout layout, int i, long[] from) {
    int rest = i;
    from[0] = 0;
    from[1] = 0;
    for (int axis = layout.rank() - 1; axis >= 0; axis--) {
      int index = rest % layout.sizes()[axis];
      rest /= layout.sizes()[axis];
      for (int operand = 0; operand < from.length; operand++) {
        from[operand] += index * layout.strides()[operand][axis];
      }
    }
  }

  private void run(Work work, Problem p) {
    if (hopper) {
      onHopper(work, p);
    } else {
      onOthers(work, p);
    }
  }

  private void onHopper(Work work, Problem p) {
    ProductPlan plan = ProductPlan.of(p.m, p.n, p.k, units);
    ProductPlan.Tile tile = plan.tile();
    boolean inParts = plan.parts() > 1;
    boolean staged = !inParts && !p.wide() && p.n % ALIGNED == 0 && p.offset % ALIGNED == 0;
    Tensor to = inParts ? work.tensor(DType.F32, plan.parts(), p.m, p.n) : p.y;
    byte[] mapA = p.a.map(maps, work.read(p.a.tensor()), tile.rows());
    byte[] mapB = p.b.map(maps, work.read(p.b.tensor()), tile.columns());
    Block results = work.written(to);
    byte[] mapY =
        staged
            ? maps.map(results, p.y.dtype() == DType.BF16, p.offset, p.m, p.n, p.n, 64, 64)
            : mapA;
    Launch launch =
        work.launch(new KernelId(HOPPER, p.defines(), tile.kernel()), DType.F32)
            .bytes(mapA)
            .bytes(mapB)
            .bytes(mapY)
            .with(staged);
    p.results(launch, to, inParts ? 0 : p.offset, !inParts)
        .with(p.k)
        .with(tile.band())
        .with(plan.parts())
        .run(new Grid(plan.groups(p.m, p.n, units), tile.lanes(), tile.sharedBytes()));
    if (inParts) {
      Launch adding =
          work.launch(new KernelId(HOPPER, p.defines(), "add_parts"), DType.F32)
              .read(to)
              .with(plan.parts());
      long count = (long) p.m * p.n;
      p.results(adding, p.y, p.offset, true).groups((count + ADD_LANES - 1) / ADD_LANES, ADD_LANES);
    }
  }

  private void onOthers(Work work, Problem p) {
    Launch launch = work.launch(new KernelId(OTHERS, p.defines(), "products_mma"), DType.F32);
    for (Operand x : new Operand[] {p.a, p.b}) {
      launch.from(x.tensor(), x.offset()).with(x.stride());
    }
    long tiles = (long) ((p.m + TILE - 1) / TILE) * ((p.n + TILE - 1) / TILE);
    p.results(launch, p.y, p.offset, true).with(p.k).run(new Grid(tiles, TILE_LANES, TILE_BYTES));
  }
}
