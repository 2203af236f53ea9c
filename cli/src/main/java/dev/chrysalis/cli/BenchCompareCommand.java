package dev.chrysalis.cli;

import dev.chrysalis.bench.BenchRow;
import dev.chrysalis.bench.Comparison;
import dev.chrysalis.bench.PeerException;
import dev.chrysalis.bench.Roofs;
import dev.chrysalis.bench.Timing;
import dev.chrysalis.bench.TorchPeer;
import dev.chrysalis.cli.ComparePage.Column;
import dev.chrysalis.models.file.AtomicFile;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.device.DeviceBackend;
import dev.chrysalis.tensor.device.DeviceInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
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
        "Measure the same work on several backends, and by another library beside them: operations"
            + " and networks with random weights. Prints rows and, with -o, writes a page.")
final class BenchCompareCommand extends ChrysalisCommand {
  private static final double MAX_SECONDS = 600;

  /// Other libraries that the work can be given to.
  enum Library {
    torch
  }

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

  private Set<String> kinds = Set.copyOf(Comparison.KINDS);

  @Option(
      names = "--work",
      paramLabel = "KIND",
      split = ",",
      description =
          "Which work: gemm, conv, attention, rows, llm, siglip, draw, train; all by itself.")
  private void setKinds(List<String> chosen) {
    for (String kind : chosen) {
      if (!Comparison.KINDS.contains(kind)) {
        throw new ParameterException(
            spec.commandLine(),
            "Invalid value for option '--work': %s is none of %s"
                .formatted(kind, String.join(", ", Comparison.KINDS)));
      }
    }
    kinds = Set.copyOf(chosen);
  }

  @Option(
      names = "--peer",
      paramLabel = "NAME",
      description =
          "Measure another library beside, one of ${COMPLETION-CANDIDATES}: on the processor and,"
              + " beside the backend cuda, on the card.")
  private Optional<Library> library = Optional.empty();

