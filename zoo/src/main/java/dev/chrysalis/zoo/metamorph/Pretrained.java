package dev.chrysalis.zoo.metamorph;

import dev.chrysalis.models.json.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The models that ship with the project, in `zoo/pretrained` below its home.
public final class Pretrained {
  /// The model that commands use unless told otherwise.
  public static final String DEFAULT = "metamorph-shapes";

  private Pretrained() {}

  /// The folder that a user means: a path, or the name of a shipped model.
  ///
  /// @param home the project's folder
  /// @throws ConfigException if there is neither
  public static Path find(String nameOrFolder, Path home) {
    Path folder = Path.of(nameOrFolder);
    if (Files.isDirectory(folder)) {
      return folder;
    }
    Path shipped = home.resolve("zoo").resolve("pretrained").resolve(nameOrFolder);
    if (Files.isDirectory(shipped)) {
      return shipped;
    }
    List<String> names = names(home);
    throw new ConfigException(
        "model '%s': no such folder, and no shipped model of that name; %s"
            .formatted(
                nameOrFolder,
                names.isEmpty()
                    ? "none ships with this version; `chrysalis train shapes` makes one"
                    : "there are " + String.join(", ", names)));
  }

  /// Names of the shipped models.
  public static List<String> names(Path home) {
    Path folder = home.resolve("zoo").resolve("pretrained");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> models = Files.list(folder)) {
      return models.map(path -> path.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
