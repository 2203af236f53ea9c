package dev.chrysalis.bench;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// A backend that does everything but update parameters.
record IdleOptimizer(Backend right) implements Backend {
  @Override
  public String name() {
    return "idle";
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
    return right.allocate(sizeBytes);
  }

  @Override
  public void execute(Op op, List<Tensor> inputs, List<Tensor> outputs) {
    if (!(op instanceof Op.AdamW)) {
      right.execute(op, inputs, outputs);
    }
  }

  @Override
  public int threads() {
    return 1;
  }
}
