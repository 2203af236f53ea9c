package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Rows of blocks of elements that share scales. Four rows at a time are multiplied, from four
/// places of a task: each is read on and on, which is what processors fetch ahead. What a shift of
/// the elements adds to a product needs only sums of `x`, so that only what the bits say has to
/// meet `x` in registers.
abstract class BlockRows extends StoredRows {
  private static final int LARGEST_VECTOR = 16;

  /// Whether bytes can be widened to as many lanes as a vector of floats has.
  static final boolean WIDE = COUNT >= 8 && COUNT <= LARGEST_VECTOR;

  /// As many 8-bit lanes as vectors of floats have, if there is such a species.
  static final VectorSpecies<Byte> B =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(WIDE ? 8 * COUNT : 64));

  /// Rows that are multiplied at a time.
  static final int ROWS = 4;

  /// The F16 numbers by their bits. To fill a vector with a number that comes from memory takes one
  /// instruction, with one that was converted three more, on the port that widens elements.
  private static final float[] HALVES = allHalves();

  private static float[] allHalves() {
    float[] all = new float[1 << 16];
    for (int bits = 0; bits < all.length; bits++) {
      all[bits] = Float.float16ToFloat((short) bits);
    }
    return all;
  }

  BlockRows(Tensor w, BlockFormat format) {
    super(w, format.rowElements(w.size(1)));
  }

  /// How many numbers of a row are spelled out before it is multiplied, by `scales`.
  int scales() {
    return 0;
  }

  /// Spells them out.
  ///
  /// @param row the address at which it begins
  void scales(long row, float[] scales, int at) {}

  /// Lanes of the products of four rows with `x` from `at` on.
  ///
  /// @param sums those of this row of `x`, from `sum` on
  /// @param scales what `scales` told of the rows, one behind the other
  abstract void fourDots(
      long w0,
      long w1,
      long w2,
      long w3,
      float[] x,
      int at,
      float[] sums,
      int sum,
      float[] scales,
      float[] lanes);

  static float half(long at) {
    return HALVES[ALL_MEMORY.get(Elements.I16, at) & 0xffff];
  }

  static int unsigned(long at) {
    return ALL_MEMORY.get(Elements.I8, at) & 255;
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
    float[] lanes = scratch.floats(Scratch.Slot.TILE, ROWS * COUNT);
    float[] scales = scratch.floats(Scratch.Slot.LEFT, ROWS * scales());
    int apart = Math.ceilDiv(rows, ROWS);
    for (int r = 0; r < apart; r++) {
      long w0 = start(first + r);
      long w1 = start(first + Math.min(r + apart, rows - 1));
      long w2 = start(first + Math.min(r + 2 * apart, rows - 1));
      long w3 = start(first + Math.min(r + 3 * apart, rows - 1));
      scales(w0, scales, 0);
      scales(w1, scales, scales());
      scales(w2, scales, 2 * scales());
      scales(w3, scales, 3 * scales());
      for (int s = 0; s < count; s++) {
        fourDots(w0, w1, w2, w3, x, s * columns, sums, s * sums(), scales, lanes);
        for (int i = 0; i < ROWS && r + i * apart < rows; i++) {
          out[s * pitch + r + i * apart] = Lanes.sum(Lanes.load(lanes, i * COUNT));
        }
      }
    }
  }
}
