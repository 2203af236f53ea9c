package dev.chrysalis.cli;

import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import dev.chrysalis.zoo.metamorph.Pretrained;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// `--model`.
final class ModelOptions {
  /// Where the start script says the project lies.
  private static final String HOME_PROPERTY = "chrysalis.home";

  @Option(
      names = "--model",
      paramLabel = "DIR|NAME",
      defaultValue = Pretrained.DEFAULT,
      description = "A model folder, or the name of a shipped model. Default: ${DEFAULT-VALUE}.")
  private String model;

  /// The folder that a user means by a path or a name.
  static Path folder(String model) {
    return Pretrained.find(model, home());
  }

  /// The folder of the project, as far as the start script said it.
  static Path home() {
    return Path.of(System.getProperty(HOME_PROPERTY, ""));
  }

  /// Whether it is the one that is taken when none is named.
  boolean isDefault() {
    return model.equals(Pretrained.DEFAULT);
  }

  MetaMorphFolder read() {
    Path folder = folder(model);
    ModelSize.check(folder);
    return MetaMorphFolder.read(folder);
  }

  /// A model that can draw.
  MetaMorphFolder readArtist() {
    MetaMorphFolder read = read();
    if (read.decoder().isEmpty()) {
      throw new CommandException(read.path() + ": cannot draw: there is no folder decoder/");
    }
    return read;
  }
}
