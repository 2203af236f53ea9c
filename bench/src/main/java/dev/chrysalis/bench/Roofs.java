package dev.chrysalis.bench;

import java.util.OptionalDouble;

/// The limits of a machine with one backend, measured in the same run as what is held against them:
/// a large matrix product and a pass over memory that is in no cache.
///
/// Williams, Waterman & Patterson 2009, "Roofline".
///
/// @param gflops 10⁹ floating-point operations a second
/// @param gbytesPerSecond 10⁹ bytes a second
public record Roofs(double gflops, double gbytesPerSecond) {
  /// The most operations a second, in 10⁹, for work of this intensity.
  ///
  /// @param intensity operations for each byte that has to come from memory
  public double at(double intensity) {
    return Math.min(gflops, intensity * gbytesPerSecond);
  }

  /// The part of its limit that a measurement reached; above 1 where its data were in a cache.
  ///
  /// @return empty if the measurement counts neither operations nor bytes
  public OptionalDouble fraction(BenchRow row) {
    OptionalDouble flops = row.rate(Rate.Unit.GFLOPS);
    if (flops.isPresent()) {
      double roof = row.intensity().isPresent() ? at(row.intensity().getAsDouble()) : gflops;
      return OptionalDouble.of(flops.getAsDouble() / roof);
    }
    OptionalDouble bytes = row.rate(Rate.Unit.GBYTES);
    return bytes.isPresent()
        ? OptionalDouble.of(bytes.getAsDouble() / gbytesPerSecond)
        : OptionalDouble.empty();
  }
}
