package dev.chrysalis.zoo.parity;

import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.SafetensorsFile;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A safetensors file of a set, which remembers what was asked for.
final class GoldenTensors implements AutoCloseable {
  private final SafetensorsFile file;
  private final Set<String> used = new HashSet<>();

  GoldenTensors(Path path) {
    file = SafetensorsFile.open(path);
  }

  /// All names, sorted.
  List<String> names() {
    return file.names().stream().sorted().toList();
  }

  boolean has(String name) {
    return file.names().contains(name);
  }

  /// The tensor `name`, from now on taken as read.
  Tensor get(String name) {
    Tensor tensor = file.get(name);
    used.add(name);
    return tensor;
  }

  /// Names that nobody asked for.
  List<String> unused() {
    return names().stream().filter(name -> !used.contains(name)).toList();
  }

  @Override
  public void close() {
    file.close();
  }
}
