package dev.chrysalis.zoo.parity;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.util.List;
import java.util.SortedMap;

/// A backend whose F32 results are rounded to bf16, op by op: bf16 arithmetic with wider sums, as
/// hardware does it.
record Bf16Rounding(Backend exact) implements Backend {
  @Override
  public String name() {
    return exact.name() + " in bf16";
  }

  @Override
  public int priority() {
    return -1;
  }

  @Override
  public boolean isAvailable() {
    return exact.isAvailable();
  }

  @Override
  public Storage allocate(long sizeBytes) {
    return exact.allocate(sizeBytes);
  }

  @Override
  public void reserve(long sizeBytes) {
    exact.reserve(sizeBytes);
  }

  @Override
  public void execute(Op op, List<Tensor> inputs, List<Tensor> outputs) {
    exact.execute(op, inputs, outputs);
    outputs.stream().filter(out -> out.dtype() == DType.F32).forEach(this::round);
  }

  private void round(Tensor out) {
    TensorType type = new TensorType(DType.BF16, out.shape());
    Storage storage = exact.allocate(type.sizeBytes());
    Tensor rounded = new Tensor(type, type.shape().rowMajorStrides(), 0, storage);
    exact.execute(new Op.Cast(DType.BF16), List.of(out), List.of(rounded));
    exact.execute(new Op.Cast(DType.F32), List.of(rounded), List.of(out));
    storage.release();
  }

  @Override
  public SortedMap<String, Long> variants() {
    return exact.variants();
  }

  @Override
  public int threads() {
    return exact.threads();
  }
}
