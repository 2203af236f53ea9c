package dev.chrysalis.cuda;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Layout;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.Grid;
import dev.chrysalis.tensor.device.KernelId;
import dev.chrysalis.tensor.device.Launch;
import dev.chrysalis.tensor.device.Work;
import java.util.List;
import java.util.Optional;

/// Products of F32 matrices, the right one of 16 bits too, on the CUDA cores: see
/// `products_f32.cu`. Nothing is rounded on the way.
final class FloatProducts {
  private static final String FILE = "products_f32.cu";
  private static final int ADD_LANES = 256;

  /// Groups along the third axis of a grid: matrices, or parts of their sums.
  static final int MOST_LAYERS = 65_535;

  /// Elements of a sum that are worth a part of their own.
  private static final int PART = 128;

  private static final int MOST_PARTS = 16;

  /// What a group does before its first and after its last step, in steps.
  private static final int OVERHEAD = 48;

  /// Parts of a sum begin at multiples of this.
  private static final int DEPTH = 16;

  /// A kernel: results of a group, and what it takes.
  ///
  /// @param speeds how fast a unit works with one group of it, two and so on, at best 1
  private record Tile(int rows, int columns, int lanes, int sharedBytes, double... speeds) {
    String suffix() {
      return rows + "x" + columns;
    }

    long tiles(int m, int n) {
      return (long) ((m + rows - 1) / rows) * ((n + columns - 1) / columns);
    }
  }

  /// Speeds as on an H100.
  private static final List<Tile> TILES =
      List.of(
          new Tile(128, 128, 256, 33_792, 0.95, 1),
          new Tile(128, 64, 128, 25_600, 0.7, 0.9, 0.95),
          new Tile(64, 64, 128, 17_408, 0.5, 0.68, 0.75, 0.8));

  private final int units;

  /// @param units of the device
  FloatProducts(int units) {
    this.units = units;
  }

  /// An operand: which of its axes is contiguous, and lines of the other.
  private record Lines(boolean depthInside, long stride) {
    /// If one of the two steps is 1.
    static Optional<Lines> of(int rows, int depth, long rowStep, long depthStep) {
      if (depthStep == 1 || depth == 1) {
        return Optional.of(new Lines(true, rows == 1 ? depth : rowStep));
      }
      return rowStep == 1 || rows == 1
          ? Optional.of(new Lines(false, depthStep))
          : Optional.empty();
    }
  }

  /// `y = a·w [+ bias]`, leading axes broadcast, if the kernels can take the operands as they lie.
  ///
  /// @param a `(…, m, k)`, F32
  /// @param w `(…, k, n)`, F32; of 16 bits if its columns are contiguous
  /// @param bias `(n)`, row-major, F32
  /// @param y row-major, F32
  boolean run(Work work, Tensor a, Tensor w, Optional<Tensor> bias, Tensor y) {
    int m = y.size(-2);
    int n = y.size(-1);
    int k = a.size(-1);
    Shape batch = y.shape().range(0, y.rank() - 2);
    long[] stepsA = Work.repeated(a, batch, 2);
    long[] stepsW = Work.repeated(w, batch, 2);
    Layout layout = Layout.of(batch.toArray(), stepsA, stepsW);
    int r = a.rank() - 2;
    int s = w.rank() - 2;
    Optional<Lines> linesA = Lines.of(m, k, a.stride(r), a.stride(r + 1));
    Optional<Lines> linesW = Lines.of(n, k, w.stride(s + 1), w.stride(s));
    boolean half = w.dtype().isHalf();
    if (y.count() == 0
        || k == 0
        || layout.rank() > 2
        || batch.count() > MOST_LAYERS
        || linesA.isEmpty()
        || linesW.isEmpty()
        || (half && !(linesA.get().depthInside() && linesW.get().depthInside()))) {
      return false;
    }
    int batches = (int) batch.count();
    Plan plan = plan(m, n, k, batches, half);
    Tile tile = plan.tile();
    int depth = plan.depth(k);
    int parts = (k + depth - 1) / depth;
    Tensor to = parts > 1 ? work.tensor(DType.F32, parts, (int) y.count()) : y;
    // A layout of one matrix has steps that nothing takes; they would only seem to be unaligned.
    long[][] steps = batches == 1 ? new long[2][1] : layout.strides();
    String name =
        "sgemm_%s%s_%s%s"
            .formatted(
                linesA.get().depthInside() ? "n" : "t",
                linesW.get().depthInside() ? "t" : "n",
                half ? Results.word(w.dtype()) + "_" : "",
                tile.suffix());
    Launch launch =
        launch(work, name).with(m).with(n).with(k).with(depth).with(batches).with(layout.inner());
    for (long[] operand : steps) {
      launch.with(operand.length == 2 ? operand[0] : 0L).with(operand[operand.length - 1]);
    }
    int aligned =
        aligned(a, linesA.get(), steps[0], 1)
            | aligned(w, linesW.get(), steps[1], 2)
            | (n % 4 == 0 ? 4 : 0);
    launch.with(linesA.get().stride()).with(linesW.get().stride()).with(aligned).at(a).at(w);
    if (parts == 1 && bias.isPresent()) {
      launch.read(bias.get());
    } else {
      launch.nothing();
    }
    launch
        .write(to)
        .run(new Grid(tile.tiles(m, n), 1, batches * parts, tile.lanes(), tile.sharedBytes()));
    if (parts > 1) {
      Launch adding = launch(work, "sgemm_sum").with(y.count()).with(n).with(parts).read(to);
      bias.ifPresentOrElse(adding::read, adding::nothing);
      adding.write(y).groups((y.count() + ADD_LANES - 1) / ADD_LANES, ADD_LANES);
    }
    return true;
  }

  private static Launch launch(Work work, String name) {
    return work.launch(new KernelId(FILE, "", name), DType.F32);
  }

  /// What makes a product: groups of which kernel, and the sum in how many parts.
  private record Plan(Tile tile, int parts) {
    /// Work of the unit that has most, in results by steps at full speed.
    double cost(long groups, int k, int units) {
      int together = (int) Math.max(1, (groups * parts + units - 1) / units);
      double speed = tile.speeds()[Math.min(together, tile.speeds().length) - 1];
      double steps = (double) k / parts + OVERHEAD * (parts > 1 ? 2 : 1);
      return together * steps * tile.rows() * tile.columns() / speed;
    }

    int depth(int k) {
      return parts == 1 ? k : ((k + parts - 1) / parts + DEPTH - 1) / DEPTH * DEPTH;
    }
  }

  private Plan plan(int m, int n, int k, int batches, boolean half) {
    Plan best = null;
    double least = Double.POSITIVE_INFINITY;
    int most = Math.clamp(k / PART, 1, Math.min(MOST_PARTS, MOST_LAYERS / batches));
    for (Tile tile : TILES) {
      if (half && tile.rows() != tile.columns()) {
        continue;
      }
      for (int parts = 1; parts <= most; parts++) {
        Plan plan = new Plan(tile, parts);
        double cost = plan.cost(tile.tiles(m, n) * batches, k, units);
        if (cost < least) {
          best = plan;
          least = cost;
        }
      }
    }
    return best;
  }

  /// The bit, if four elements lie at multiples of their size.
  private static int aligned(Tensor x, Lines lines, long[] steps, int bit) {
    boolean aligned = x.offset() % 4 == 0 && lines.stride() % 4 == 0;
    for (long step : steps) {
      aligned &= step % 4 == 0;
    }
    return aligned ? bit : 0;
  }
}
