package dev.chrysalis.cli;

import dev.chrysalis.bench.BenchRow;
import dev.chrysalis.bench.Rate;
import dev.chrysalis.bench.Timing;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// What all measurements share: how long, on what, and how their rows are printed.
final class BenchOptions {
  private static final double MAX_SECONDS = 3600;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Mixin private BackendOptions backend;

  @Option(names = "--json", description = "Print one JSON array of rows and nothing else.")
  private boolean json;

  private double seconds = 2;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "Warm up, and then measure, this long; 2 by itself, and at least 5 calls.")
  private void setSeconds(double value) {
    if (!(value >= 0 && value <= MAX_SECONDS)) {
      throw new ParameterException(
          command.commandLine(),
          "Invalid value for option '--seconds': got %s, need 0 to %.0f"
              .formatted(value, MAX_SECONDS));
    }
    seconds = value;
  }

  Timing.Plan plan() {
    return Timing.Plan.of(Duration.ofNanos(Math.round(seconds * 1e9)));
  }

  /// Takes measurements one after the other on the chosen backend and prints their rows.
  int run(String task, Stream<Supplier<List<BenchRow>>> measurements) {
    Console console = Console.of(command);
    List<Supplier<List<BenchRow>>> all = measurements.toList();
    ArrayNode rows = JsonNodeFactory.instance.arrayNode();
    backend.run(() -> {
      try (Progress progress = Progress.start(console, task, all.size())) {
        for (Supplier<List<BenchRow>> measurement : all) {
          for (BenchRow row : measurement.get()) {
            rows.add(row.toJson());
            if (!json) {
              progress.line(text(row));
            }
          }
          progress.step();
        }
      }
      return rows;
    });
    if (json) {
      console.json(rows);
    }
    return ChrysalisCommand.DONE;
  }

  private static String text(BenchRow row) {
    StringBuilder line =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%-10s  %s  %s  %s  %d threads  median %.3f ms  min %.3f ms  max %.3f ms",
                row.name(),
                row.shape(),
                row.dtype(),
                row.backend(),
                row.threads(),
                row.timing().medianMs(),
                row.timing().minMs(),
                row.timing().maxMs()));
    for (Rate rate : row.rates()) {
      line.append(String.format(Locale.ROOT, "  %.2f %s", rate.value(), rate.unit().label()));
    }
    row.ratioToSgemm()
        .ifPresent(ratio -> line.append(String.format(Locale.ROOT, "  %.3f of gemm", ratio)));
    row.fractionOfRoof()
        .ifPresent(part -> line.append(String.format(Locale.ROOT, "  %.3f of the roof", part)));
    row.heapBytes()
        .ifPresent(bytes ->
            line.append(String.format(Locale.ROOT, "  %.1f KiB of heap a token", bytes / 1024)));
    return line.toString();
  }
}
