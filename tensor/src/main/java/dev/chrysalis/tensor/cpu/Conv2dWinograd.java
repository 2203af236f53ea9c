package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/// Convolutions with 3 × 3 taps and stride 1 by Winograd's F(2×2, 3×3): four outputs from sixteen
/// products instead of thirty-six, after Lavin & Gray 2016, "Fast Algorithms for Convolutional
/// Neural Networks", section 4.1.
///
/// With `d` the 4 × 4 inputs that 2 × 2 outputs read, and `g` the taps, the outputs are `Aᵀ·(Σ_c
/// (G·g·Gᵀ) ⊙ (Bᵀ·d·B))·A`. For each of the sixteen places that is a product of a matrix of weights
/// `(outputs, channels)` with one of inputs `(channels, patches)`. A task lays out some patches of
/// all channels, never the whole picture.
///
/// Results differ from those of `Conv2dStencil` by roundings. What is not a number, infinite, or
/// within a factor of four of that, reaches the outputs that read it and no others, but may make
/// NaN of them where plain sums would be infinite.
final class Conv2dWinograd {
  /// Places of a patch.
  private static final int PLACES = 16;

  private static final int SIDE = 4;
  private static final int TAPS = 9;

  /// Patches of a task, more or less.
  private static final int PATCHES = 64;

  /// The same where those, laid out, take more than `LAID_OUT` floats.
  private static final int FEWER_PATCHES = 32;

  private static final int LAID_OUT = 1 << 19;

  /// Output channels whose sums are kept at a time.
  private static final int OUTPUTS = TileKernels.wholeTiles(48);

  /// For each thread.
  private static final int ENOUGH_TASKS = 4;

  /// Channels that stand in a row of weights.
  private static final int ROW = 256;

  /// Floats of transformed weights at a time, more or less.
  private static final int WEIGHTS = 1 << 21;

  /// With fewer channels or outputs the transforms cost more than is saved.
  private static final int FEW_CHANNELS = 32;

  /// So they do where the lanes that a row of patches fills, times channels or outputs, are fewer.
  private static final int FEW_LANES = 8 * FEW_CHANNELS;

  /// And with fewer patches, or fewer than one for so many pairs of a channel and an output: the
  /// weights of all pairs are transformed for all patches together.
  private static final int FEW_PATCHES = 96;

  private static final int PAIRS = 4096;

  /// Lanes `0, 2, 4, …`, twice.
  private static final VectorShuffle<Float> EVEN = VectorShuffle.fromOp(F, i -> 2 * i % COUNT);

  private static final VectorShuffle<Float> ODD = VectorShuffle.fromOp(F, i -> (2 * i + 1) % COUNT);

  /// Lanes `0, 0, 1, 1, …`.
  private static final VectorShuffle<Float> TWICE = VectorShuffle.fromOp(F, i -> i / 2);

  /// The same from the middle on.
  private static final VectorShuffle<Float> UPPER_TWICE =
      VectorShuffle.fromOp(F, i -> COUNT / 2 + i / 2);

  private static final VectorMask<Float> UPPER =
      VectorMask.fromLong(F, (1L << COUNT) - (1L << COUNT / 2));
  private static final VectorMask<Float> ODDS =
      VectorMask.fromLong(F, 0xaaaa_aaaa_aaaa_aaaaL & (1L << COUNT) - 1);

  private final Conv2dStencil.Images in;
  private final Conv2dStencil.Weights weights;
  private final boolean reversed;
  private final MemorySegment bias;
  private final Conv2dStencil.Images out;
  private final int batch;
  private final int top;
  private final int left;

  /// Patches of a picture, from top to bottom and in a row.
  private final int patchRows;

  private final int patchColumns;

  /// Patches of a task: rows, and of each row.
  private final int taskRows;

  private final int taskColumns;

  /// From the patches of a channel to those of the next, at one place, and likewise in sums of
  /// outputs: not a power of two, so that they fall into different cache sets, and with room for a
  /// vector that begins at the last.
  private final int pitch;

