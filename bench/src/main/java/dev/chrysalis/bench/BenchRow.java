package dev.chrysalis.bench;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import java.util.Locale;
import java.util.OptionalDouble;
import tools.jackson.databind.node.ObjectNode;

/// One measurement.
///
/// @param name what was timed
/// @param shape its sizes, in the words of the benchmark
/// @param threads threads that the backend computes with
/// @param ratioToSgemm the rate divided by that of the matrix product measured in the same run;
///   only where it says something
public record BenchRow(
    String name,
    String shape,
    DType dtype,
    String backend,
    int threads,
    Timing timing,
    Rate rate,
    OptionalDouble ratioToSgemm) {
  /// A measurement in F32 on the current backend.
  static BenchRow of(String name, String shape, Timing timing, Rate rate) {
    Backend backend = Backends.current();
    return new BenchRow(
        name,
        shape,
        DType.F32,
        backend.name(),
        backend.threads(),
        timing,
        rate,
        OptionalDouble.empty());
  }

  /// This row, held against the matrix product of the same run.
  BenchRow against(BenchRow sgemm) {
    double ratio = rate.value() / sgemm.rate().value();
    return new BenchRow(
        name, shape, dtype, backend, threads, timing, rate, OptionalDouble.of(ratio));
  }

  /// `{"name", "shape", "dtype", "backend", "threads", "median_ms", "min_ms", "max_ms", "gflops" |
  /// "gbytes_per_s"}`, and `"ratio_to_sgemm"` where it was measured.
  public ObjectNode toJson() {
    ObjectNode json =
        Json.newObject()
            .put("name", name)
            .put("shape", shape)
            .put("dtype", dtype.name().toLowerCase(Locale.ROOT))
            .put("backend", backend)
            .put("threads", threads)
            .put("median_ms", timing.medianMs())
            .put("min_ms", timing.minMs())
            .put("max_ms", timing.maxMs())
            .put(rate.key(), rate.value());
    ratioToSgemm.ifPresent(ratio -> json.put("ratio_to_sgemm", ratio));
    return json;
  }
}
