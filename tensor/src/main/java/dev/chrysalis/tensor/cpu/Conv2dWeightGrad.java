package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.TileKernels.BLOCK;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.ROWS;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// `dw[o, c, t] = Σ_{n, i, j} dy[n, o, i, j] · x[n, c, what tap t of (i, j) reads]`.
///
/// The tile is turned: rows are `(c, t)`, whose scalars are read from a copied band of `x`, columns
/// are output channels, from packed panels of `dy`. Tasks split input channels and, if those make
/// few tasks, the batch; every share of the batch has sums of its own, which are added up in order.
final class Conv2dWeightGrad {
  /// Rows `(c, t)` of a task, more or less.
  private static final int MAX_ROWS = 512;

  /// Rows of the tile of `TileKernels.halfPoints`.
  private static final int HALF_ROWS = 2 * ROWS;

  /// A multiple of the rows of every tile.
  private static final int WHOLE_ROWS = HALF_ROWS * TallTileKernels.ROWS / ROWS;

  private static final int ENOUGH_TASKS = 16;

  /// Floats of `x` that are copied at a time, more or less.
  private static final int BAND = 1 << 16;

  private final Conv2dStencil.Images x;
  private final Conv2dStencil.Images dy;
  private final MemorySegment dw;
  private final int groups;
  private final Conv2dTaps taps;
  private final int channels;
  private final int channelBlocks;
  private final int sumPitch;

  /// Floats of the sums of a task.
  private final int sumSize;

  private final int bandRows;

  Conv2dWeightGrad(
      Conv2dStencil.Images x,
      Conv2dStencil.Images dy,
      MemorySegment dw,
      int groups,
      Conv2dTaps taps) {
    this.x = x;
    this.dy = dy;
    this.dw = dw;
    this.groups = groups;
    this.taps = taps;
    int wanted = Math.clamp(MAX_ROWS / taps.count, 1, x.channels());
    channelBlocks = Math.ceilDiv(x.channels(), wanted);
    channels = Math.ceilDiv(x.channels(), channelBlocks);
    sumPitch = TileKernels.wholeColumns(dy.channels());
    sumSize = wholeRows(channels * taps.count) * sumPitch;
    int rowFloats = channels * taps.planes() * Conv2dWindow.pitch(taps, dy.width());
    bandRows = Math.clamp(BAND / rowFloats, 1, dy.height());
  }

  void run(Parallel pool, int batch) {
    int blocks = groups * channelBlocks;
    int shares = Math.clamp(ENOUGH_TASKS / blocks, 1, Math.max(1, batch));
    int perShare = Math.ceilDiv(batch, shares);
    Scratch shared = pool.borrow();
    try {
      float[] sums = shared.floats(Scratch.Slot.SHARED, shares * blocks * sumSize);
      pool.run(
          shares * blocks,
          (task, scratch) -> {
            int first = task / blocks * perShare;
            Arrays.fill(sums, task * sumSize, (task + 1) * sumSize, 0);
            for (int n = first; n < Math.min(first + perShare, batch); n++) {
              for (int row = 0; row < dy.height(); row += bandRows) {
                addBand(n, task % blocks, row, sums, task * sumSize, scratch);
              }
            }
          });
      pool.run(blocks, block -> put(block, blocks, shares, sums));
    } finally {
      pool.giveBack(shared);
    }
  }

  private int channelsOf(int block) {
    return Math.min(channels, x.channels() - block % channelBlocks * channels);
  }

