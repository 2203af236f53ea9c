package dev.chrysalis.bench;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import tools.jackson.databind.node.ObjectNode;

/// One measurement.
///
/// @param name what was timed
/// @param shape its sizes, in the words of the benchmark
/// @param dtype of the operands, `f32` for example; of weights where only those have another one
/// @param threads threads that the backend computes with
/// @param rates what was done per second, the one to compare first
/// @param ratioToSgemm the rate of the same kind divided by that of the matrix product measured in
///   the same run; only where it says something
/// @param fractionOfRoof the rate of the same kind divided by the machine's own limit, measured in
///   the same run; only where it says something
/// @param heapBytes that a token takes from the JVM's heap, by the JVM's own counter; only where it
///   was measured
public record BenchRow(
    String name,
    String shape,
    String dtype,
    String backend,
    int threads,
    Timing timing,
    List<Rate> rates,
    OptionalDouble ratioToSgemm,
    OptionalDouble fractionOfRoof,
    OptionalDouble heapBytes) {
  public BenchRow {
    rates = List.copyOf(rates);
  }

  /// A measurement in F32 on the current backend.
  static BenchRow of(String name, String shape, Timing timing, Rate... rates) {
    return of(name, shape, "f32", timing, rates);
  }

  /// A measurement on the current backend.
  static BenchRow of(String name, String shape, DType dtype, Timing timing, Rate... rates) {
    return of(name, shape, dtype.name().toLowerCase(Locale.ROOT), timing, rates);
  }

  /// A measurement on the current backend.
  static BenchRow of(String name, String shape, String dtype, Timing timing, Rate... rates) {
    Backend backend = Backends.current();
    return new BenchRow(
        name,
        shape,
        dtype,
        backend.name(),
        backend.threads(),
        timing,
        List.of(rates),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty());
  }

  /// The rate to compare.
  public Rate rate() {
    return rates.getFirst();
  }

  /// This row, held against the matrix product of the same run.
  BenchRow against(BenchRow sgemm) {
    return with(OptionalDouble.of(ratioTo(sgemm)), fractionOfRoof, heapBytes);
  }

  /// This row, held against a limit of the machine.
  BenchRow below(BenchRow roof) {
    return with(ratioToSgemm, OptionalDouble.of(ratioTo(roof)), heapBytes);
  }

  /// This row, with what a token takes from the heap.
  BenchRow allocating(double bytes) {
    return with(ratioToSgemm, fractionOfRoof, OptionalDouble.of(bytes));
  }

  private double ratioTo(BenchRow other) {
    return rate(other.rate().unit()).orElseThrow() / other.rate().value();
  }

  /// The rate in a unit.
  public OptionalDouble rate(Rate.Unit unit) {
    return rates.stream().filter(r -> r.unit() == unit).mapToDouble(Rate::value).findFirst();
  }

  /// Operations for each byte that has to be read or written at least; empty where the two are not
  /// both counted.
  public OptionalDouble intensity() {
    OptionalDouble flops = rate(Rate.Unit.GFLOPS);
    OptionalDouble bytes = rate(Rate.Unit.GBYTES);
    return flops.isPresent() && bytes.isPresent()
        ? OptionalDouble.of(flops.getAsDouble() / bytes.getAsDouble())
        : OptionalDouble.empty();
  }

  /// The same work, done by another in another time.
  BenchRow by(String other, int itsThreads, Timing itsTiming) {
    double factor = timing.medianMs() / itsTiming.medianMs();
    return new BenchRow(
        name,
        shape,
        dtype,
        other,
        itsThreads,
        itsTiming,
        rates.stream().map(rate -> rate.times(factor)).toList(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty());
  }

  private BenchRow with(OptionalDouble ratio, OptionalDouble fraction, OptionalDouble heap) {
    return new BenchRow(name, shape, dtype, backend, threads, timing, rates, ratio, fraction, heap);
  }

  /// `{"name", "shape", "dtype", "backend", "threads", "median_ms", "min_ms", "max_ms"}`, its rates
  /// (`"gflops"`, `"gbytes_per_s"`, `"tokens_per_s"`, `"images_per_s"`), and `"ratio_to_sgemm"`,
  /// `"fraction_of_roof"`, `"heap_bytes_per_token"` where they were measured.
  public ObjectNode toJson() {
    ObjectNode json =
        Json.newObject()
            .put("name", name)
            .put("shape", shape)
            .put("dtype", dtype)
            .put("backend", backend)
            .put("threads", threads)
            .put("median_ms", timing.medianMs())
            .put("min_ms", timing.minMs())
            .put("max_ms", timing.maxMs());
    rates.forEach(rate -> json.put(rate.unit().key(), rate.value()));
    ratioToSgemm.ifPresent(ratio -> json.put("ratio_to_sgemm", ratio));
    fractionOfRoof.ifPresent(fraction -> json.put("fraction_of_roof", fraction));
    heapBytes.ifPresent(bytes -> json.put("heap_bytes_per_token", bytes));
    return json;
  }
}
