package dev.chrysalis.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// How large a model's weights are, and what the machine has for them.
///
/// @param weights bytes of the files that hold them, wherever in the folder
/// @param memory bytes of the machine, or of the container
/// @param swap bytes
record ModelSize(long weights, long memory, long swap) {
  private static final double GIGA = 1e9;
  private static final List<String> WEIGHTS = List.of(".safetensors", ".gguf");

  /// Looks at the sizes of files, not into them.
  ///
  /// @param model a folder or a file; 0 bytes if it is not there
  static ModelSize of(Path model) {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return new ModelSize(
        weights(model), system.getTotalMemorySize(), system.getTotalSwapSpaceSize());
  }

  private static long weights(Path model) {
    if (!Files.exists(model)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(model)) {
      long bytes = 0;
      for (Path file : files.toList()) {
        bytes += WEIGHTS.stream().anyMatch(file.toString()::endsWith) ? Files.size(file) : 0;
      }
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(model + ": cannot be listed", e);
    }
  }

  /// Whether no part has to be read again from the disk for every word.
  boolean fits() {
    return weights <= memory;
  }

  /// Refuses a model that memory and swap together cannot hold, before anything of it is read.
  ///
  /// @throws CommandException if so
  static void check(Path model) {
    ModelSize size = of(model);
    if (size.weights > size.memory + size.swap) {
      throw new CommandException(
          "%s: its weights need %.1f GB, there are %.1f GB of memory and %.1f GB of swap; 'chrysalis quantize' makes them smaller"
              .formatted(model, size.weights / GIGA, size.memory / GIGA, size.swap / GIGA));
    }
  }

  String text(Path model) {
    return "weights of %s: %.1f GB, memory %.1f GB".formatted(model, weights / GIGA, memory / GIGA);
  }
}