  private void addBand(int image, int block, int row, float[] sums, int at, Scratch scratch) {
    int group = block / channelBlocks;
    int count = channelsOf(block);
    int rows = Math.min(bandRows, dy.height() - row);
    int pixels = rows * dy.width();
    Conv2dWindow window = Conv2dWindow.of(taps, x.height(), x.width(), rows, dy.width());
    float[] band = scratch.floats(Scratch.Slot.IMAGE, count * window.size());
    float[] raw = scratch.floats(Scratch.Slot.STATE, window.rawSize());
    int first = group * x.channels() + block % channelBlocks * channels;
    for (int c = 0; c < count; c++) {
      long from = x.at(image, groups, first + c);
      window.copy(x.memory(), from, row, raw, band, c * window.size());
    }
    int[] offsets = offsets(count, window, scratch);
    int[] steps = scratch.ints(Scratch.Slot.ROW, pixels);
    for (int p = 0; p < pixels; p++) {
      steps[p] = p / dy.width() * window.pitch() + p % dy.width();
    }
    long right = scratch.panels(Scratch.Slot.RIGHT, (long) BLOCK * sumPitch);
    float[] turned = scratch.floats(Scratch.Slot.ROW, Panels.PANELS_ROW);
    long plane = (long) dy.height() * dy.width();
    long from = dy.at(image, groups, group * dy.channels()) + (long) row * dy.width();
    for (int p = 0; p < pixels; p += BLOCK) {
      int depth = Math.min(BLOCK, pixels - p);
      Panels.panels(dy.memory(), from + p, 1, plane, depth, dy.channels(), right, turned);
      multiply(band, offsets, count * taps.count, steps, p, right, depth, sums, at);
    }
  }

  /// Where the rows `(c, t)` read; missing ones of the last tile read what the last one reads.
  private int[] offsets(int count, Conv2dWindow window, Scratch scratch) {
    int rows = count * taps.count;
    int[] offsets = scratch.ints(Scratch.Slot.LEFT, wholeRows(rows));
    for (int r = 0; r < wholeRows(rows); r++) {
      int row = Math.min(r, rows - 1);
      offsets[r] = row / taps.count * window.size() + window.offset(row % taps.count);
    }
    return offsets;
  }

  private static int wholeRows(int rows) {
    return Math.ceilDiv(rows, WHOLE_ROWS) * WHOLE_ROWS;
  }

  private void multiply(
      float[] band,
      int[] offsets,
      int rows,
      int[] steps,
      int p,
      long right,
      int depth,
      float[] sums,
      int at) {
    for (int o = 0; o < dy.channels(); o += COLUMNS) {
      long panel = TileKernels.at(right, (long) o * depth);
      if (dy.channels() - o <= Lanes.COUNT) {
        for (int r = 0; r < rows; r += HALF_ROWS) {
          int to = at + r * sumPitch + o;
          TileKernels.halfPoints(band, offsets, r, steps, p, panel, depth, sums, to, sumPitch);
        }
        return;
      }
      if (TileKernels.TALL) {
        for (int r = 0; r < rows; r += TallTileKernels.ROWS) {
          int to = at + r * sumPitch + o;
          TallTileKernels.points(band, offsets, r, steps, p, panel, depth, sums, to, sumPitch);
        }
        continue;
      }
      for (int r = 0; r < rows; r += ROWS) {
        TileKernels.points(
            band,
            offsets[r],
            offsets[r + 1],
            offsets[r + 2],
            offsets[r + 3],
            steps,
            p,
            panel,
            depth,
            sums,
            at + r * sumPitch + o,
            sumPitch,
            true);
      }
    }
  }

  /// Adds up the shares of a block and writes them, turned.
  private void put(int block, int blocks, int shares, float[] sums) {
    int group = block / channelBlocks;
    int rows = channelsOf(block) * taps.count;
    int at = block * sumSize;
    for (int share = 1; share < shares; share++) {
      int from = (share * blocks + block) * sumSize;
      for (int i = 0; i < rows * sumPitch; i++) {
        sums[at + i] += sums[from + i];
      }
    }
    long start = (long) block % channelBlocks * channels * taps.count;
    long perOut = (long) x.channels() * taps.count;
    for (int o = 0; o < dy.channels(); o++) {
      long to = (group * (long) dy.channels() + o) * perOut + start;
      for (int r = 0; r < rows; r++) {
        dw.set(Elements.F32, (to + r) * Float.BYTES, sums[at + r * sumPitch + o]);
      }
    }
  }
}
