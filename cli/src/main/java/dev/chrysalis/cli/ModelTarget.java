package dev.chrysalis.cli;

import dev.chrysalis.models.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A folder that a model is written to: all of it is complete on the disk before the first file
/// takes its place.
final class ModelTarget {
  private static final String CONFIG = "config.json";

  private ModelTarget() {}

  /// Refuses a place where something else than a model is.
  ///
  /// @throws CommandException that says why
  static void check(Path folder) {
    Outputs.checkFolder(folder);
    Path config = folder.resolve(CONFIG);
    if (!Files.exists(folder) || isEmpty(folder)) {
      return;
    }
    if (!Files.exists(config) || !Json.readObject(config).has("model_type")) {
      throw new CommandException(
          folder
              + ": is not empty and no model folder, so it is not replaced; choose another"
              + " folder");
    }
  }

  private static boolean isEmpty(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Has a model written and puts its files in their place, `config.json` last. Other files there
  /// stay.
  static void write(Path folder, Consumer<Path> writer) {
    check(folder);
    Path target = folder.toAbsolutePath().normalize();
    Outputs.makeFolder(target);
    Path beside = target.resolve(".writing-" + UUID.randomUUID());
    try {
      try {
        writer.accept(beside);
        for (Path file : files(beside)) {
          Path place = target.resolve(beside.relativize(file));
          Files.createDirectories(place.getParent());
          Files.move(
              file, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
      } finally {
        Outputs.deleteFolder(beside);
      }
    } catch (IOException e) {
      throw new CommandException("%s: cannot be written: %s".formatted(folder, e.getMessage()), e);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .sorted(Comparator.comparing(file -> file.equals(folder.resolve(CONFIG))))
          .toList();
    }
  }
}