  /// @param weights tap `t` of `(o, c)` at `o·perOut + c·perIn + t`, of one group
  /// @param reversed whether the taps are read from the last to the first
  /// @param bias `(out.channels)`, or `MemorySegment.NULL` for none
  /// @param top zeros above the input; output `(i, j)` reads from input `(i − top, j − left)` on
  Conv2dWinograd(
      Conv2dStencil.Images in,
      Conv2dStencil.Weights weights,
      boolean reversed,
      MemorySegment bias,
      Conv2dStencil.Images out,
      int batch,
      int top,
      int left) {
    this.in = in;
    this.weights = weights;
    this.reversed = reversed;
    this.bias = bias;
    this.out = out;
    this.batch = batch;
    this.top = top;
    this.left = left;
    patchRows = Math.ceilDiv(out.height(), 2);
    patchColumns = Math.ceilDiv(out.width(), 2);
    int patches = PLACES * PATCHES * in.channels() > LAID_OUT ? FEWER_PATCHES : PATCHES;
    taskColumns = Math.ceilDiv(patchColumns, Math.ceilDiv(patchColumns, patches));
    taskRows = Math.clamp(patches / taskColumns, 1, patchRows);
    pitch = TileKernels.wholeColumns(taskRows * taskColumns) + COUNT;
  }

  /// Whether it is worth it for outputs `(batch, outputs, height, width)`.
  static boolean suits(int channels, int batch, int outputs, int height, int width) {
    long patches = (long) batch * Math.ceilDiv(height, 2) * Math.ceilDiv(width, 2);
    int fewest = Math.min(channels, outputs);
    return COUNT >= 4
        && COUNT <= 32 // masks of lanes are made of longs
        && fewest >= FEW_CHANNELS
        && fewest * Math.min(COUNT, Math.ceilDiv(width, 2)) >= FEW_LANES
        && patches >= Math.max(FEW_PATCHES, (long) channels * outputs / PAIRS);
  }

  void run(Parallel pool) {
    int rows = Math.ceilDiv(in.channels(), ROW);
    int most = TileKernels.wholeTiles(Math.max(1, WEIGHTS / (PLACES * PITCH * rows)));
    int passes = Math.ceilDiv(out.channels(), most);
    int outputs = TileKernels.wholeTiles(Math.ceilDiv(out.channels(), passes));
    Scratch scratch = pool.borrow();
    try {
      float[] weightsAt = scratch.floats(Scratch.Slot.SHARED, PLACES * rows * outputs * PITCH);
      for (int first = 0; first < out.channels(); first += outputs) {
        Pass pass = new Pass(weightsAt, outputs, first, Math.min(outputs, out.channels() - first));
        pass.run(pool);
      }
    } finally {
      pool.giveBack(scratch);
    }
  }

  /// Patches and outputs of a task.
  private record Block(int image, int row, int rows, int column, int columns, int o, int outputs) {
    int patches() {
      return rows * columns;
    }
  }

  /// Some output channels of all pictures.
  private final class Pass {
    /// `G·g·Gᵀ`: the weights of every place of a patch.
    private final float[] weightsAt;

    private final int weightRows;
    private final int first;
    private final int count;

    Pass(float[] weightsAt, int weightRows, int first, int count) {
      this.weightsAt = weightsAt;
      this.weightRows = weightRows;
      this.first = first;
      this.count = count;
    }

    /// Where the weights of a place begin: those of the row that channel `c` is in, of output `o`.
    private int weight(int place, int c, int o) {
      return ((place * Math.ceilDiv(in.channels(), ROW) + c / ROW) * weightRows + o) * PITCH
          + c % ROW;
    }

