package dev.chrysalis.tensor;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/// Runs ops on one kind of hardware. Found by `ServiceLoader`; chosen per scope with `Backends`.
///
/// A backend is one exhaustive switch from `Op` to a kernel. Shapes and dtypes were checked and
/// outputs allocated before `execute`; views never arrive here.
public interface Backend {
  /// The name users choose it by: `cpu`, `scalar`, `opencl`, `cuda`.
  String name();

  /// Higher is preferred when the user has not chosen; negative is never chosen by itself.
  int priority();

  /// Whether F32 operands are rounded to fewer digits in some ops, so that results differ from
  /// those of the plain backend by more than the order of sums.
  default boolean roundsOperands() {
    return false;
  }

  /// Whether it is another way to compute on the hardware of a backend that is there, too.
  default boolean isVariant() {
    return false;
  }

  /// Whether this machine can run it.
  boolean isAvailable();

  /// Memory for `sizeBytes` bytes, content undefined.
  Storage allocate(long sizeBytes);

  /// Says that large tensors of different sizes, `sizeBytes` bytes in all, are alive at once in
  /// what follows. A backend may make room for all of them in one piece, where its memory would
  /// else grow with each new size; it need not do anything.
  default void reserve(long sizeBytes) {}

  /// Computes `outputs` from `inputs`. Inputs may be strided; outputs are row-major, except that
  /// `Op.Copy` may write into a strided view.
  void execute(Op op, List<Tensor> inputs, List<Tensor> outputs);

  /// Threads this backend computes with.
  int threads();

  /// This backend for one of several threads that compute at the same time: it computes every op in
  /// the thread that asks for it, where it can. Memory is shared.
  default Backend alone() {
    return this;
  }

  /// Waits until all that was asked for is computed; at once where nothing is left for later.
  default void finish() {}

  /// How often each variant of a kernel ran since this backend was made, by its name; what other
  /// backends left to this one is counted with the rest. Empty if it does not count.
  default SortedMap<String, Long> variants() {
    return Collections.emptySortedMap();
  }

  /// What it computes with here, in a few words: `vectors of 256 bits, 2 threads`.
  default String description() {
    return threads() + " threads";
  }
}
