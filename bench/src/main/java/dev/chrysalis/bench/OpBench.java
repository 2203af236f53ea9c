package dev.chrysalis.bench;

import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.train.CountingBackend;
import java.util.List;
import java.util.stream.Stream;

/// Times one op on the current backend, into memory that is there already.
///
/// @param terms see `SpotCheck.check`
/// @param exact what its first output should hold, in which places of it are checked before it is
///   timed
record OpBench(
    String name, String shape, Op op, List<Tensor> inputs, double terms, SpotCheck.Exact exact) {
  /// Measures it; operations are counted as the backend is asked for them.
  ///
  /// @throws BenchException if the backend computes it wrongly
  BenchRow run(Timing.Plan plan) {
    CountingBackend counting = new CountingBackend(Backends.current());
    List<Tensor> outputs = Backends.with(counting, () -> Ops.runAll(op, inputs));
    SpotCheck.check(name + " " + shape, outputs.getFirst(), terms, exact);
    Timing timing = Timing.measure(plan, () -> Ops.update(op, inputs, outputs));
    Rate rate = Rate.gflops(counting.flops() / timing.medianMs() * 1e-6);
    Tensor[] moved = Stream.of(inputs, outputs).flatMap(List::stream).toArray(Tensor[]::new);
    return BenchRow.of(
        name, shape, outputs.getFirst().dtype(), timing, rate, GemmBench.moved(timing, moved));
  }
}