    void run(Parallel pool) {
      pool.run(count, this::transform);
      int bands = Math.ceilDiv(patchRows, taskRows);
      int strips = Math.ceilDiv(patchColumns, taskColumns);
      int areas = batch * bands * strips;
      int parts = pool.threads() == 1 ? 1 : Math.ceilDiv(ENOUGH_TASKS * pool.threads(), areas);
      int outputs = Math.ceilDiv(Math.ceilDiv(count, parts), OUTPUTS) * OUTPUTS;
      pool.run(
          areas * Math.ceilDiv(count, outputs),
          (task, scratch) -> {
            int row = task / strips % bands * taskRows;
            int column = task % strips * taskColumns;
            int o = task / areas * outputs;
            compute(
                new Block(
                    task % areas / strips / bands,
                    row,
                    Math.min(taskRows, patchRows - row),
                    column,
                    Math.min(taskColumns, patchColumns - column),
                    o,
                    Math.min(outputs, count - o)),
                scratch);
          });
    }

    /// `G·g·Gᵀ` for one output and all channels.
    private void transform(int o, Scratch scratch) {
      float[] raw = scratch.floats(Scratch.Slot.LEFT, TAPS * ROW);
      float[] taps = scratch.floats(Scratch.Slot.RIGHT, TAPS * PITCH);
      for (int c = 0; c < in.channels(); c += ROW) {
        int n = Math.min(ROW, in.channels() - c);
        long from = (first + o) * weights.perOut() + c * weights.perIn();
        if (weights.perIn() == TAPS) {
          Panels.copy(weights.memory(), from, raw, 0, n * TAPS);
        } else {
          for (int i = 0; i < n; i++) {
            Panels.copy(weights.memory(), from + i * weights.perIn(), raw, i * TAPS, TAPS);
          }
        }
        for (int t = 0; t < TAPS; t++) {
          int tap = reversed ? TAPS - 1 - t : t;
          for (int i = 0; i < n; i++) {
            taps[t * PITCH + i] = raw[i * TAPS + tap];
          }
        }
        int to = weight(0, c, o);
        int apart = weight(1, c, o) - to;
        for (int i = 0; i < n; i += COUNT) {
          transformTaps(taps, i, weightsAt, to + i, apart);
        }
      }
    }

    private void compute(Block block, Scratch scratch) {
      int area = in.channels() * pitch;
      long patches = scratch.panels(Scratch.Slot.IMAGE, (long) PLACES * area);
      for (int c = 0; c < in.channels(); c++) {
        lay(block, c, patches, c * pitch, area, scratch);
      }
      float[] sums = scratch.floats(Scratch.Slot.OUTPUT, PLACES * OUTPUTS * pitch);
      for (int o = 0; o < block.outputs(); o += OUTPUTS) {
        int outputs = Math.min(OUTPUTS, block.outputs() - o);
        for (int place = 0; place < PLACES; place++) {
          for (int c = 0; c < in.channels(); c += ROW) {
            int n = Math.min(ROW, in.channels() - c);
            int a = weight(place, c, block.o() + o);
            long b = TileKernels.at(patches, (long) place * area + c * pitch);
            multiply(a, b, block.patches(), n, sums, place * OUTPUTS, outputs, c > 0);
          }
        }
        for (int i = 0; i < outputs; i++) {
          put(block, block.o() + o + i, sums, i * pitch, scratch);
        }
      }
    }

    /// All patches times the weights of some outputs at one place and `n` channels.
    private void multiply(
        int a, long b, int count, int n, float[] sums, int row, int outputs, boolean add) {
      long step = (long) pitch * Float.BYTES;
      for (int j = 0; j < count; j += COLUMNS) {
        long panel = TileKernels.at(b, j);
        for (int o = 0; o < outputs; ) {
          int at = a + o * PITCH;
          int to = (row + o) * pitch + j;
          o +=
              TileKernels.someRows(
                  outputs - o, weightsAt, at, panel, step, n, sums, to, pitch, add);
        }
      }
    }

