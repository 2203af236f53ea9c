package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.STEP;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A piece of the matrices that weights are multiplied with in a convolution, as panels: row
/// `channel·taps + tap`, column `i·outWidth + j` is what the tap of output `(i, j)` reads of the
/// channel of a picture. Such a matrix is never there as a whole. It is packed row by row.
final class PicturePanels extends PackedRight {
  /// Pictures `(batch, channels, height, width)` in memory, and what is read of them for outputs
  /// `outWidth` wide.
  record Source(
      MemorySegment memory,
      int channels,
      int height,
      int width,
      Conv2dSpec spec,
      int kernelHeight,
      int kernelWidth,
      int outWidth)
      implements PackedRight.Source {
    @Override
    public boolean isRepeated() {
      return false;
    }

    @Override
    public PackedRight piece(Span span, Scratch scratch) {
      return new PicturePanels(this, span, scratch);
    }
  }

  private final Source source;

  private PicturePanels(Source source, Span span, Scratch scratch) {
    super(span, span.depth(), scratch);
    this.source = source;
  }

  @Override
  void pack(int matrix, int begin, int end, Scratch scratch) {
    float[] line = scratch.floats(Scratch.Slot.ROW, width);
    Arrays.fill(line, span.columns(), width, 0);
    int taps = source.kernelHeight * source.kernelWidth;
    for (int p = begin; p < end; p++) {
      int channel = (span.from() + p) / taps;
      int tap = (span.from() + p) % taps;
      long picture = (long) (span.first() + matrix) * source.channels + channel;
      read(picture, tap / source.kernelWidth, tap % source.kernelWidth, line);
      long to = panel(matrix, 0) + p * STEP;
      for (int j = 0; j < width; j += COLUMNS) {
        long target = TileKernels.at(to, (long) j * span.depth());
        Lanes.store(Lanes.load(line, j), ALL_MEMORY, target);
        Lanes.store(Lanes.load(line, j + Lanes.COUNT), ALL_MEMORY, target + Lanes.BYTES);
      }
    }
  }

  /// What tap `(u, v)` of the outputs reads of a channel of a picture.
  private void read(long picture, int u, int v, float[] line) {
    Conv2dSpec spec = source.spec;
    int down = u * spec.dilationH() - spec.padTop();
    int right = v * spec.dilationW() - spec.padLeft();
    for (int at = 0; at < span.columns(); ) {
      int i = (span.column() + at) / source.outWidth;
      int j = (span.column() + at) % source.outWidth;
      int count = Math.min(span.columns() - at, source.outWidth - j);
      int y = i * spec.strideH() + down;
      if (y < 0 || y >= source.height) {
        Arrays.fill(line, at, at + count, 0);
      } else {
        long row = (picture * source.height + y) * source.width;
        readRow(row, j * spec.strideW() + right, count, line, at);
      }
      at += count;
    }
  }

  /// `count` pixels of a row from pixel `x` on, a stride apart; those outside of it are 0.
  private void readRow(long row, int x, int count, float[] line, int at) {
    int stride = source.spec.strideW();
    int begin = Math.clamp(Math.ceilDiv(-x, stride), 0, count);
    int end = Math.clamp(Math.ceilDiv(source.width - x, stride), begin, count);
    Arrays.fill(line, at, at + begin, 0);
    long from = row + x + (long) begin * stride;
    if (stride == 1) {
      Panels.copy(source.memory, from, line, at + begin, end - begin);
    } else {
      for (int j = begin; j < end; j++) {
        long pixel = row + x + (long) j * stride;
        line[at + j] = source.memory.get(Elements.F32, pixel * Float.BYTES);
      }
    }
    Arrays.fill(line, at + end, at + count, 0);
  }
}
