package dev.chrysalis.autograd;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// Counts the storages of another backend that are in use.
final class CountingBackend implements Backend {
  private final Backend counted;
  private int live;
  private int peak;

  CountingBackend(Backend counted) {
    this.counted = counted;
  }

  /// Storages handed out and not given back.
  int live() {
    return live;
  }

  /// The largest number of them at once since the last call.
  int takePeak() {
    int result = peak;
    peak = live;
    return result;
  }

  @Override
  public Storage allocate(long sizeBytes) {
    Storage storage = counted.allocate(sizeBytes);
    live++;
    peak = Math.max(peak, live);
    return new Storage(
        storage.segment(),
        () -> {
          live--;
          storage.release();
        });
  }

  @Override
  public void execute(Op op, List<Tensor> inputs, List<Tensor> outputs) {
    counted.execute(op, inputs, outputs);
  }

  @Override
  public String name() {
    return "counting";
  }

  @Override
  public int priority() {
    return -1;
  }

  @Override
  public boolean isAvailable() {
    return counted.isAvailable();
  }

  @Override
  public int threads() {
    return counted.threads();
  }
}
