package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.TileKernels.BLOCK;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// `out[n, o, i, j] = bias[o] + Σ_{c, t} w[o, c, t] · in[n, c, what tap t of (i, j) reads]`:
/// convolutions and, output phase by output phase, their adjoints.
///
/// No patches are laid out: a task copies a band of some channels with its zeros, and the kernel
/// reads the vectors of every tap right there. Sums of a task stay in an array until all channels
/// are in.
final class Conv2dStencil {
  /// Output pixels of a task, more or less.
  private static final int POSITIONS = 1024;

  /// Output channels of a task at most, and at least if there are few tasks.
  private static final int MAX_CHANNELS = 64;

  private static final int MIN_CHANNELS = 16;
  private static final int ENOUGH_TASKS = 16;
  private static final int FEW_IMAGES = 4;

  /// From a row of sums to the next: off the powers of two, so that they fall into different cache
  /// sets.
  private static final int SKEW = 16;

  /// A batch of images with `groups · channels` channels.
  record Images(MemorySegment memory, int channels, int height, int width) {
    long at(int image, int groups, int channel) {
      return ((long) image * groups * channels + channel) * height * width;
    }
  }

  /// Where `w[o, c, t]` of a group is: `group·perGroup + o·perOut + c·perIn + taps.weight[t]`.
  record Weights(MemorySegment memory, long perGroup, long perOut, long perIn) {}

  /// Output `(i, j)`, `i < rows`, `j < columns`, is pixel `(y + stepY·i, x + stepX·j)` of the
  /// output images.
  record Grid(int rows, int columns, int y, int x, int stepY, int stepX) {}

  private final Images in;
  private final Weights weights;
  private final MemorySegment bias;
  private final Images out;
  private final int groups;
  private final Conv2dTaps taps;
  private final Grid grid;

  /// Whether vectors run over row ends: better for rows that fill vectors badly.
  private final boolean flat;

  /// From an output row to the next in the sums.
  private final int outPitch;

  private final int bandRows;

  /// @param bias `(groups · out.channels)`, or `MemorySegment.NULL` for none
  Conv2dStencil(
      Images in,
      Weights weights,
      MemorySegment bias,
      Images out,
      int groups,
      Conv2dTaps taps,
      Grid grid) {
    this.in = in;
    this.weights = weights;
    this.bias = bias;
    this.out = out;
    this.groups = groups;
    this.taps = taps;
    this.grid = grid;
    int aligned = Lanes.padded(grid.columns());
    int pitch = Conv2dWindow.pitch(taps, grid.columns());
    flat = (grid.rows() - 1) * pitch + grid.columns() <= (grid.rows() * aligned) - COUNT;
    outPitch = flat ? pitch : aligned;
    bandRows = Math.clamp(POSITIONS / outPitch, 1, grid.rows());
  }

  /// Small images go several to a task, so that packing the weights pays, but not so many that few
  /// tasks are left.
  private int imagesPerTask(int batch) {
    int most = bandRows < grid.rows() ? 1 : Math.max(1, POSITIONS / (bandRows * outPitch));
    return Math.clamp(batch / ENOUGH_TASKS, Math.min(FEW_IMAGES, most), most);
  }

  void run(Parallel pool, int batch) {
    int imagesPerTask = imagesPerTask(batch);
    int imageSets = Math.ceilDiv(batch, imagesPerTask);
    int bands = Math.ceilDiv(grid.rows(), bandRows);
    int units = imageSets * bands * groups;
    int fewest = Math.ceilDiv(out.channels(), MAX_CHANNELS);
    int most = Math.ceilDiv(out.channels(), MIN_CHANNELS);
    int channelBlocks = Math.clamp(ENOUGH_TASKS / Math.max(1, units), fewest, most);
    int channels = TileKernels.wholeRows(Math.ceilDiv(out.channels(), channelBlocks));
    pool.run(
        units * channelBlocks,
        (task, scratch) -> {
          int unit = task / channelBlocks;
          int first = task % channelBlocks * channels;
          int row = unit % bands * bandRows;
          int image = unit / bands / groups * imagesPerTask;
          if (first < out.channels()) {
            Part part =
                new Part(
                    image,
                    Math.min(imagesPerTask, batch - image),
                    unit / bands % groups,
                    row,
                    Math.min(bandRows, grid.rows() - row),
                    first,
                    Math.min(channels, out.channels() - first));
            compute(part, scratch);
          }
        });
  }

  /// A task: some images, one group, a band of rows, some output channels of the group.
  private record Part(
      int image, int images, int group, int row, int rows, int channel, int channels) {}

  private int vectorsPerImage(Part part) {
    int positions = flat ? (part.rows() - 1) * outPitch + grid.columns() : part.rows() * outPitch;
    return Math.ceilDiv(positions, COUNT);
  }

  private void compute(Part part, Scratch scratch) {
    int perImage = vectorsPerImage(part);
    int vectors = part.images() * perImage;
    int sumPitch = Math.ceilDiv(vectors, 2) * 2 * COUNT + SKEW;
    int channels = TileKernels.wholeRows(part.channels());
    float[] sums = scratch.floats(Scratch.Slot.OUTPUT, channels * sumPitch);
    if (taps.count == 0 || in.channels() == 0) {
      Arrays.fill(sums, 0, channels * sumPitch, 0);
    } else {
      sum(part, vectors, sums, sumPitch, scratch);
    }
    for (int n = 0; n < part.images(); n++) {
      for (int o = 0; o < part.channels(); o++) {
        int channel = part.group() * out.channels() + part.channel() + o;
        float shift =
            bias.byteSize() > 0 ? bias.get(Elements.F32, channel * (long) Float.BYTES) : 0;
        long to = out.at(part.image() + n, groups, channel);
        for (int i = 0; i < part.rows(); i++) {
          int y = grid.y() + grid.stepY() * (part.row() + i);
          int from = o * sumPitch + n * perImage * COUNT + i * outPitch;
          putRow(sums, from, shift, to + (long) y * out.width() + grid.x());
        }
      }
    }
  }

