package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Layout;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Walks tensors whose shapes broadcast to one, block by block, and hands kernels plain runs of
/// memory.
///
/// An operand that lies in memory as the block needs it is handed over in place. Any other one
/// (repeated, strided, or the last elements that fill no vector) is copied into working memory
/// first, small enough to stay in the nearest cache, and an output is copied back: a kernel is one
/// loop over whole vectors and has no other cases.
final class Elementwise {
  /// Computes `count` elements, a multiple of the lanes. Operands are the inputs, then the outputs.
  interface Kernel {
    void run(MemorySegment[] operands, int count);
  }

  /// A kernel of one F32 input and one F32 output.
  interface Map {
    void run(MemorySegment x, MemorySegment y, long sizeBytes);
  }

  /// A kernel of two F32 inputs and one F32 output.
  interface Map2 {
    void run(MemorySegment a, MemorySegment b, MemorySegment y, long sizeBytes);
  }

  private record Operand(MemorySegment memory, int sizeBytes, boolean dense, boolean written) {}

  /// Elements a task computes.
  private static final int CHUNK = 1 << 15;

  /// Elements computed at once where operands are copied.
  private static final int BLOCK = 1 << 11;

  /// Rows at least this long are walked one by one, so that operands that are contiguous along them
  /// need no copy.
  private static final int LONG_ROW = 1 << 8;

  private static final int SLOT_BYTES = (BLOCK + 64) * 8;

  private final Operand[] operands;
  private final Layout layout;
  private final boolean allDense;
  private final boolean rowByRow;
  private final Kernel kernel;

  private Elementwise(List<Tensor> inputs, List<Tensor> outputs, Kernel kernel) {
    this.kernel = kernel;
    Shape shape = outputs.getFirst().shape();
    List<Tensor> all = new ArrayList<>(inputs);
    all.addAll(outputs);
    long[][] strides = new long[all.size()][];
    for (int k = 0; k < strides.length; k++) {
      strides[k] = broadcastStrides(all.get(k), shape);
    }
    layout = Layout.of(shape.toArray(), strides);
    operands = new Operand[strides.length];
    boolean dense = true;
    for (int k = 0; k < operands.length; k++) {
      Tensor tensor = all.get(k);
      operands[k] =
          new Operand(
              tensor.segment(), tensor.dtype().sizeBytes(), layout.isDense(k), k >= inputs.size());
      dense &= operands[k].dense;
    }
    allDense = dense;
    rowByRow = layout.inner() >= LONG_ROW;
  }

  /// Computes `outputs`, which have one shape, from `inputs`, which broadcast to it.
  static void run(Parallel pool, List<Tensor> inputs, List<Tensor> outputs, Kernel kernel) {
    new Elementwise(inputs, outputs, kernel).run(pool);
  }

  static void map(Parallel pool, List<Tensor> in, Tensor y, Map kernel) {
    run(pool, in, List.of(y), (s, n) -> kernel.run(s[0], s[1], 4L * n));
  }

  static void map2(Parallel pool, List<Tensor> in, Tensor y, Map2 kernel) {
    run(pool, in, List.of(y), (s, n) -> kernel.run(s[0], s[1], s[2], 4L * n));
  }

  /// Strides under which `tensor` is read as `shape`, to which it broadcasts.
  static long[] broadcastStrides(Tensor tensor, Shape shape) {
    int extra = shape.rank() - tensor.rank();
    long[] strides = new long[shape.rank()];
    for (int axis = extra; axis < strides.length; axis++) {
      boolean repeats = tensor.size(axis - extra) == 1 && shape.size(axis) != 1;
      strides[axis] = repeats ? 0 : tensor.stride(axis - extra);
    }
    return strides;
  }

  private void run(Parallel pool) {
    long count = layout.count();
    int tasks = Math.toIntExact((count + CHUNK - 1) / CHUNK);
    pool.run(
        tasks,
        (task, scratch) -> {
          long start = (long) task * CHUNK;
          chunk(start, Math.min(count, start + CHUNK), scratch);
        });
  }

