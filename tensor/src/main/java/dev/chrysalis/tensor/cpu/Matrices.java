package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A batch of equally laid out matrices: element `(i, j)` of matrix `b` is element `offsets[b] +
/// i·rowStride + j·columnStride` of `segment`, in floats. Offsets may repeat.
record Matrices(MemorySegment segment, long[] offsets, long rowStride, long columnStride) {
  /// One matrix at the start of `segment`.
  static Matrices of(MemorySegment segment, long rowStride, long columnStride) {
    return new Matrices(segment, new long[1], rowStride, columnStride);
  }

  /// The two last axes of `tensor`, exchanged if `transpose`, once per index of `batch`, to which
  /// the leading axes broadcast.
  static Matrices of(Tensor tensor, boolean transpose, Shape batch) {
    int rank = tensor.rank();
    long row = tensor.stride(rank - 2);
    long column = tensor.stride(rank - 1);
    return new Matrices(
        tensor.segment(),
        offsets(tensor, rank - 2, batch),
        transpose ? column : row,
        transpose ? row : column);
  }

  /// Where the first `leading` axes of `tensor` begin, for every index of `batch` in row-major
  /// order.
  static long[] offsets(Tensor tensor, int leading, Shape batch) {
    long[] offsets = new long[Math.toIntExact(batch.count())];
    long repeat = batch.count();
    for (int axis = 0; axis < batch.rank(); axis++) {
      int size = batch.size(axis);
      int own = axis - batch.rank() + leading;
      long stride = own < 0 || tensor.size(own) == 1 ? 0 : tensor.stride(own);
      repeat = size == 0 ? 0 : repeat / size;
      for (int i = 0; i < offsets.length; i++) {
        offsets[i] += i / repeat % size * stride;
      }
    }
    return offsets;
  }

  int count() {
    return offsets.length;
  }

  /// Whether all matrices are the same one.
  boolean isRepeated() {
    for (long offset : offsets) {
      if (offset != offsets[0]) {
        return false;
      }
    }
    return true;
  }

  /// The first matrix, `count` times.
  Matrices repeated(int count) {
    long[] same = new long[count];
    Arrays.fill(same, offsets[0]);
    return new Matrices(segment, same, rowStride, columnStride);
  }

  /// The matrices of `rows` rows each under each other as one, if their rows lie evenly apart; else
  /// these.
  Matrices merged(int rows) {
    long step = rows == 1 ? offsets[1] - offsets[0] : rowStride;
    for (int i = 1; i < offsets.length; i++) {
      if (offsets[i] - offsets[i - 1] != step * rows) {
        return this;
      }
    }
    return new Matrices(segment, new long[] {offsets[0]}, step, columnStride);
  }
}