    /// `Bᵀ·d·B` for the patches of one channel: place `k` at `at + k·area`.
    private void lay(Block block, int channel, long to, int at, int area, Scratch scratch) {
      int width = Lanes.padded(block.columns());
      float[] line = scratch.floats(Scratch.Slot.ROW, 2 * (width + COUNT));
      int lines = 2 * block.rows() + 2;
      float[] products = scratch.floats(Scratch.Slot.VALUE, lines * SIDE * width);
      long picture = in.at(block.image(), 1, channel);
      int x = 2 * block.column() - left;
      int begin = Math.clamp(-x, 0, 2 * block.columns() + 2);
      int end = Math.clamp(in.width() - x, begin, 2 * block.columns() + 2);
      Arrays.fill(line, 0, begin, 0);
      Arrays.fill(line, end, 2 * (width + COUNT), 0);
      for (int i = 0; i < lines; i++) {
        int y = 2 * block.row() - top + i;
        int target = i * SIDE * width;
        if (y < 0 || y >= in.height() || begin == end) {
          Arrays.fill(products, target, target + SIDE * width, 0);
        } else {
          Panels.copy(
              in.memory(), picture + (long) y * in.width() + x + begin, line, begin, end - begin);
          alongRow(line, products, target, width);
        }
      }
      for (int r = 0; r < block.rows(); r++) {
        int from = 2 * r * SIDE * width;
        alongColumn(products, from, width, to, at + r * block.columns(), area);
      }
    }

    /// `Aᵀ·m·A` for the patches of one output.
    private void put(Block block, int o, float[] sums, int at, Scratch scratch) {
      int area = OUTPUTS * pitch;
      int width = Lanes.padded(block.columns());
      float[] lines = scratch.floats(Scratch.Slot.ROW, SIDE * width);
      int channel = first + o;
      float shift = bias.byteSize() > 0 ? bias.get(Elements.F32, channel * (long) Float.BYTES) : 0;
      int x = 2 * block.column();
      int count = Math.min(2 * block.columns(), out.width() - x);
      for (int r = 0; r < block.rows(); r++) {
        for (int j = 0; j < block.columns(); j += COUNT) {
          outputs(sums, at + r * block.columns() + j, area, shift, lines, 2 * j, 2 * width);
        }
        int y = 2 * (block.row() + r);
        for (int i = 0; i < 2 && y + i < out.height(); i++) {
          long to = out.at(block.image(), 1, channel) + (long) (y + i) * out.width() + x;
          MemorySegment.copy(
              lines, i * 2 * width, out.memory(), Elements.F32, to * Float.BYTES, count);
        }
      }
    }
  }

  /// `G·g·Gᵀ` for a vector of channels, `G = (1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1)`.
  private static void transformTaps(float[] taps, int from, float[] to, int at, int apart) {
    for (int i = 0; i < SIDE; i++) {
      FloatVector g0;
      FloatVector g1;
      FloatVector g2;
      if (i == 0 || i == SIDE - 1) {
        int row = from + (i == 0 ? 0 : 6) * PITCH;
        g0 = Lanes.load(taps, row);
        g1 = Lanes.load(taps, row + PITCH);
        g2 = Lanes.load(taps, row + 2 * PITCH);
      } else {
        float inner = i == 1 ? 0.5f : -0.5f;
        g0 = column(taps, from, inner);
        g1 = column(taps, from + PITCH, inner);
        g2 = column(taps, from + 2 * PITCH, inner);
      }
      int row = at + SIDE * i * apart;
      FloatVector outer = g0.add(g2).mul(0.5f);
      FloatVector middle = g1.mul(0.5f);
      g0.intoArray(to, row);
      outer.add(middle).intoArray(to, row + apart);
      outer.sub(middle).intoArray(to, row + 2 * apart);
      g2.intoArray(to, row + 3 * apart);
    }
  }

  private static FloatVector column(float[] taps, int from, float inner) {
    FloatVector outer = Lanes.load(taps, from).add(Lanes.load(taps, from + 6 * PITCH)).mul(0.5f);
    return Lanes.load(taps, from + 3 * PITCH).mul(inner).add(outer);
  }

