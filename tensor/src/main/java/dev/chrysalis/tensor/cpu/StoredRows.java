package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// The rows of a weight matrix in the form they are stored in: 16-bit floats, or blocks that share
/// scales. They are never spelled out as a whole.
///
/// Few rows of `x` meet them in registers, by `dots`; for many, `read` spells out pieces of them
/// (`StoredProduct`).
abstract class StoredRows {
  final MemorySegment memory;
  final int columns;
  private final long rowBytes;

  StoredRows(MemorySegment memory, long rowBytes, int columns) {
    this.memory = memory;
    this.rowBytes = rowBytes;
    this.columns = columns;
  }

  /// Rows of 16-bit floats.
  ///
  /// @param w `(n, k)` of F16 or BF16, the last axis without gaps
  static StoredRows of(Tensor w) {
    long rowBytes = 2 * w.stride(0);
    return switch (w.dtype()) {
      case F16 -> new HalfRows.F16(w.segment(), rowBytes, w.size(1));
      case BF16 -> new HalfRows.Bf16(w.segment(), rowBytes, w.size(1));
      case F64, F32, I64, I32, U8, I8, BOOL -> throw new AssertionError(w.type());
    };
  }

  /// Rows of blocks.
  ///
  /// @param w `(n, bytes)` of U8, the last axis without gaps
  static StoredRows of(Tensor w, BlockFormat format) {
    MemorySegment memory = w.segment();
    long rowBytes = w.stride(0);
    int columns = format.rowElements(w.size(1));
    return switch (format) {
      case Q8_0 -> new ByteRows(memory, rowBytes, columns);
      case Q4_0 -> new NibbleRows(memory, rowBytes, columns);
      case Q4_K -> new KRows.Q4(memory, rowBytes, columns);
      case Q6_K -> new KRows.Q6(memory, rowBytes, columns);
    };
  }

  /// Where a row begins, in bytes.
  final long start(long row) {
    return row * rowBytes;
  }

  /// `to[at + i] = row[from + i]` for `count` elements; `from` and `count` are whole blocks.
  abstract void read(long row, int from, int count, float[] to, int at);

  /// Of how many blocks of equal size in a row of `x` the sums are wanted by `dots`.
  int sums() {
    return 0;
  }

  /// `out[s·pitch + r] = Σ_p x[s·columns + p]·row(first + r)[p]` for `rows` rows and `count` rows
  /// of `x`.
  ///
  /// @param sums of the blocks of every row of `x`
  void dots(
      long first,
      int rows,
      float[] x,
      float[] sums,
      int count,
      Scratch scratch,
      float[] out,
      int pitch) {
    float[] row = scratch.floats(Scratch.Slot.ROW, Lanes.padded(columns));
    for (int r = 0; r < rows; r++) {
      read(first + r, 0, columns, row, 0);
      for (int s = 0; s < count; s++) {
        out[s * pitch + r] = dot(x, s * columns, row, columns);
      }
    }
  }

  private static float dot(float[] x, int at, float[] row, int n) {
    int whole = n / (2 * COUNT) * 2 * COUNT;
    FloatVector left = FloatVector.zero(F);
    FloatVector right = left;
    for (int p = 0; p < whole; p += 2 * COUNT) {
      left = Lanes.load(row, p).fma(Lanes.load(x, at + p), left);
      right = Lanes.load(row, p + COUNT).fma(Lanes.load(x, at + p + COUNT), right);
    }
    float sum = Lanes.sum(left.add(right));
    for (int p = whole; p < n; p++) { // tail: less than two vectors
      sum = Math.fma(row[p], x[at + p], sum);
    }
    return sum;
  }
}
