package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Layout;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The runs of the last axis of an F32 tensor. Kernels that need a row more than once copy it into
/// an array, padded to whole vectors, and compute there: the row stays in the nearest cache, and no
/// loop has a tail.
///
/// @param memory from the tensor's first element on
/// @param count number of rows
/// @param length elements of a row
/// @param starts the leading axes, where rows are not contiguous
/// @param contiguous whether row `i` starts at `i·length`
record Rows(MemorySegment memory, int count, int length, Layout starts, boolean contiguous) {
  /// Elements a task computes at least, so that handing it out costs little beside it.
  static final int CHUNK = 1 << 14;

  private static final Layout IN_ORDER = Layout.of(new int[0], new long[0]);

  /// The rows of `x`; copied first if they are strided within.
  static Rows of(Work work, Tensor x) {
    int last = x.rank() - 1;
    Tensor plain = x.size(last) == 1 || x.stride(last) == 1 ? x : work.contiguous(x);
    int length = x.size(last);
    boolean contiguous = plain.isContiguous();
    return new Rows(
        plain.segment(),
        Math.toIntExact(x.count() / length),
        length,
        contiguous ? IN_ORDER : leading(plain, last),
        contiguous);
  }

  private static Layout leading(Tensor x, int axes) {
    return Layout.of(Arrays.copyOf(x.shape().toArray(), axes), Arrays.copyOf(x.strides(), axes));
  }

  /// `length`, rounded up to whole vectors.
  int padded() {
    return Lanes.padded(length);
  }

  /// Where row `row` starts, in elements.
  long start(int row) {
    return contiguous ? (long) row * length : starts.position(0, row);
  }

  /// Copies row `row` into `array` and puts `padding` behind it.
  void read(int row, float[] array, float padding) {
    MemorySegment.copy(memory, Elements.F32, start(row) * 4, array, 0, length);
    Arrays.fill(array, length, padded(), padding);
  }

  void write(int row, float[] array) {
    MemorySegment.copy(array, 0, memory, Elements.F32, start(row) * 4, length);
  }

  /// Work on rows `from … to − 1`.
  interface Body {
    void run(int from, int to, Scratch scratch);
  }

  /// Works through all rows, some thousand elements a task.
  void forEach(Parallel pool, Body body) {
    forEach(pool, Math.max(1, CHUNK / length), body);
  }

  /// Works through all rows, `rowsPerTask` a task.
  void forEach(Parallel pool, int rowsPerTask, Body body) {
    int tasks = (count + rowsPerTask - 1) / rowsPerTask;
    pool.run(
        tasks,
        (task, scratch) ->
            body.run(task * rowsPerTask, Math.min(count, (task + 1) * rowsPerTask), scratch));
  }

  /// The floats of a contiguous tensor, padded with zeros to whole vectors.
  static float[] vector(Tensor x) {
    return vector(x, new float[Lanes.padded((int) x.count())]);
  }

  /// The same in `array`, which is at least as long.
  static float[] vector(Tensor x, float[] array) {
    int count = (int) x.count();
    MemorySegment.copy(x.segment(), Elements.F32, 0, array, 0, count);
    Arrays.fill(array, count, Lanes.padded(count), 0);
    return array;
  }
}
