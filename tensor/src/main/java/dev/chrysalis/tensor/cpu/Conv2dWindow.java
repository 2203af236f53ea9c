package dev.chrysalis.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A band of rows of an input with the zeros around it, plane by plane, in an array in which every
/// tap reads at a fixed distance from the output's place: output `(i, j)` of the band stands at
/// `i·pitch + j`, tap `t` reads `offset(t)` further.
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

  /// Floats of working memory that `copy` needs.
  int rawSize() {
    return taps.stepY * inputRows() * width;
  }

  /// Fills the array from a channel of an image.
  ///
  /// @param from where the channel begins in `memory`, in floats
  /// @param row the first output row of the band
  /// @param raw working memory
  void copy(MemorySegment memory, long from, int row, float[] raw, float[] to, int at) {
    int firstY = taps.stepY * (row + taps.minDy);
    int begin = Math.clamp(firstY, 0, height);
    int end = Math.clamp(firstY + taps.stepY * inputRows(), begin, height);
    Panels.copy(memory, from + (long) begin * width, raw, 0, (end - begin) * width);
    int target = at;
    for (int planeY : taps.planeY) {
      for (int planeX : taps.planeX) {
        for (int r = 0; r < inputRows(); r++) {
          int y = firstY + taps.stepY * r + planeY;
          if (y < begin || y >= end) {
            Arrays.fill(to, target, target + pitch, 0);
          } else {
            copyRow(raw, (y - begin) * width, planeX, to, target);
          }
          target += pitch;
        }
      }
    }
  }

  private void copyRow(float[] raw, int from, int planeX, float[] to, int at) {
    int step = taps.stepX;
    int first = step * taps.minDx + planeX; // input column of the row's first float
    int begin = Math.clamp(Math.ceilDiv(-first, step), 0, pitch);
    int end = Math.clamp(Math.ceilDiv(width - first, step), begin, pitch);
    for (int j = 0; j < begin; j++) {
      to[at + j] = 0;
    }
    int source = from + first;
    if (step == 1) {
      System.arraycopy(raw, source + begin, to, at + begin, end - begin);
    } else {
      for (int j = begin; j < end; j++) {
        to[at + j] = raw[source + j * step];
      }
    }
    for (int j = end; j < pitch; j++) {
      to[at + j] = 0;
    }
  }
}