  @Option(
      names = "--python",
      paramLabel = "PROGRAM",
      defaultValue = "python3",
      description = "The Python that has the other library. Default: ${DEFAULT-VALUE}.")
  private String python;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      description = "Where the page goes, as HTML.")
  private Optional<Path> out = Optional.empty();

  @Option(names = "--json", description = "Print one JSON array of rows and nothing else.")
  private boolean json;

  private Optional<Duration> limit = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "S",
      description =
          "Begin nothing new after so many seconds; what is left out is said, and the exit status 1.")
  private void setLimit(int value) {
    if (value < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value for option '--limit': got %d, need 1 or more".formatted(value));
    }
    limit = Optional.of(Duration.ofSeconds(value));
  }

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
    List<Backend> backends = backends();
    List<TorchPeer> peers = library.isPresent() ? torch(backends) : List.of();
    Comparison.Result result;
    try {
      result = measure(backends, peers);
    } finally {
      peers.forEach(TorchPeer::close);
    }
    List<Column> columns =
        Stream.concat(
                backends.stream().map(b -> new Column(b.name(), b.description())),
                peers.stream().map(p -> new Column(p.name(), p.description())))
            .toList();
    if (json) {
      console().json(toJson(result));
    } else {
      result.roofs().forEach(this::print);
      result.lines().forEach(line -> print(columns, line));
    }
    if (Console.main(spec).isVerbose()) {
      backends.forEach(backend -> BackendOptions.tell(console(), backend));
    }
    out.ifPresent(file -> write(file, new ComparePage(columns, result, machine()).html()));
    boolean whole = result.lines().stream().allMatch(line -> line.problems().isEmpty());
    boolean alone = library.isPresent() && peers.isEmpty();
    return whole && !alone ? DONE : FAILED;
  }

  private List<Backend> backends() {
    try {
      return BackendOptions.named(names);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "Invalid value for option '--backends': " + e.getMessage(), e);
    }
  }

  private Comparison.Result measure(List<Backend> backends, List<TorchPeer> peers) {
    Comparison.Scale scale = full ? Comparison.Scale.FULL : Comparison.Scale.SMALL;
    Timing.Plan plan = Timing.Plan.of(Duration.ofNanos(Math.round(seconds * 1e9)));
    long total = Comparison.count(backends.size(), peers.size(), scale, kinds);
    try (Progress progress = Progress.start(console(), "bench compare", total)) {
      return Comparison.run(
          backends,
          peers,
          scale,
          kinds,
          limit,
          plan,
          (task, backend) -> {
            progress.remark(task + " on " + backend);
            progress.step();
          });
    }
  }

  /// PyTorch where the backends compute: on the card beside `cuda`, in mixed precision beside
  /// `cuda-bf16`, on the processor beside what computes there. What is not there is said.
  private List<TorchPeer> torch(List<Backend> backends) {
    int threads = backends.stream().mapToInt(Backend::threads).max().orElse(1);
    List<TorchPeer> peers = new ArrayList<>();
    backends.stream()
        .flatMap(backend -> torchDevice(backend).stream())
        .distinct()
        .forEach(device -> {
          try {
            peers.add(TorchPeer.start(python, device, threads));
          } catch (PeerException e) {
            console().note("chrysalis: measured without it: " + Console.oneLine(e.getMessage()));
          }
        });
    return peers;
  }

  /// Where PyTorch computes beside a backend; nowhere beside OpenCL on a graphics processor.
  private static Optional<String> torchDevice(Backend backend) {
    if (backend.name().startsWith("cuda")) {
      return Optional.of(backend.name());
    }
    boolean onCard =
        backend instanceof DeviceBackend device
            && device.isAvailable()
            && device.chosen().kind() == DeviceInfo.Kind.GPU;
    return onCard ? Optional.empty() : Optional.of("cpu");
  }

  /// Rows of measurements; `{"name": "roofs", "backend", …}` for each backend; `{"name", "shape",
  /// "backend", "problem"}` for what failed.
  private static ArrayNode toJson(Comparison.Result result) {
    ArrayNode rows = Json.newArray();
    result
        .roofs()
        .forEach((backend, roofs) ->
            rows.addObject()
                .put("name", "roofs")
                .put("backend", backend)
                .put("gflops", roofs.gflops())
                .put("gbytes_per_s", roofs.gbytesPerSecond()));
    for (Comparison.Line line : result.lines()) {
      line.rows().values().forEach(row -> rows.add(row.toJson()));
      line.problems()
          .forEach((backend, problem) ->
              rows.addObject()
                  .put("name", line.name())
                  .put("shape", line.shape())
                  .put("backend", backend)
                  .put("problem", problem));
    }
    return rows;
  }

  private void print(String backend, Roofs roofs) {
    console()
        .line(
            String.format(
                Locale.ROOT,
                "%-10s roofs  %.1f GFLOP/s, %.1f GB/s",
                backend,
                roofs.gflops(),
                roofs.gbytesPerSecond()));
  }

  private void print(List<Column> columns, Comparison.Line line) {
    String reference = columns.getFirst().name();
    String what = "%s %s".formatted(line.name(), line.shape()).strip();
    for (Column column : columns) {
      String name = column.name();
      BenchRow row = line.rows().get(name);
      if (row != null) {
        String ratio =
            name.equals(reference)
                ? ""
                : line.speedUp(reference, name)
                    .map(times -> String.format(Locale.ROOT, "  %.3f of %s", times, reference))
                    .orElse("");
        console()
            .line(
                String.format(
                    Locale.ROOT,
                    "%-10s %s  %s  median %.3f ms  min %.3f ms  max %.3f ms  %.2f %s%s",
                    name,
                    what,
                    line.dtype(),
                    row.timing().medianMs(),
                    row.timing().minMs(),
                    row.timing().maxMs(),
                    row.rate().value(),
                    row.rate().unit().label(),
                    ratio));
      } else if (line.problems().containsKey(name)) {
        console()
            .line(
                "%-10s %s  FAILED: %s"
                    .formatted(name, what, Console.oneLine(line.problems().get(name))));
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