  /// `d·B` for a row of inputs: of patch `j`, which reads inputs `2·j … 2·j + 3`, number `m` at `at
  /// + m·width + j`. `Bᵀ = (1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 1 0 −1)`.
  private static void alongRow(float[] line, float[] to, int at, int width) {
    for (int j = 0; j < width; j += COUNT) {
      FloatVector a = Lanes.load(line, 2 * j);
      FloatVector b = Lanes.load(line, 2 * j + COUNT);
      FloatVector d0 = a.rearrange(EVEN).blend(b.rearrange(EVEN), UPPER);
      FloatVector d1 = a.rearrange(ODD).blend(b.rearrange(ODD), UPPER);
      a = Lanes.load(line, 2 * j + 2);
      b = Lanes.load(line, 2 * j + 2 + COUNT);
      FloatVector d2 = a.rearrange(EVEN).blend(b.rearrange(EVEN), UPPER);
      FloatVector d3 = a.rearrange(ODD).blend(b.rearrange(ODD), UPPER);
      d0.sub(d2).intoArray(to, at + j);
      d1.add(d2).intoArray(to, at + width + j);
      d2.sub(d1).intoArray(to, at + 2 * width + j);
      d1.sub(d3).intoArray(to, at + 3 * width + j);
    }
  }

  /// `Bᵀ·d` for a row of patches. What is written beyond its end belongs to the next row, which is
  /// written later.
  private static void alongColumn(float[] lines, int from, int width, long to, int at, int area) {
    int apart = SIDE * width;
    long placesApart = (long) SIDE * area * Float.BYTES;
    for (int m = 0; m < SIDE; m++) {
      for (int j = 0; j < width; j += COUNT) {
        int source = from + m * width + j;
        FloatVector d0 = Lanes.load(lines, source);
        FloatVector d1 = Lanes.load(lines, source + apart);
        FloatVector d2 = Lanes.load(lines, source + 2 * apart);
        FloatVector d3 = Lanes.load(lines, source + 3 * apart);
        long target = TileKernels.at(to, at + (long) m * area + j);
        Lanes.store(d0.sub(d2), ALL_MEMORY, target);
        Lanes.store(d1.add(d2), ALL_MEMORY, target + placesApart);
        Lanes.store(d2.sub(d1), ALL_MEMORY, target + 2 * placesApart);
        Lanes.store(d1.sub(d3), ALL_MEMORY, target + 3 * placesApart);
      }
    }
  }

  /// `Aᵀ·m·A + shift` for a vector of patches, `Aᵀ = (1 1 1 0; 0 1 −1 −1)`: two rows of outputs,
  /// one at `to`, one `pitch` behind it.
  private static void outputs(
      float[] sums, int from, int area, float shift, float[] lines, int to, int pitch) {
    for (int i = 0; i < 2; i++) {
      FloatVector c0 = side(sums, from, area, i);
      FloatVector c1 = side(sums, from + area, area, i);
      FloatVector c2 = side(sums, from + 2 * area, area, i);
      FloatVector c3 = side(sums, from + 3 * area, area, i);
      FloatVector even = c0.add(c1).add(c2).add(shift);
      FloatVector odd = c1.sub(c2).sub(c3).add(shift);
      int at = to + i * pitch;
      even.rearrange(TWICE).blend(odd.rearrange(TWICE), ODDS).intoArray(lines, at);
      even.rearrange(UPPER_TWICE)
          .blend(odd.rearrange(UPPER_TWICE), ODDS)
          .intoArray(lines, at + COUNT);
    }
  }

  private static FloatVector side(float[] sums, int from, int area, int row) {
    int apart = SIDE * area;
    FloatVector m1 = Lanes.load(sums, from + apart);
    FloatVector m2 = Lanes.load(sums, from + 2 * apart);
    return row == 0
        ? Lanes.load(sums, from).add(m1).add(m2)
        : m1.sub(m2).sub(Lanes.load(sums, from + 3 * apart));
  }
}
