package dev.chrysalis.zoo.train;

import dev.chrysalis.models.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// A line of JSON for each report.
final class Metrics {
  private final Path file;
  private final List<String> names;

  Metrics(Path file, List<String> names) {
    this.file = file;
    this.names = names;
  }

  void append(TrainingListener.Report report) {
    ObjectNode json =
        Json.newObject()
            .put("step", report.step())
            .put("gradient_norm", report.gradientNorm())
            .put("learning_rate", report.learningRate())
            .put("gflops_per_s", report.gigaflopsPerSecond());
    names.forEach(name -> json.put(name, report.losses().get(name)));
    try {
      Files.writeString(file, json + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written", e);
    }
  }
}
