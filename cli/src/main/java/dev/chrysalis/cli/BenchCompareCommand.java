package dev.chrysalis.cli;

import dev.chrysalis.bench.BenchRow;
import dev.chrysalis.bench.Comparison;
import dev.chrysalis.bench.Timing;
import dev.chrysalis.models.file.AtomicFile;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.Backend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;

/// Measures the same work on several backends.
@Command(
    name = "compare",
    description =
        "Measure the same work on several backends: operations and networks with random weights."
            + " Writes a page and, with --json, prints the rows.")
final class BenchCompareCommand extends ChrysalisCommand {
  private static final double MAX_SECONDS = 600;

  @Spec private CommandSpec spec;

  @Option(
      names = "--backends",
      split = ",",
      paramLabel = "NAME",
      description =
          "Which, the first being the one that others are held against; all of this machine by"
              + " itself, beginning with cpu.")
  private List<String> names = List.of();

  @Option(
      names = "--full",
      description = "Published sizes, for graphics processors; without it, minutes on two cores.")
  private boolean full;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      description = "Where the page goes, as HTML.")
  private Optional<Path> out = Optional.empty();

  @Option(names = "--json", description = "Print one JSON array of rows and nothing else.")
  private boolean json;

  private double seconds = 0.5;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "Warm up, and then measure, each this long; 0.5 by itself.")
  private void setSeconds(double value) {
    if (!(value >= 0 && value <= MAX_SECONDS)) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value for option '--seconds': got %s, need 0 to %.0f"
              .formatted(value, MAX_SECONDS));
    }
    seconds = value;
  }

  @Override
  public Integer call() {
    out.ifPresent(Outputs::checkFile);
    List<Backend> backends = BackendOptions.named(names);
    Comparison.Scale scale = full ? Comparison.Scale.FULL : Comparison.Scale.SMALL;
    Timing.Plan plan = Timing.Plan.of(Duration.ofNanos(Math.round(seconds * 1e9)));
    List<Comparison.Line> lines;
    long total = (long) Comparison.count(scale) * backends.size();
    try (Progress progress = Progress.start(console(), "bench compare", total)) {
      lines =
          Comparison.run(
              backends,
              scale,
              plan,
              (task, backend) -> {
                progress.remark(task + " on " + backend);
                progress.step();
              });
    }
    if (json) {
      ArrayNode rows = Json.newArray();
      lines.forEach(line -> line.rows().values().forEach(row -> rows.add(row.toJson())));
      console().json(rows);
    } else {
      lines.forEach(line -> print(backends, line));
    }
    out.ifPresent(file -> write(file, ComparePage.of(backends, lines, machine())));
    boolean whole = lines.stream().allMatch(line -> line.problems().isEmpty());
    return whole ? DONE : FAILED;
  }

  private void print(List<Backend> backends, Comparison.Line line) {
    String reference = backends.getFirst().name();
    for (Backend backend : backends) {
      BenchRow row = line.rows().get(backend.name());
      String what = "%s %s".formatted(line.name(), line.shape()).strip();
      if (row != null) {
        String ratio =
            line.speedUp(reference, backend.name())
                .map(times -> String.format(Locale.ROOT, "  %.3f of %s", times, reference))
                .orElse("");
        console()
            .line(
                String.format(
                    Locale.ROOT,
                    "%-8s %s  %s  median %.3f ms  %.2f %s%s",
                    backend.name(),
                    what,
                    line.dtype(),
                    row.timing().medianMs(),
                    row.rate().value(),
                    row.rate().unit(),
                    backend.name().equals(reference) ? "" : ratio));
      } else if (line.problems().containsKey(backend.name())) {
        console()
            .line(
                "%-8s %s  FAILED: %s"
                    .formatted(
                        backend.name(),
                        what,
                        Console.oneLine(line.problems().get(backend.name()))));
      }
    }
  }

  private static void write(Path file, String page) {
    try {
      AtomicFile.write(file, page.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written", e);
    }
  }

  private static String machine() {
    return "%d processors, %s, Java %s"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.arch"),
            Runtime.version());
  }
}
