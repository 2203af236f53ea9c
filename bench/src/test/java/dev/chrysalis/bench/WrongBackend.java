package dev.chrysalis.bench;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.function.Predicate;

/// A backend that spoils the last element of some ops.
record WrongBackend(Backend right, Predicate<Op> spoils) implements Backend {
  @Override
  public String name() {
    return "wrong";
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
    right.execute(op, inputs, outputs);
    if (spoils.test(op)) {
      Tensor y = outputs.getFirst();
      long last = y.count() - 1;
      float value = y.segment().getAtIndex(Elements.F32, last);
      y.segment().setAtIndex(Elements.F32, last, value + 0.01f);
    }
  }

  @Override
  public int threads() {
    return 1;
  }
}
