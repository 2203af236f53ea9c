package dev.chrysalis.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A band of rows of an input with the zeros around it, plane by plane, in an array in which every tap reads at a fixed
/// distance from the output's place: output `(i, j)` of the band stands at `i·pitch + j`, tap `t` reads `offset(t)` further.
///
/// @param height of the input
/// @param width of the input
/// @param rows output rows of the band
/// @param pitch from one row to the next
record Conv2dWindow(Conv2dTaps taps, int height, int width, int rows, int pitch) {
  /// @param columns outputs of a row that are computed, wanted or not
  static Conv2dWindow of(Conv2dTaps taps, int height, int width, int rows, int columns) {
    return new Conv2dWindow(taps, height, width, rows, pitch(taps, columns));
  }

  static int pitch(Conv2dTaps taps, int columns) {
    return columns + taps.maxDx - taps.minDx;
  }

  private int inputRows() {
    return rows + taps.maxDy - taps.minDy;
  }

  /// Floats of one channel of one image.
  int size() {
    return taps.planes() * inputRows() * pitch;
  }

  int offset(int tap) {
    return (taps.plane[tap] * inputRows() + taps.dy[tap] - taps.minDy) * pitch
        + taps.dx[tap]
        - taps.minDx;
  }

  /// Fills the array from a channel of an image.
  ///
  /// @param from where the channel begins in `memory`, in floats
  /// @param row the first output row of the band
  void copy(MemorySegment memory, long from, int row, float[] to, int at) {
    int target = at;
    for (int planeY : taps.planeY) {
      for (int planeX : taps.planeX) {
        for (int r = 0; r < inputRows(); r++) {
          int y = taps.stepY * (row + taps.minDy + r) + planeY;
          if (y < 0 || y >= height) {
            Arrays.fill(to, target, target + pitch, 0);
          } else {
            copyRow(memory, from + (long) y * width, planeX, to, target);
          }
          target += pitch;
        }
      }
    }
  }

  private void copyRow(MemorySegment memory, long from, int planeX, float[] to, int at) {
    int first = taps.stepX * taps.minDx + planeX; // input column of the row's first float
    int begin = Math.clamp(Math.ceilDiv(-first, taps.stepX), 0, pitch);
    int end = Math.clamp(Math.ceilDiv(width - first, taps.stepX), begin, pitch);
    Arrays.fill(to, at, at + begin, 0);
    long source = from + first + (long) begin * taps.stepX;
    Panels.gather(memory, source, taps.stepX, to, at + begin, end - begin);
    Arrays.fill(to, at + end, at + pitch, 0);
  }
}
