package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;
import static dev.chrysalis.tensor.cpu.TileKernels.STEP;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Copies pieces of matrices into the layouts that `TileKernels` read: scalars in arrays, panels
/// outside of the heap.
final class Panels {
  /// Steps that are turned at a time.
  private static final int MAX_STEPS = 256;

  /// Steps of tiles that are copied at a time, so that what is read of them stays in the cache.
  private static final int TILE_STEPS = 64;

  /// Floats of working memory that `tiles` and `panels` need.
  static final int TILES_ROW = TallTileKernels.ROWS * PITCH;

  static final int PANELS_ROW = 2 * COLUMNS * PITCH;

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

  /// `rows × k` floats as tiles for `TileKernels.packed`: those of the rows from `i` on at `i·k`,
  /// whichever kernel takes them; missing rows are 0.
  ///
  /// @param row room for `TILES_ROW` floats
  static void tiles(
      MemorySegment memory,
      long from,
      long rowStride,
      long kStride,
      int rows,
      int k,
      float[] to,
      int at,
      float[] row) {
    if (rowStride == 1 && kStride != 1) {
      steps(memory, from, kStride, rows, k, to, at);
      return;
    }
    for (int i = 0; i < rows; ) {
      int high = TileKernels.height(rows - i);
      int present = Math.min(high, rows - i);
      long start = from + i * rowStride;
      for (int p = 0; p < k; p += MAX_STEPS) {
        int steps = Math.min(MAX_STEPS, k - p);
        turned(memory, start + p * kStride, kStride, rowStride, steps, present, high, row);
        interleave(row, steps, to, at + i * k + p * high, high);
      }
      i += high;
    }
  }

  /// As `tiles`, where the rows of a step lie one after the other.
  private static void steps(
      MemorySegment memory, long from, long kStride, int rows, int k, float[] to, int at) {
    for (int begin = 0; begin < k; begin += TILE_STEPS) {
      int end = Math.min(k, begin + TILE_STEPS);
      for (int i = 0; i < rows; ) {
        int high = TileKernels.height(rows - i);
        int present = Math.min(high, rows - i);
        int target = at + i * k;
        int p = begin;
        if (present == high && isReadWhole(memory, from + i, kStride, high, k)) {
          for (; p < Math.min(end, k - 1); p++) {
            Lanes.load(memory, (from + i + p * kStride) * Float.BYTES)
                .intoArray(to, target + p * high);
          }
        }
        for (; p < end; p++) {
          for (int r = 0; r < high; r++) {
            to[target + p * high + r] =
                r < present
                    ? memory.get(Elements.F32, (from + i + p * kStride + r) * Float.BYTES)
                    : 0;
          }
        }
        i += high;
      }
    }
  }

  /// Whether the rows of a tile may be read as whole vectors in all steps but the last: what is too
  /// much of a vector the next step writes over.
  private static boolean isReadWhole(
      MemorySegment memory, long from, long kStride, int rows, int k) {
    long end = from + (k - 2) * kStride + COUNT;
    return rows <= COUNT && 2 * rows >= COUNT && end * Float.BYTES <= memory.byteSize();
  }

  /// One row of `columns` floats over panels of `depth` rows each: column `j` of panel `i` as float
  /// `i·depth·COLUMNS + j` from `to` on; missing columns are 0.
  static void spread(MemorySegment memory, long from, int columns, long to, int depth) {
    int j = 0;
    for (; j <= columns - COLUMNS; j += COLUMNS) {
      long source = (from + j) * Float.BYTES;
      long target = TileKernels.at(to, (long) j * depth);
      Lanes.store(Lanes.load(memory, source), ALL_MEMORY, target);
      Lanes.store(Lanes.load(memory, source + Lanes.BYTES), ALL_MEMORY, target + Lanes.BYTES);
    }
    if (j < columns) {
      edge(memory, from + j, columns - j, TileKernels.at(to, (long) j * depth));
    }
  }

