package dev.chrysalis.bench;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// PyTorch, in a process of Python that answers requests line by line (`torch_peer.py` beside this
/// class): it measures in turn with the backends, so that a machine that changes its speed changes
/// it for all. It waits without computing while others are measured.
public final class TorchPeer implements Peer {
  private static final String SCRIPT = "torch_peer.py";
  private static final String ERRORS = "errors.txt";
  private static final long SECONDS_TO_END = 5;

  private final Path folder;
  private final Process process;
  private final BufferedReader answers;
  private final Writer requests;
  private final String name;
  private final int threads;
  private String description = "";

  /// Starts PyTorch.
  ///
  /// @param python the interpreter, by name or path
  /// @param device as PyTorch names it: cpu, cuda
  /// @param threads that it may compute with
  /// @throws PeerException if there is no such interpreter, or no PyTorch or no such device in it
  public static TorchPeer start(String python, String device, int threads) {
    Path folder = folder();
    try {
      TorchPeer peer =
          new TorchPeer(folder, process(folder, python, device, threads), device, threads);
      peer.greet();
      return peer;
    } catch (IOException e) {
      delete(folder);
      throw new PeerException("peer torch: " + e.getMessage());
    }
  }

  private static Path folder() {
    try {
      return Files.createTempDirectory("chrysalis-peer");
    } catch (IOException e) {
      throw new PeerException("peer torch: no folder for its program: " + e.getMessage());
    }
  }

  private static Process process(Path folder, String python, String device, int threads)
      throws IOException {
    Path script = folder.resolve(SCRIPT);
    try (InputStream source = TorchPeer.class.getResourceAsStream(SCRIPT)) {
      Files.copy(Objects.requireNonNull(source, SCRIPT), script);
    }
    ProcessBuilder builder =
        new ProcessBuilder(python, script.toString(), device, Integer.toString(threads))
            .redirectError(folder.resolve(ERRORS).toFile());
    Map<String, String> environment = builder.environment();
    environment.put("OMP_NUM_THREADS", Integer.toString(threads));
    environment.put("MKL_NUM_THREADS", Integer.toString(threads));
    // Keeps the memory of results from going back to the system between calls, which PyTorch would
    // be measured by.
    environment.put("MALLOC_MMAP_THRESHOLD_", Long.toString(4L << 30));
    environment.put("MALLOC_TRIM_THRESHOLD_", Long.toString(8L << 30));
    return builder.start();
  }

  private TorchPeer(Path folder, Process process, String device, int threads) {
    this.folder = folder;
    this.process = process;
    this.threads = threads;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.requests = process.outputWriter(StandardCharsets.UTF_8);
    this.name = "torch-" + device;
  }

  private void greet() {
    try {
      JsonNode hello = answer();
      description =
          "PyTorch %s on %s, %d threads"
              .formatted(
                  Json.requireString(hello, name, "torch"),
                  Json.requireString(hello, name, "device"),
                  Json.requireInt(hello, name, "threads"));
    } catch (ConfigException e) {
      close();
      throw new PeerException("peer %s: %s".formatted(name, e.getMessage()));
    } catch (PeerException e) {
      close();
      throw e;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public Optional<BenchRow> measure(BenchRow row, ObjectNode config, Timing.Plan plan) {
    ObjectNode request =
        Json.newObject()
            .put("name", row.name())
            .put("shape", row.shape())
            .put("dtype", row.dtype())
            .put("warm_up_s", plan.warmUp().toNanos() * 1e-9)
            .put("measure_s", plan.measure().toNanos() * 1e-9)
            .put("min_runs", plan.minRuns());
    request.set("config", config);
    try {
      requests.write(request + "\n");
      requests.flush();
    } catch (IOException e) {
      throw ended();
    }
    try {
      return timing(answer()).map(timing -> row.by(name, threads, timing));
    } catch (ConfigException e) {
      throw new PeerException("peer %s: %s".formatted(name, e.getMessage()));
    }
  }

  private Optional<Timing> timing(JsonNode found) {
    if (found.has("error")) {
      throw new PeerException(Json.requireString(found, name, "error"));
    }
    return found.has("unknown")
        ? Optional.empty()
        : Optional.of(
            new Timing(
                Json.requireDouble(found, name, "median_ms"),
                Json.requireDouble(found, name, "min_ms"),
                Json.requireDouble(found, name, "max_ms"),
                Json.requireInt(found, name, "runs")));
  }

  /// @throws ConfigException if the next line is no JSON
  private JsonNode answer() {
    try {
      String line = answers.readLine();
      if (line == null) {
        throw ended();
      }
      return Json.parse(line, name);
    } catch (IOException e) {
      throw ended();
    }
  }

  /// How a process ended that does not talk any more, and its last words.
  private PeerException ended() {
    end();
    String words;
    try {
      List<String> said = Files.readAllLines(folder.resolve(ERRORS));
      words = said.isEmpty() ? "" : ": " + said.getLast();
    } catch (IOException e) {
      words = "";
    }
    String how = process.isAlive() ? "does not end" : "ended with " + process.exitValue();
    return new PeerException("peer %s: %s%s".formatted(name, how, words));
  }

  /// Waits for a little, then does not wait any more.
  private void end() {
    try {
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /// Ends the process and removes what was written for it.
  @Override
  public void close() {
    process.destroy();
    end();
    delete(folder);
  }

  /// What cannot be deleted stays: it is in the folder for temporary files.
  private static void delete(Path folder) {
    for (Path path : List.of(folder.resolve(SCRIPT), folder.resolve(ERRORS), folder)) {
      path.toFile().delete();
    }
  }
}