  private void chunk(long start, long stop, Scratch scratch) {
    if (allDense) {
      block(start, (int) (stop - start), false, scratch);
      return;
    }
    int inner = layout.inner();
    boolean constantsFilled = false;
    for (long at = start; at < stop; ) {
      long left = Math.min(stop - at, BLOCK);
      int count = (int) (rowByRow ? Math.min(left, inner - at % inner) : left);
      block(at, count, constantsFilled, scratch);
      constantsFilled = true;
      at += count;
    }
  }

  /// Computes the elements from `start` on. Constant operands were copied with the first block.
  private void block(long start, int count, boolean constantsFilled, Scratch scratch) {
    int whole = count - count % Lanes.COUNT;
    boolean hasTail = whole < count;
    MemorySegment slots =
        allDense && !hasTail
            ? MemorySegment.NULL
            : scratch.memory((long) SLOT_BYTES * operands.length);
    MemorySegment[] block = new MemorySegment[operands.length];
    boolean[] copied = new boolean[operands.length];
    for (int k = 0; k < operands.length; k++) {
      Operand operand = operands[k];
      long size = operand.sizeBytes;
      if (operand.dense) {
        block[k] = operand.memory.asSlice(start * size, count * size);
      } else if (rowByRow && layout.innerStride(k) == 1) {
        block[k] = operand.memory.asSlice(layout.position(k, start) * size, count * size);
      } else {
        block[k] = slots.asSlice((long) k * SLOT_BYTES, SLOT_BYTES);
        copied[k] = true;
        if (!operand.written) {
          gather(k, start, count, block[k], constantsFilled);
        }
      }
    }
    if (whole > 0) {
      kernel.run(block, whole);
    }
    if (hasTail) {
      tail(block, copied, whole, count - whole, slots);
    }
    for (int k = 0; k < operands.length; k++) {
      if (copied[k] && operands[k].written) {
        scatter(k, start, count, block[k]);
      }
    }
  }

  /// Computes the last `rest` elements of a block as one vector, beside the block.
  private void tail(
      MemorySegment[] block, boolean[] copied, int whole, int rest, MemorySegment slots) {
    MemorySegment[] views = new MemorySegment[block.length];
    for (int k = 0; k < block.length; k++) {
      long size = operands[k].sizeBytes;
      if (copied[k]) {
        views[k] = block[k].asSlice(whole * size, Lanes.COUNT * size);
      } else {
        views[k] = slots.asSlice((long) k * SLOT_BYTES, Lanes.COUNT * size);
        MemorySegment.copy(block[k], whole * size, views[k], 0, rest * size);
      }
    }
    kernel.run(views, Lanes.COUNT);
    for (int k = 0; k < block.length; k++) {
      long size = operands[k].sizeBytes;
      if (operands[k].written && !copied[k]) {
        MemorySegment.copy(views[k], 0, block[k], whole * size, rest * size);
      }
    }
  }

  private void gather(int k, long start, int count, MemorySegment slot, boolean constantsFilled) {
    if (layout.isConstant(k)) {
      if (!constantsFilled) {
        Strided.copy(operands[k].memory, 0, 0, slot, 0, 1, BLOCK, operands[k].sizeBytes);
      }
      return;
    }
    int inner = layout.inner();
    long step = layout.innerStride(k);
    for (int done = 0; done < count; ) {
      long index = start + done;
      int run = (int) Math.min(inner - index % inner, count - done);
      long from = layout.position(k, index);
      Strided.copy(operands[k].memory, from, step, slot, done, 1, run, operands[k].sizeBytes);
      done += run;
    }
  }

  private void scatter(int k, long start, int count, MemorySegment slot) {
    int inner = layout.inner();
    long step = layout.innerStride(k);
    for (int done = 0; done < count; ) {
      long index = start + done;
      int run = (int) Math.min(inner - index % inner, count - done);
      long to = layout.position(k, index);
      Strided.copy(slot, done, 1, operands[k].memory, to, step, run, operands[k].sizeBytes);
      done += run;
    }
  }
}
