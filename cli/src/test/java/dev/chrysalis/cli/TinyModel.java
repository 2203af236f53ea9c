package dev.chrysalis.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// A model that `train shapes --tiny` made, once for all tests of this process. It knows nothing,
/// but has all parts.
final class TinyModel {
  private TinyModel() {}

  /// Made when first needed.
  private static final class Made {
    static final Run RUN;
    static final Path FOLDER;

    static {
      try {
        FOLDER = Files.createTempDirectory("chrysalis-tiny");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(FOLDER)));
      RUN = Run.of("train", "shapes", "--tiny", "--out", training());
      if (RUN.status() != 0) {
        throw new AssertionError(RUN.err());
      }
    }

    static Path training() {
      return FOLDER.resolve("run");
    }
  }

  /// What the command said.
  static Run run() {
    return Made.RUN;
  }

  /// The folder of its training.
  static Path training() {
    return Made.training();
  }

  /// The model folder.
  static Path model() {
    return Made.training().resolve("model");
  }

  /// Copies a folder with all that is in it.
  static Path copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return to;
  }

  static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