  /// At most `COLUMNS` floats, and zeros up to so many.
  static void edge(MemorySegment memory, long from, int columns, long to) {
    half(memory, from, columns, to);
    half(memory, from + COUNT, columns - COUNT, to + Lanes.BYTES);
  }

  /// At most `COUNT` floats, and zeros up to so many.
  private static void half(MemorySegment memory, long from, int columns, long to) {
    if (columns >= COUNT) {
      Lanes.store(Lanes.load(memory, from * Float.BYTES), ALL_MEMORY, to);
      return;
    }
    for (int j = 0; j < COUNT; j++) {
      float value = j < columns ? memory.get(Elements.F32, (from + j) * Float.BYTES) : 0;
      ALL_MEMORY.set(Elements.F32, TileKernels.at(to, j), value);
    }
  }

  /// `k × columns` floats as panels of `COLUMNS` columns, one after the other, each `k` rows long;
  /// missing columns are 0.
  ///
  /// @param to the address of the first panel
  /// @param row room for `PANELS_ROW` floats
  static void panels(
      MemorySegment memory,
      long from,
      long kStride,
      long columnStride,
      int k,
      int columns,
      long to,
      float[] row) {
    for (int j = 0; j < columns; j += COLUMNS) {
      long panel = TileKernels.at(to, (long) j * k);
      int width = Math.min(COLUMNS, columns - j);
      long start = from + j * columnStride;
      if (columnStride == 1 && width == COLUMNS) {
        straight(memory, start, kStride, k, panel);
      } else if (columnStride == 1) {
        for (int p = 0; p < k; p++) {
          edge(memory, start + p * kStride, width, panel + p * STEP);
        }
      } else {
        for (int p = 0; p < k; p += MAX_STEPS) {
          int steps = Math.min(MAX_STEPS, k - p);
          turned(memory, start + p * kStride, kStride, columnStride, steps, width, COLUMNS, row);
          interleave(row, steps, row, COLUMNS * PITCH, COLUMNS);
          MemorySegment.copy(
              row, COLUMNS * PITCH, ALL_MEMORY, Elements.F32, panel + p * STEP, steps * COLUMNS);
        }
      }
    }
  }

  /// One panel whose rows lie in memory as they are wanted.
  private static void straight(MemorySegment memory, long from, long kStride, int k, long to) {
    for (int p = 0; p < k; p++) {
      long source = (from + p * kStride) * Float.BYTES;
      FloatVector left = Lanes.load(memory, source);
      FloatVector right = Lanes.load(memory, source + Lanes.BYTES);
      Lanes.store(left, ALL_MEMORY, to + p * STEP);
      Lanes.store(right, ALL_MEMORY, to + p * STEP + Lanes.BYTES);
    }
  }

  /// `present` lines that lie `stride` apart as rows of `row`, and zeros up to `count` rows.
  private static void turned(
      MemorySegment memory,
      long from,
      long kStride,
      long stride,
      int k,
      int present,
      int count,
      float[] row) {
    for (int r = 0; r < present; r++) {
      gather(memory, from + r * stride, kStride, row, r * PITCH, k);
    }
    for (int r = present; r < count; r++) {
      Arrays.fill(row, r * PITCH, r * PITCH + k, 0);
    }
  }

  /// `to[at + p·width + r] = row[r·PITCH + p]`, for `width` rows.
  private static void interleave(float[] row, int k, float[] to, int at, int width) {
    for (int r = 0; r < width; r += 4) {
      int source = r * PITCH;
      int target = at + r;
      for (int p = 0; p < k; p++) {
        to[target + p * width] = row[source + p];
        to[target + p * width + 1] = row[source + PITCH + p];
        to[target + p * width + 2] = row[source + 2 * PITCH + p];
        to[target + p * width + 3] = row[source + 3 * PITCH + p];
      }
    }
  }
}
