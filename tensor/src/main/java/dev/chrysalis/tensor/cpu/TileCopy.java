package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Layout;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.cpu.Scratch.Slot;
import java.lang.foreign.MemorySegment;

/// Copies where source and target are not contiguous along the same axis: in squares of the
/// target's innermost axis and of the axis along which the source is contiguous. A square goes
/// through working memory, so that both sides are touched in runs; read and written directly,
/// strides of a power of two would throw their lines out of the cache.
final class TileCopy {
  /// Side of the squares.
  private static final int TILE = 32;

  private final MemorySegment from;
  private final MemorySegment to;
  private final int elementBytes;

  /// Sizes of all axes but the innermost; the one across counts squares, not elements.
  private final int[] outerSizes;

  private final long[] fromStrides;
  private final long[] toStrides;
  private final int last;
  private final int across;
  private final int rows;
  private final int columns;

  /// @param layout of `from` and `to`, in this order
  TileCopy(Layout layout, Tensor from, Tensor to) {
    this.from = from.segment();
    this.to = to.segment();
    elementBytes = from.dtype().sizeBytes();
    fromStrides = layout.strides()[0];
    toStrides = layout.strides()[1];
    last = layout.rank() - 1;
    int crossed = last - 1;
    for (int axis = 0; axis < last; axis++) {
      if (fromStrides[axis] == 1) {
        crossed = axis;
      }
    }
    across = crossed;
    columns = layout.inner();
    rows = last == 0 ? 1 : layout.sizes()[across];
    outerSizes = layout.sizes().clone();
    if (last > 0) {
      outerSizes[across] = (rows + TILE - 1) / TILE;
    }
  }

  void run(Parallel pool) {
    long bands = 1;
    for (int axis = 0; axis < last; axis++) {
      bands *= outerSizes[axis];
    }
    long count = bands;
    long perTask = Math.max(1, CopyKernels.CHUNK_BYTES / elementBytes / TILE / columns);
    pool.run(
        CopyKernels.tasks(count, perTask),
        (task, scratch) -> {
          for (long i = task * perTask; i < Math.min(count, (task + 1) * perTask); i++) {
            band(i, scratch);
          }
        });
  }

  /// Copies the `TILE` rows of the axis across, all columns long, that have this number.
  private void band(long number, Scratch scratch) {
    long a = 0;
    long b = 0;
    int first = 0;
    long rest = number;
    for (int axis = last - 1; axis >= 0; axis--) {
      int index = (int) (rest % outerSizes[axis]);
      rest /= outerSizes[axis];
      if (axis == across) {
        index *= TILE;
        first = index;
      }
      a += index * fromStrides[axis];
      b += index * toStrides[axis];
    }
    int height = Math.min(TILE, rows - first);
    for (int j = 0; j < columns; j += TILE) {
      int width = Math.min(TILE, columns - j);
      square(a + j * fromStrides[last], b + j * toStrides[last], height, width, scratch);
    }
  }

  private void square(long a, long b, int height, int width, Scratch scratch) {
    long fromRow = last == 0 ? 0 : fromStrides[across];
    long toRow = last == 0 ? 0 : toStrides[across];
    long fromColumn = fromStrides[last];
    long toColumn = toStrides[last];
    if (fromRow != 1) {
      for (int i = 0; i < height; i++) {
        Strided.copy(
            from, a + i * fromRow, fromColumn, to, b + i * toRow, toColumn, width, elementBytes);
      }
      return;
    }
    if (elementBytes == 4 && toColumn == 1) {
      squareOfInts(a, b, height, width, scratch);
      return;
    }
    MemorySegment tile = scratch.memory((long) TILE * TILE * elementBytes);
    for (int j = 0; j < width; j++) {
      Strided.copy(from, a + j * fromColumn, 1, tile, (long) j * TILE, 1, height, elementBytes);
    }
    for (int i = 0; i < height; i++) {
      Strided.copy(tile, i, TILE, to, b + i * toRow, toColumn, width, elementBytes);
    }
  }

  /// The usual case, in arrays, where single elements are cheaper to move.
  private void squareOfInts(long a, long b, int height, int width, Scratch scratch) {
    int[] tile = scratch.ints(Slot.TILE, TILE * TILE);
    int[] row = scratch.ints(Slot.ROW, TILE);
    for (int j = 0; j < width; j++) {
      long source = a + j * fromStrides[last];
      MemorySegment.copy(from, Elements.I32, source * 4, tile, j * TILE, height);
    }
    for (int i = 0; i < height; i++) {
      for (int j = 0; j < width; j++) {
        row[j] = tile[j * TILE + i];
      }
      long target = b + i * toStrides[across];
      MemorySegment.copy(row, 0, to, Elements.I32, target * 4, width);
    }
  }
}
