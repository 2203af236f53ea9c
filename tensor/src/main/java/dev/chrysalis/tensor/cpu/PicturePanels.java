package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.STEP;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A piece of the matrices by which weights are multiplied in a convolution, as panels: row `c·taps
/// + t`, column `i·width + j` is what tap `t` of output `(i, j)` reads of channel `c` of a picture.
///   Such a matrix is never there as a whole.
final class PicturePanels implements PackedRight {
  /// Floats that a task packs at least, if there are as many.
  private static final int TASK = 1 << 14;

  /// Pictures `(batch, channels, height, width)` in memory, and what is read of them for outputs
  /// `outWidth` wide.
  record Geometry(
      MemorySegment memory,
      int channels,
      int height,
      int width,
      Conv2dSpec spec,
      int kernelHeight,
      int kernelWidth,
      int outWidth) {}

  private final Geometry geometry;
  private final int first;
  private final int column;
  private final int columns;
  private final int from;
  private final int depth;
  private final int width;
  private final int perTask;
  private final int tasksPerMatrix;
  private final int tasks;
  private final long address;

  PicturePanels(
      Geometry geometry,
      int first,
      int count,
      int column,
      int columns,
      int from,
      int depth,
      Scratch scratch) {
    this.geometry = geometry;
    this.first = first;
    this.column = column;
    this.columns = columns;
    this.from = from;
    this.depth = depth;
    this.width = TileKernels.wholeColumns(columns);
    this.perTask = Math.clamp(TASK / width, 1, depth);
    this.tasksPerMatrix = Math.ceilDiv(depth, perTask);
    this.tasks = count * tasksPerMatrix;
    this.address = scratch.panels(Scratch.Slot.RIGHT, count * width * depth);
  }

  @Override
  public int tasks() {
    return tasks;
  }

  @Override
  public void pack(int task, Scratch scratch) {
    int matrix = task / tasksPerMatrix;
    int begin = task % tasksPerMatrix * perTask;
    float[] line = scratch.floats(Scratch.Slot.ROW, width);
    Arrays.fill(line, columns, width, 0);
    int taps = geometry.kernelHeight * geometry.kernelWidth;
    for (int p = begin; p < Math.min(begin + perTask, depth); p++) {
      int channel = (from + p) / taps;
      int tap = (from + p) % taps;
      long picture = (long) (first + matrix) * geometry.channels + channel;
      read(picture, tap / geometry.kernelWidth, tap % geometry.kernelWidth, line);
      long to = panel(matrix, 0) + p * STEP;
      for (int j = 0; j < width; j += COLUMNS) {
        long target = TileKernels.at(to, (long) j * depth);
        Lanes.store(Lanes.load(line, j), ALL_MEMORY, target);
        Lanes.store(Lanes.load(line, j + Lanes.COUNT), ALL_MEMORY, target + Lanes.BYTES);
      }
    }
  }

  /// What tap `(u, v)` of the outputs reads of a channel of a picture.
  private void read(long picture, int u, int v, float[] line) {
    Conv2dSpec spec = geometry.spec;
    int down = u * spec.dilationH() - spec.padTop();
    int right = v * spec.dilationW() - spec.padLeft();
    for (int at = 0; at < columns; ) {
      int i = (column + at) / geometry.outWidth;
      int j = (column + at) % geometry.outWidth;
      int count = Math.min(columns - at, geometry.outWidth - j);
      int y = i * spec.strideH() + down;
      if (y < 0 || y >= geometry.height) {
        Arrays.fill(line, at, at + count, 0);
      } else {
        long row = (picture * geometry.height + y) * geometry.width;
        readRow(row, j * spec.strideW() + right, count, line, at);
      }
      at += count;
    }
  }

  /// `count` pixels of a row from pixel `x` on, a stride apart; those outside of it are 0.
  private void readRow(long row, int x, int count, float[] line, int at) {
    int stride = geometry.spec.strideW();
    int begin = Math.clamp(Math.ceilDiv(-x, stride), 0, count);
    int end = Math.clamp(Math.ceilDiv(geometry.width - x, stride), begin, count);
    Arrays.fill(line, at, at + begin, 0);
    long from = row + x + (long) begin * stride;
    if (stride == 1) {
      Panels.copy(geometry.memory, from, line, at + begin, end - begin);
    } else {
      for (int j = begin; j < end; j++) {
        long pixel = row + x + (long) j * stride;
        line[at + j] = geometry.memory.get(Elements.F32, pixel * Float.BYTES);
      }
    }
    Arrays.fill(line, at + end, at + count, 0);
  }

  @Override
  public long panel(int matrix, int j) {
    return TileKernels.at(address, (matrix * (long) width + j) * depth);
  }
}
