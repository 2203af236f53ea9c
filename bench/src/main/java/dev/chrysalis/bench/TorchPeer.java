package dev.chrysalis.bench;

import dev.chrysalis.models.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// PyTorch, in a process of Python that answers requests line by line (`torch_peer.py` beside this
/// class): it measures in turn with the backends, so that a machine that changes its speed changes
/// it for all. It waits without computing while others are measured.
public final class TorchPeer implements Peer {
  private static final String SCRIPT = "torch_peer.py";
  private static final String ERRORS = "errors.txt";

  private final Path folder;
  private final Process process;
  private final BufferedReader answers;
  private final Writer requests;
  private final String name;
  private String description = "";
  private final int threads;

  /// Starts PyTorch.
  ///
  /// @param python the interpreter, by name or path
  /// @param device as PyTorch names it: cpu, cuda
  /// @param threads that it may compute with
  /// @throws PeerException if there is no such interpreter, or no PyTorch or no such device in it
  public static TorchPeer start(String python, String device, int threads) {
    try {
      Path folder = Files.createTempDirectory("chrysalis-peer");
      Path script = folder.resolve(SCRIPT);
      try (InputStream source = TorchPeer.class.getResourceAsStream(SCRIPT)) {
        Files.copy(Objects.requireNonNull(source, SCRIPT), script);
      }
      ProcessBuilder builder =
          new ProcessBuilder(python, script.toString(), device, Integer.toString(threads))
              .redirectError(folder.resolve(ERRORS).toFile());
      for (String variable : List.of("OMP_NUM_THREADS", "MKL_NUM_THREADS")) {
        builder.environment().put(variable, Integer.toString(threads));
      }
      TorchPeer peer = new TorchPeer(folder, builder.start(), device, threads);
      peer.greet();
      return peer;
    } catch (IOException e) {
      throw new PeerException("peer torch: %s".formatted(e.getMessage()));
    }
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
            .put("seconds", plan.measure().toNanos() * 1e-9);
    request.set("config", config);
    try {
      requests.write(request + "\n");
      requests.flush();
    } catch (IOException e) {
      throw ended();
    }
    JsonNode found = answer();
    if (found.has("error")) {
      throw new PeerException(Json.requireString(found, name, "error"));
    }
    return found.has("unknown")
        ? Optional.empty()
        : Optional.of(
            row.by(
                name,
                threads,
                new Timing(
                    Json.requireDouble(found, name, "median_ms"),
                    Json.requireDouble(found, name, "min_ms"),
                    Json.requireDouble(found, name, "max_ms"),
                    Json.requireInt(found, name, "runs"))));
  }

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

  /// The last words of a process that is no more.
  private PeerException ended() {
    try {
      int status = process.waitFor();
      List<String> said = Files.readAllLines(folder.resolve(ERRORS));
      String last = said.isEmpty() ? "it ended with " + status : said.getLast();
      return new PeerException("peer %s: %s".formatted(name, last));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new PeerException("peer %s: interrupted".formatted(name));
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      Files.deleteIfExists(folder.resolve(SCRIPT));
      Files.deleteIfExists(folder.resolve(ERRORS));
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
