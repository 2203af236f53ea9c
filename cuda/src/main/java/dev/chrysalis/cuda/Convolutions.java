package dev.chrysalis.cuda;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.Grid;
import dev.chrysalis.tensor.device.KernelId;
import dev.chrysalis.tensor.device.Launch;
import dev.chrysalis.tensor.device.Work;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Convolutions as products of the filters with the unrolled input, which is unrolled on its way:
/// see `convolutions.cu`. In F32 on the CUDA cores, of 16-bit elements on tensor cores.
final class Convolutions {
  private static final String FILE = "convolutions.cu";
  private static final int LANES = 256;

  /// Steps of a sum that are worth a part of their own.
  private static final int PART_STEPS = 8;

  /// Channels and outputs that a group of `conv_swap` exchanges.
  private static final int SWAPPED = 128;

  /// How the input is unrolled: filters of nine taps, of one, or any.
  private enum Kind {
    NINE("3x3"),
    ONE("1x1"),
    ANY("any");

    private final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  /// Outputs and pixels of a group, and what it takes.
  ///
  /// @param nineBytes of shared memory, for filters of nine taps
  private record Tile(int rows, int columns, int lanes, int nineBytes, int bytes) {
    String suffix() {
      return rows + "x" + columns;
    }

    long tiles(int outputs, int pixels) {
      return (long) ((outputs + rows - 1) / rows) * ((pixels + columns - 1) / columns);
    }

    int sharedBytes(Kind kind) {
      return kind == Kind.NINE ? nineBytes : bytes;
    }
  }

  private static final Tile BIG = new Tile(128, 128, 256, 57_024, 50_688);
  private static final Tile SMALL = new Tile(64, 64, 128, 29_376, 26_112);
  private static final List<Tile> FLOAT_TILES =
      List.of(
          BIG,
          new Tile(64, 128, 128, 43_200, 38_400),
          new Tile(128, 64, 128, 43_200, 38_400),
          SMALL);
  private static final Tile HIGH_HALF = new Tile(128, 64, 128, 61_440, 43_008);
  private static final Tile SMALL_HALF = new Tile(64, 64, 64, 39_936, 27_648);
  private static final List<Tile> HALF_TILES =
      List.of(
          new Tile(128, 128, 256, 79_872, 55_296),
          new Tile(64, 128, 128, 58_368, 39_936),
          HIGH_HALF,
          SMALL_HALF);
  private static final Tile FLOAT_WEIGHTS = new Tile(128, 128, 256, 51_712, 51_712);
  private static final Tile SMALL_FLOAT_WEIGHTS = new Tile(64, 64, 128, 26_624, 26_624);
  private static final Tile HALF_WEIGHTS = new Tile(128, 96, 256, 97_536, 97_536);

  private final int units;

  /// @param units of the device
  Convolutions(int units) {
    this.units = units;
  }

  /// Strides, pads and dilations, as the kernels take them.
  ///
  /// @param up 0, or how many pixels apart those of the input are, `h + 65536 w`
  private record Geometry(
      int strideH, int strideW, int padTop, int padLeft, int dilationH, int dilationW, int up) {
    static Geometry of(Conv2dSpec s) {
      return new Geometry(
          s.strideH(), s.strideW(), s.padTop(), s.padLeft(), s.dilationH(), s.dilationW(), 0);
    }

    /// Of the convolution that takes gradients of outputs to those of inputs.
    static Geometry back(Conv2dSpec s, int kernelH, int kernelW) {
      boolean one = s.strideH() == 1 && s.strideW() == 1;
      return new Geometry(
          1,
          1,
          s.dilationH() * (kernelH - 1) - s.padTop(),
          s.dilationW() * (kernelW - 1) - s.padLeft(),
          s.dilationH(),
          s.dilationW(),
          one ? 0 : s.strideH() | s.strideW() << 16);
    }

    boolean plain() {
      return strideH == 1 && strideW == 1 && dilationH == 1 && dilationW == 1 && up == 0;
    }
  }

  /// `x (B, C, H, W), w (O, C, kh, kw)[, bias (O)] → y (B, O, H', W')`
  ///
  /// @return whether there is a kernel for it
  boolean forward(Work work, Conv2dSpec spec, List<Tensor> in, Tensor y) {
    if (!known(spec, in, y)) {
      return false;
    }
    Tensor w = work.dense(in.get(1));
    return run(work, Geometry.of(spec), work.dense(in.get(0)), w, Results.bias(work, in), y);
  }

