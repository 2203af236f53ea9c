package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.MemoryPool;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// The backend that the others are compared with: slow, plain, in double precision, on one thread.
public final class ScalarBackend implements Backend {
  private final MemoryPool pool = new MemoryPool();

  /// A backend with an empty pool.
  public ScalarBackend() {}

  @Override
  public String name() {
    return "scalar";
  }

  /// Never chosen by itself.
  @Override
  public String description() {
    return "plain loops, to compare with";
  }

  @Override
  public int priority() {
    return -1;
  }

  @Override
  public boolean isAvailable() {
    return true;
  }

  @Override
  public Storage allocate(long sizeBytes) {
    return pool.allocate(sizeBytes);
  }

  @Override
  public void reserve(long sizeBytes) {
    pool.reserve(sizeBytes);
  }

  @Override
  public void execute(Op op, List<Tensor> inputs, List<Tensor> outputs) {
    ScalarKernels.execute(op, inputs, outputs);
  }

  @Override
  public int threads() {
    return 1;
  }
}
