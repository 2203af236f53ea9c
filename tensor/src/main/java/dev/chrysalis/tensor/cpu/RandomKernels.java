package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Philox;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// Random numbers into F32 tensors.
final class RandomKernels {
  /// Numbers a task draws; a multiple of `Philox.BLOCK`.
  private static final int CHUNK = 1 << 12;

  private RandomKernels() {}

  static void random(Parallel pool, Op.Random op, Tensor y) {
    long count = y.count();
    MemorySegment memory = y.segment();
    pool.run(
        Math.toIntExact((count + CHUNK - 1) / CHUNK),
        task -> {
          long first = (long) task * CHUNK;
          int size = (int) Math.min(CHUNK, count - first);
          double[] numbers = new double[size];
          switch (op.distribution()) {
            case UNIFORM -> Philox.uniforms(op.seed(), op.stream(), first, numbers, size);
            case NORMAL -> Philox.normals(op.seed(), op.stream(), first, numbers, size);
          }
          for (int i = 0; i < size; i++) {
            memory.set(Elements.F32, (first + i) * 4, (float) numbers[i]);
          }
        });
  }
}