  /// `dy (B, O, H', W'), w (O, C, kh, kw)[, bias (C)] → dx (B, C, H, W)`: the forward convolution
  /// with the filters' axes exchanged and their taps reversed.
  ///
  /// @return whether there is a kernel for it
  boolean inputGrad(Work work, Conv2dSpec spec, List<Tensor> in, Tensor dx) {
    if (!known(spec, in, dx)) {
      return false;
    }
    Tensor dy = work.dense(in.get(0));
    Tensor w = work.dense(in.get(1));
    int outputs = w.size(0);
    int channels = w.size(1);
    int taps = w.size(2) * w.size(3);
    int size = w.dtype().sizeBytes();
    if (taps * SWAPPED * size > 48 << 10) {
      return false;
    }
    Tensor swapped = work.tensor(w.dtype(), channels, outputs, w.size(2), w.size(3));
    launch(work, w.dtype(), "REST", "conv_swap_" + size)
        .with(outputs)
        .with(channels)
        .with(taps)
        .read(w)
        .write(swapped)
        .run(new Grid((channels + 7) / 8, (outputs + 15) / 16, 1, LANES, taps * SWAPPED * size));
    Geometry back = Geometry.back(spec, w.size(2), w.size(3));
    return run(work, back, dy, swapped, Results.bias(work, in), dx);
  }

  private static boolean known(Conv2dSpec spec, List<Tensor> in, Tensor y) {
    DType dtype = y.dtype();
    return spec.groups() == 1
        && Stream.concat(in.stream(), Stream.of(y)).allMatch(Convolutions::hasShortPlaces)
        && (dtype == DType.F32 || dtype.isHalf())
        && in.stream().allMatch(x -> x.dtype() == dtype && x.count() > 0)
        && y.count() > 0;
  }

  /// Whether places in one picture, and of all pixels, are ints, with room for a tile beyond them.
  private static boolean hasShortPlaces(Tensor x) {
    long most = Integer.MAX_VALUE - 256;
    return x.rank() != 4
        || x.count() == 0
        || (x.count() / x.size(0) <= most && x.count() / x.size(1) <= most);
  }

  /// A kernel for elements of a dtype.
  ///
  /// @param kind of kernels that are built together
  private static Launch launch(Work work, DType dtype, String kind, String name) {
    String defines = "E_%s K_%s".formatted(dtype, kind);
    return work.launch(new KernelId(FILE, defines, name), DType.F32);
  }

  /// Sizes, as all kernels take them.
  private static Launch sizes(Launch launch, Geometry g, Tensor x, Tensor w, Tensor y) {
    return launch
        .with(x.size(0))
        .ints(
            g.strideH(),
            g.strideW(),
            g.padTop(),
            g.padLeft(),
            g.dilationH(),
            g.dilationW(),
            1,
            g.up())
        .with(x.size(1))
        .with(x.size(2))
        .with(x.size(3))
        .with(y.size(1))
        .with(y.size(2))
        .with(y.size(3))
        .with(w.size(2))
        .with(w.size(3));
  }

  private static Kind kind(Geometry g, Tensor x, Tensor w, Tensor y) {
    boolean half = x.dtype().isHalf();
    boolean sameWidth = x.size(3) == y.size(3);
    boolean samePlane = sameWidth && x.size(2) == y.size(2);
    if (w.size(2) == 3 && w.size(3) == 3) {
      boolean fits =
          half
              ? g.plain() && g.padLeft() == 1 && sameWidth && x.size(3) % 8 == 0
              : g.dilationH() == 1 && g.dilationW() == 1 && g.up() == 0;
      return fits ? Kind.NINE : Kind.ANY;
    }
    if (w.size(2) == 1 && w.size(3) == 1) {
      boolean unpadded = g.padTop() == 0 && g.padLeft() == 0;
      boolean fits =
          half ? g.plain() && unpadded && samePlane && x.size(2) * x.size(3) % 8 == 0 : g.up() == 0;
      return fits ? Kind.ONE : Kind.ANY;
    }
    return Kind.ANY;
  }

