package dev.chrysalis.bench;

import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.train.CountingBackend;
import java.util.Optional;
import java.util.function.Supplier;

/// Times a network that runs forward: images a second, and the GFLOP/s behind them. Operations are
/// those of matrix products, convolutions and attention, as the backend is asked for them.
///
/// @param name what is timed
/// @param shape its sizes
/// @param dtype of its weights
/// @param images that one call makes or reads
/// @param forward one call
record ModelBench(String name, String shape, String dtype, int images, Supplier<Tensor> forward) {
  /// The large product that networks are held against.
  static final GemmShape ROOF = new GemmShape(1024, 1024, 1024);

  /// Measures it.
  ///
  /// @throws BenchException if a value is not finite
  BenchRow run(Timing.Plan plan) {
    return run(Optional.of(plan));
  }

  /// Measures a single call, which is the first: for what takes minutes.
  ///
  /// @throws BenchException if a value is not finite
  BenchRow once() {
    return run(Optional.empty());
  }

  private BenchRow run(Optional<Timing.Plan> plan) {
    CountingBackend counting = new CountingBackend(Backends.current());
    long begun = System.nanoTime();
    double sum = Backends.with(counting, () -> Scope.compute(() -> squares(forward.get()))).item();
    Timing first = Timing.of(new long[] {System.nanoTime() - begun});
    if (!Double.isFinite(sum)) {
      throw new BenchException("%s: values are not finite: not timed".formatted(name));
    }
    Timing timing = plan.map(p -> Timing.measure(p, () -> Scope.run(forward::get))).orElse(first);
    return BenchRow.of(
        name,
        shape,
        dtype,
        timing,
        Rate.images(images / timing.medianMs() * 1e3),
        Rate.gflops(counting.flops() / timing.medianMs() * 1e-6));
  }

  private static Tensor squares(Tensor y) {
    return y.square().sum();
  }
}
