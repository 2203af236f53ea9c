package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// The rows of a weight matrix in the form they are stored in: floats of 16 or 32 bits, or blocks
/// that share scales. They are never spelled out as a whole.
///
/// Few rows of `x` meet them in registers, by `dots`; for many, `read` spells out pieces of them
/// (`StoredProduct`).
///
/// They are read through `AllMemory`; that every row lies within its memory is checked here, once.
abstract class StoredRows {
  final int columns;

  /// Kept so that it is not freed while its rows are read.
  private final MemorySegment memory;

  private final long rowBytes;

  /// @param w `(n, elements or bytes of a row)`, the last axis without gaps
  /// @param columns elements of a row
  StoredRows(Tensor w, int columns) {
    this(
        w.segment(),
        w.size(0),
        w.dtype().sizeBytes() * w.stride(0),
        w.dtype().sizeBytes() * (long) w.size(1),
        columns);
  }

  /// @param rowBytes from one row to the next
  /// @param ownBytes of them, those of the row
  private StoredRows(MemorySegment weights, int rows, long rowBytes, long ownBytes, int columns) {
    this.rowBytes = rowBytes;
    this.columns = columns;
    this.memory = weights.asSlice(0, rows == 0 ? 0 : (rows - 1) * rowBytes + ownBytes);
    if (!memory.isNative()) {
      throw new IllegalArgumentException(
          "weights in a Java array: need memory outside of the heap");
    }
    if (!memory.scope().isAlive()) {
      throw new IllegalStateException("weights used after the file they lie in was closed");
    }
  }

  /// `rows` rows of F32, one after the other.
  static StoredRows ofFloats(MemorySegment weights, int rows, int columns) {
    long rowBytes = (long) Float.BYTES * columns;
    return new StoredRows(weights, rows, rowBytes, rowBytes, columns) {
      @Override
      void read(long row, int from, int count, float[] to, int at) {
        long place = start(row) + (long) Float.BYTES * from;
        MemorySegment.copy(ALL_MEMORY, Elements.F32, place, to, at, count);
      }
    };
  }

  /// Rows of 16-bit floats.
  ///
  /// @param w `(n, k)` of F16 or BF16, the last axis without gaps
  static StoredRows of(Tensor w) {
    return switch (w.dtype()) {
      case F16 -> new HalfRows.F16(w);
      case BF16 -> new HalfRows.Bf16(w);
      case F64, F32, I64, I32, U8, I8, BOOL -> throw new AssertionError(w.type());
    };
  }

  /// Rows of blocks.
  ///
  /// @param w `(n, bytes)` of U8, the last axis without gaps
  static StoredRows of(Tensor w, BlockFormat format) {
    return switch (format) {
      case Q8_0 -> new ByteRows(w);
      case Q4_0 -> new NibbleRows(w);
      case Q4_K -> new KRows.Q4(w);
      case Q6_K -> new KRows.Q6(w);
    };
  }

  /// The address at which a row begins.
  final long start(long row) {
    return memory.address() + row * rowBytes;
  }

  /// `to[at + i] = row[from + i]` for `count` elements; `from` and `count` are whole blocks.
  abstract void read(long row, int from, int count, float[] to, int at);

  /// How many numbers `dots` wants to know of a row of `x` besides its elements, sums of some kind.
  int sums() {
    return 0;
  }

  /// Puts those of the row of `x` that begins at `at` at `to` and the places behind it.
  void sum(float[] x, int at, float[] sums, int to) {}

  /// `out[s·pitch + r] = Σ_p x[s·columns + p]·row(first + r)[p]` for `rows` rows and `count` rows
  /// of `x`.
  ///
  /// @param sums what `sum` told of every row of `x`
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