  private boolean run(Work work, Geometry g, Tensor x, Tensor w, Optional<Tensor> bias, Tensor y) {
    boolean half = y.dtype().isHalf();
    Kind kind = kind(g, x, w, y);
    int outputs = y.size(1);
    int pixels = (int) (y.count() / outputs);
    int plane = y.size(2) * y.size(3);
    int taps = x.size(1) * w.size(2) * w.size(3);
    Tile tile = tile(half, kind, outputs, pixels);
    int step = half ? (kind == Kind.NINE ? 48 : 32) : kind == Kind.NINE ? 18 : 16;
    int depth = depth(tile.tiles(outputs, pixels), taps, step);
    int parts = (taps + depth - 1) / depth;
    boolean inParts = parts > 1;
    int aligned = half && taps % 8 == 0 ? 2 : 0;
    aligned |= plane % (half ? 2 : 4) == 0 ? 4 : 0;
    String name = "conv_%s_%s_%s".formatted(Results.word(y.dtype()), kind.word, tile.suffix());
    Launch launch =
        sizes(launch(work, y.dtype(), kind.name(), name), g, x, w, y)
            .with(depth)
            .with(aligned)
            .read(x)
            .read(w);
    if (inParts || bias.isEmpty()) {
      launch.nothing();
    } else {
      launch.read(bias.get());
    }
    Tensor sums = inParts ? work.tensor(DType.F32, parts, (int) y.count()) : y;
    launch.write(y);
    if (inParts) {
      launch.write(sums);
    } else {
      launch.nothing();
    }
    launch.run(
        new Grid(tile.tiles(outputs, pixels), 1, parts, tile.lanes(), tile.sharedBytes(kind)));
    if (inParts) {
      add(work, sums, parts, plane, outputs, bias, y);
    }
    return true;
  }

  /// Adds parts in their order.
  private static void add(
      Work work, Tensor sums, int parts, int plane, int outputs, Optional<Tensor> bias, Tensor y) {
    Launch adding =
        launch(work, y.dtype(), "REST", "conv_sum_" + Results.word(y.dtype()))
            .with(y.count())
            .with(plane)
            .with(outputs)
            .with(parts)
            .read(sums);
    bias.ifPresentOrElse(adding::read, adding::nothing);
    adding.write(y).groups((y.count() + LANES - 1) / LANES, LANES);
  }

  /// The largest that wastes no more than the smallest.
  private static Tile tile(boolean half, Kind kind, int outputs, int pixels) {
    List<Tile> tiles = half ? HALF_TILES : FLOAT_TILES;
    if (kind == Kind.ANY) {
      tiles = half ? List.of(HIGH_HALF, SMALL_HALF) : List.of(BIG, SMALL);
    }
    return tiles.stream()
        .filter(each -> padded(outputs, each.rows()) == padded(outputs, 64))
        .filter(each -> padded(pixels, each.columns()) == padded(pixels, 64))
        .findFirst()
        .orElse(tiles.getLast());
  }

  private static int padded(int size, int step) {
    return (size + step - 1) / step * step;
  }

  /// How much of a sum a group adds.
  private int depth(long groups, int taps, int step) {
    long wanted = Math.min(2 * units / groups, taps / (PART_STEPS * step));
    int parts = Math.clamp(wanted, 1, FloatProducts.MOST_LAYERS);
    return parts == 1 ? taps : ((taps + parts - 1) / parts + step - 1) / step * step;
  }

  /// `x (B, C, H, W), dy (B, O, H', W') → dw (O, C, kh, kw)`
  ///
  /// @return whether there is a kernel for it
  boolean weightGrad(Work work, Conv2dSpec spec, List<Tensor> in, Tensor dw) {
    if (!known(spec, in, dw)) {
      return false;
    }
    Tensor x = work.dense(in.get(0));
    Tensor dy = work.dense(in.get(1));
    Geometry g = Geometry.of(spec);
    boolean half = dw.dtype().isHalf();
    Kind kind = kind(g, x, dw, dy);
    int outputs = dw.size(0);
    int taps = (int) (dw.count() / outputs);
    int pixels = (int) (dy.count() / outputs);
    Tile tile =
        half
            ? HALF_WEIGHTS
            : FLOAT_WEIGHTS.tiles(outputs, taps) >= units ? FLOAT_WEIGHTS : SMALL_FLOAT_WEIGHTS;
    int depth = depth(tile.tiles(outputs, taps), pixels, half ? 64 : 16);
    int parts = (pixels + depth - 1) / depth;
    String name =
        "conv_weights_%s_%s".formatted(Results.word(dw.dtype()), half ? kind.word : tile.suffix());
    int plane = dy.size(2) * dy.size(3);
    Tensor sums = parts > 1 ? work.tensor(DType.F32, parts, (int) dw.count()) : dw;
    Launch launch =
        sizes(launch(work, dw.dtype(), "WEIGHTS", name), g, x, dw, dy)
            .with(depth)
            .with(plane % 8 == 0 ? 2 : 0)
            .read(x)
            .read(dy)
            .write(dw);
    if (parts > 1) {
      launch.write(sums);
    } else {
      launch.nothing();
    }
    launch.run(new Grid(tile.tiles(outputs, taps), 1, parts, tile.lanes(), tile.sharedBytes(kind)));
    if (parts > 1) {
      add(work, sums, parts, 1, 1, Optional.empty(), dw);
    }
    return true;
  }
}
