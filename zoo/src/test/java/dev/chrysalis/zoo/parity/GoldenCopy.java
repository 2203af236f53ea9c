package dev.chrysalis.zoo.parity;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.SafetensorsFile;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// Golden sets, and copies of them that can be changed.
final class GoldenCopy {
  private GoldenCopy() {}

  /// The folder of all sets: the system property `chrysalis.fixtures`, or `fixtures` beside or
  /// above the working folder.
  static Path fixtures() {
    String configured = System.getProperty("chrysalis.fixtures");
    if (configured != null) {
      return Path.of(configured);
    }
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      if (Files.isDirectory(p.resolve("fixtures/ops"))) {
        return p.resolve("fixtures");
      }
    }
    throw new IllegalStateException("no folder fixtures/ops above the working folder");
  }

  /// Copies the set `name` to `target/name`.
  static Path of(String name, Path target) {
    Path source = fixtures().resolve(name);
    Path copy = target.resolve(name);
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(source.relativize(file).toString()));
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Deletes a file, or a folder with all in it.
  static void delete(Path path) {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void json(Path file, Consumer<ObjectNode> change) {
    ObjectNode node = Json.readObject(file);
    change.accept(node);
    Json.write(file, node);
  }

  /// Adds `amount` to the first element of the tensor `name`, of any dtype.
  static void shift(Path file, String name, double amount) {
    tensors(
        file,
        all -> {
          Tensor old = all.get(name);
          double[] values = old.toDoubles();
          values[0] += amount;
          all.put(name, Tensor.of(values, old.shape().toArray()).to(old.dtype()));
        });
  }

  /// Adds a tensor of one element.
  static void add(Path file, String name) {
    tensors(file, all -> all.put(name, Tensor.zeros(DType.F32, 1)));
  }

  static void tensors(Path file, Consumer<Map<String, Tensor>> change) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    try (SafetensorsFile old = SafetensorsFile.open(file)) {
      old.names().forEach(name -> all.put(name, Ops.run(new Op.Copy(), old.get(name))));
    }
    change.accept(all);
    SafetensorsWriter.write(file, all, Map.of());
  }
}
