package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Copies pieces of matrices into arrays of the layouts that `TileKernels` read.
final class Panels {
  /// Below this many floats a loop beats a bulk copy.
  private static final int BULK = 8 * COUNT;

  private Panels() {}

  /// `to[at + i] = memory[from + i]`, `from` in floats.
  static void copy(MemorySegment memory, long from, float[] to, int at, int n) {
    if (n >= BULK) {
      MemorySegment.copy(memory, Elements.F32, from * Float.BYTES, to, at, n);
      return;
    }
    int i = 0;
    for (; i <= n - COUNT; i += COUNT) {
      Lanes.load(memory, (from + i) * Float.BYTES).intoArray(to, at + i);
    }
    if (i < n && n >= COUNT) { // tail: a vector that ends with the last float
      Lanes.load(memory, (from + n - COUNT) * Float.BYTES).intoArray(to, at + n - COUNT);
      return;
    }
    for (; i < n; i++) { // less than a vector in all
      to[at + i] = memory.get(Elements.F32, (from + i) * Float.BYTES);
    }
  }

  /// As `copy`, of floats that lie `stride` apart.
  static void gather(MemorySegment memory, long from, long stride, float[] to, int at, int n) {
    if (stride == 1) {
      copy(memory, from, to, at, n);
      return;
    }
    for (int i = 0; i < n; i++) {
      to[at + i] = memory.get(Elements.F32, (from + i * stride) * Float.BYTES);
    }
  }

  /// `rows × k` floats as a block for `TileKernels.rows`: row `i` at `i·PITCH`.
  static void rows(
      MemorySegment memory, long from, long rowStride, long kStride, int rows, int k, float[] to) {
    for (int i = 0; i < rows; i++) {
      gather(memory, from + i * rowStride, kStride, to, i * PITCH, k);
    }
  }

  /// `rows × k` floats as a block for `TileKernels.columns`: row `i` at column `i`, step `p` at
  /// `p·PITCH`.
  static void columns(
      MemorySegment memory, long from, long rowStride, long kStride, int rows, int k, float[] to) {
    for (int p = 0; p < k; p++) {
      gather(memory, from + p * kStride, rowStride, to, p * PITCH, rows);
    }
  }

  /// One row of `columns` floats over panels of `depth` rows each: column `j` of panel `i` at
  /// `i·depth·COLUMNS + j`; missing columns are 0.
  static void spread(MemorySegment memory, long from, int columns, float[] to, int at, int depth) {
    int j = 0;
    for (; j <= columns - COLUMNS; j += COLUMNS) {
      long source = (from + j) * Float.BYTES;
      int target = at + j * depth;
      Lanes.load(memory, source).intoArray(to, target);
      Lanes.load(memory, source + Lanes.BYTES).intoArray(to, target + COUNT);
    }
    if (j < columns) {
      int target = at + j * depth;
      copy(memory, from + j, to, target, columns - j);
      Arrays.fill(to, target + columns - j, target + COLUMNS, 0);
    }
  }

  /// `k × columns` floats as panels of `COLUMNS` columns, one after the other, each `k` rows long;
  /// missing columns are 0.
  ///
  /// @param row room for `COLUMNS · PITCH` floats
  static void panels(
      MemorySegment memory,
      long from,
      long kStride,
      long columnStride,
      int k,
      int columns,
      float[] to,
      int at,
      float[] row) {
    for (int j = 0; j < columns; j += COLUMNS) {
      int panel = at + j * k;
      int width = Math.min(COLUMNS, columns - j);
      long start = from + j * columnStride;
      if (columnStride == 1 && width == COLUMNS) {
        straight(memory, start, kStride, k, to, panel);
      } else if (columnStride == 1) {
        for (int p = 0; p < k; p++) {
          int line = panel + p * COLUMNS;
          copy(memory, start + p * kStride, to, line, width);
          Arrays.fill(to, line + width, line + COLUMNS, 0);
        }
      } else {
        for (int p = 0; p < k; p += TileKernels.BLOCK) {
          int steps = Math.min(TileKernels.BLOCK, k - p);
          turned(memory, start + p * kStride, kStride, columnStride, steps, width, row);
          interleave(row, steps, to, panel + p * COLUMNS);
        }
      }
    }
  }

  /// One panel whose rows lie in memory as they are wanted.
  private static void straight(
      MemorySegment memory, long from, long kStride, int k, float[] to, int at) {
    for (int p = 0; p < k; p++) {
      long source = (from + p * kStride) * Float.BYTES;
      FloatVector left = Lanes.load(memory, source);
      FloatVector right = Lanes.load(memory, source + Lanes.BYTES);
      left.intoArray(to, at + p * COLUMNS);
      right.intoArray(to, at + p * COLUMNS + COUNT);
    }
  }

  /// Columns of a panel as rows of `row`.
  private static void turned(
      MemorySegment memory,
      long from,
      long kStride,
      long columnStride,
      int k,
      int width,
      float[] row) {
    for (int r = 0; r < width; r++) {
      gather(memory, from + r * columnStride, kStride, row, r * PITCH, k);
    }
    for (int r = width; r < COLUMNS; r++) {
      Arrays.fill(row, r * PITCH, r * PITCH + k, 0);
    }
  }

  /// `to[at + p·COLUMNS + r] = row[r·PITCH + p]`
  private static void interleave(float[] row, int k, float[] to, int at) {
    for (int r = 0; r < COLUMNS; r += 4) {
      int source = r * PITCH;
      int target = at + r;
      for (int p = 0; p < k; p++) {
        to[target + p * COLUMNS] = row[source + p];
        to[target + p * COLUMNS + 1] = row[source + PITCH + p];
        to[target + p * COLUMNS + 2] = row[source + 2 * PITCH + p];
        to[target + p * COLUMNS + 3] = row[source + 3 * PITCH + p];
      }
    }
  }
}
