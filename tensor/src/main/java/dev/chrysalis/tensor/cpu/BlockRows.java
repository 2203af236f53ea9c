package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Rows of elements `d·q − m`, in parts that share `d` and `m`. What `m` takes from a product is
/// `m` times the sum of a part of `x`, so that only `q` has to meet `x` in registers.
abstract class BlockRows extends StoredRows {
  private static final int LARGEST_VECTOR = 16;

  /// Whether bytes can be widened to as many lanes as a vector of floats has.
  static final boolean WIDE = COUNT >= 8 && COUNT <= LARGEST_VECTOR;

  /// As many 8-bit lanes as vectors of floats have, if there is such a species.
  static final VectorSpecies<Byte> B =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(WIDE ? 8 * COUNT : 64));

  private static final int ROWS = 4;

  private final int part;
  private final boolean shifted;

  /// @param part elements that share a scale
  /// @param shifted whether any `m` is not 0
  BlockRows(MemorySegment memory, long rowBytes, int columns, int part, boolean shifted) {
    super(memory, rowBytes, columns);
    this.part = part;
    this.shifted = shifted;
  }

  /// Puts `d` and `m` of every part of a row at `at` and the places behind it.
  ///
  /// @param row where it begins, in bytes
  /// @param shifts not touched if nothing is shifted
  abstract void scales(long row, float[] scales, float[] shifts, int at);

  /// Lanes of `Σ_parts d·Σ x·q` for four rows, whose `d` stand in `scales`, one row of `parts`
  /// behind the other.
  abstract void fourDots(
      long w0,
      long w1,
      long w2,
      long w3,
      float[] x,
      int at,
      float[] scales,
      int parts,
      float[] lanes);

  final float half(long at) {
    return Float.float16ToFloat(memory.get(Elements.I16, at));
  }

  final int unsigned(long at) {
    return memory.get(Elements.I8, at) & 255;
  }

  @Override
  final int sums() {
    return shifted && WIDE ? columns / part : 0;
  }

  @Override
  final void dots(
      long first,
      int rows,
      float[] x,
      float[] sums,
      int count,
      Scratch scratch,
      float[] out,
      int pitch) {
    if (!WIDE) {
      super.dots(first, rows, x, sums, count, scratch, out, pitch);
      return;
    }
    int parts = columns / part;
    float[] lanes = scratch.floats(Scratch.Slot.TILE, ROWS * COUNT);
    float[] scales = scratch.floats(Scratch.Slot.LEFT, ROWS * parts);
    float[] shifts = scratch.floats(Scratch.Slot.RIGHT, ROWS * parts);
    for (int r = 0; r < rows; r += ROWS) {
      int some = Math.min(ROWS, rows - r);
      for (int i = 0; i < ROWS; i++) {
        scales(start(first + r + Math.min(i, some - 1)), scales, shifts, i * parts);
      }
      long w0 = start(first + r);
      long w1 = start(first + r + Math.min(1, some - 1));
      long w2 = start(first + r + Math.min(2, some - 1));
      long w3 = start(first + r + Math.min(3, some - 1));
      for (int s = 0; s < count; s++) {
        fourDots(w0, w1, w2, w3, x, s * columns, scales, parts, lanes);
        for (int i = 0; i < some; i++) {
          float taken = shifted ? product(shifts, i * parts, sums, s * parts, parts) : 0;
          out[s * pitch + r + i] = Lanes.sum(Lanes.load(lanes, i * COUNT)) - taken;
        }
      }
    }
  }

  private static float product(float[] a, int at, float[] b, int bt, int n) {
    float even = 0;
    float odd = 0;
    int i = 0;
    for (; i <= n - 2; i += 2) {
      even = Math.fma(a[at + i], b[bt + i], even);
      odd = Math.fma(a[at + i + 1], b[bt + i + 1], odd);
    }
    return i < n ? Math.fma(a[at + i], b[bt + i], even + odd) : even + odd;
  }
}
