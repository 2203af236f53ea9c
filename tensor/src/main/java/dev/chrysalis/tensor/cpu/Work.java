package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.MemoryPool;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// What one op needs while it runs: the threads, and tensors that are gone when it ends. It also
/// knows by which kind of kernel the op was computed.
final class Work implements AutoCloseable {
  /// Kinds of kernels.
  enum Route {
    /// The one for this processor.
    VECTOR(""),
    /// That which reads weights as they are stored.
    STORED(" of stored weights"),
    /// The one for this processor, in F32 between a cast and a cast.
    WIDENED(" in 16 bits, widened"),
    /// The plain one.
    SCALAR(" by the scalar kernel");

    private final String words;

    Route(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  private final Parallel pool;
  private final MemoryPool memory;
  private final List<Storage> owned = new ArrayList<>();
  private Route route = Route.VECTOR;

  Work(Parallel pool, MemoryPool memory) {
    this.pool = pool;
    this.memory = memory;
  }

  Route route() {
    return route;
  }

  /// The op is computed by such a kernel.
  void went(Route by) {
    route = by;
  }

  Parallel pool() {
    return pool;
  }

  /// A row-major tensor with undefined content.
  Tensor tensor(TensorType type) {
    Storage storage = memory.allocate(type.sizeBytes());
    owned.add(storage);
    return new Tensor(type, type.shape().rowMajorStrides(), 0, storage);
  }

  /// `x` in row-major order, itself if it is.
  Tensor contiguous(Tensor x) {
    if (x.isContiguous()) {
      return x;
    }
    Tensor copy = tensor(x.type());
    CopyKernels.copy(pool, x, copy);
    return copy;
  }

  List<Tensor> contiguous(List<Tensor> tensors) {
    List<Tensor> all = new ArrayList<>(tensors);
    all.replaceAll(this::contiguous);
    return all;
  }

  @Override
  public void close() {
    owned.forEach(Storage::release);
  }
}