  private void putRow(float[] sums, int from, float shift, long to) {
    int j = 0;
    if (grid.stepX() == 1) {
      for (; j <= grid.columns() - COUNT; j += COUNT) {
        FloatVector sum = Lanes.load(sums, from + j).add(shift);
        Lanes.store(sum, out.memory(), (to + j) * Float.BYTES);
      }
    }
    for (; j < grid.columns(); j++) { // tail: less than a vector, or outputs apart
      long at = (to + (long) j * grid.stepX()) * Float.BYTES;
      out.memory().set(Elements.F32, at, sums[from + j] + shift);
    }
  }

  private void sum(Part part, int vectors, float[] sums, int sumPitch, Scratch scratch) {
    int columns = flat ? grid.columns() : Lanes.padded(grid.columns());
    Conv2dWindow window = Conv2dWindow.of(taps, in.height(), in.width(), part.rows(), columns);
    int size = window.size();
    int channelSize = part.images() * size;
    int blocks = Math.ceilDiv(in.channels(), Math.max(1, BLOCK / taps.count));
    int block = Math.ceilDiv(in.channels(), blocks);
    int[] bases = bases(part, vectors, window, scratch);
    int[] steps = scratch.ints(Scratch.Slot.STATE, block * taps.count);
    for (int i = 0; i < block * taps.count; i++) {
      steps[i] = i / taps.count * channelSize + window.offset(i % taps.count);
    }
    float[] image = scratch.floats(Scratch.Slot.IMAGE, block * channelSize + 2 * COUNT);
    float[] left = scratch.floats(Scratch.Slot.LEFT, MAX_CHANNELS * PITCH);
    float[] raw = scratch.floats(Scratch.Slot.ROW, window.rawSize());
    for (int c = 0; c < in.channels(); c += block) {
      int count = Math.min(block, in.channels() - c);
      for (int i = 0; i < count * part.images(); i++) {
        int channel = part.group() * in.channels() + c + i / part.images();
        long from = in.at(part.image() + i % part.images(), groups, channel);
        window.copy(in.memory(), from, part.row(), raw, image, i * size);
      }
      for (int p = 0; p < count * taps.count; p += BLOCK) {
        int depth = Math.min(BLOCK, count * taps.count - p);
        packWeights(part, c, p, depth, left, scratch);
        for (int v = 0; v < vectors; v += 2) {
          multiply(
              left,
              image,
              bases[v],
              bases[v + 1],
              steps,
              p,
              depth,
              sums,
              v * COUNT,
              c + p > 0,
              part.channels(),
              sumPitch);
        }
      }
    }
  }

  /// All output channels of two vectors of outputs.
  private static void multiply(
      float[] left,
      float[] image,
      int b0,
      int b1,
      int[] steps,
      int p,
      int depth,
      float[] sums,
      int to,
      boolean add,
      int channels,
      int sumPitch) {
    for (int o = 0; o < channels; ) {
      int at = to + o * sumPitch;
      o +=
          TileKernels.someWindows(
              channels - o,
              left,
              o * PITCH,
              image,
              b0,
              b1,
              steps,
              p,
              depth,
              sums,
              at,
              sumPitch,
              add);
    }
  }

  /// Where the vectors of outputs stand in the copied images; an odd last one twice.
  private int[] bases(Part part, int vectors, Conv2dWindow window, Scratch scratch) {
    int perImage = vectors / part.images();
    int perRow = outPitch / COUNT;
    int[] bases = scratch.ints(Scratch.Slot.TILE, vectors + 1);
    for (int v = 0; v < vectors; v++) {
      int inImage = v % perImage;
      int place =
          flat ? inImage * COUNT : inImage / perRow * window.pitch() + inImage % perRow * COUNT;
      bases[v] = v / perImage * window.size() + place;
    }
    bases[vectors] = bases[vectors - 1];
    return bases;
  }

  /// Weights of all output channels for steps `p … p + depth − 1` of the channels from `c` on; a
  /// step is a channel and a tap.
  private void packWeights(Part part, int c, int p, int depth, float[] to, Scratch scratch) {
    long base =
        part.group() * weights.perGroup() + part.channel() * weights.perOut() + c * weights.perIn();
    if (weights.perIn() == taps.count) { // all taps, in order
      for (int o = 0; o < part.channels(); o++) {
        Panels.copy(weights.memory(), base + o * weights.perOut() + p, to, o * PITCH, depth);
      }
      return;
    }
    int perOut = Math.toIntExact(weights.perOut()); // output channels lie side by side
    float[] raw = scratch.floats(Scratch.Slot.RIGHT, part.channels() * perOut);
    for (int i = 0; i < depth; ) {
      int channel = (p + i) / taps.count;
      int tap = (p + i) % taps.count;
      int end = Math.min(depth, i + taps.count - tap);
      long from = base + channel * weights.perIn();
      Panels.copy(weights.memory(), from, raw, 0, part.channels() * perOut);
      for (; i < end; i++, tap++) {
        int weight = taps.weight[tap];
        for (int o = 0; o < part.channels(); o++) {
          to[o * PITCH + i] = raw[o * perOut + weight];
        }
      }
    }
  }
}
