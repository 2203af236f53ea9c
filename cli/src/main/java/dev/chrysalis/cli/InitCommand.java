package dev.chrysalis.cli;

import dev.chrysalis.zoo.preset.Preset;
import dev.chrysalis.zoo.preset.PresetFolder;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Writes a folder of a published model's sizes.
@Command(
    name = "init",
    description =
        "Write a model folder of a published model's sizes with random weights, to measure speed and"
            + " memory.",
    footer = {
      "",
      "Presets: llama-3.2-1b, llama-3.1-8b, siglip-so400m, sd-1.5, metamorph-8b. Tokenizers are not"
          + " part of them."
    })
final class InitCommand extends ChrysalisCommand {
  private static final double GIGA = 1e9;

  @Spec private CommandSpec spec;

  private Preset preset;

  @Parameters(index = "1", paramLabel = "DIR", description = "Folder to write to.")
  private Path folder;

  @Option(
      names = "--dtype",
      paramLabel = "NAME",
      defaultValue = "bf16",
      description = "Store weights as ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private StorageOption.Form storage;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of the weights. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Parameters(index = "0", paramLabel = "PRESET", description = "Which model.")
  private void setPreset(String name) {
    preset =
        Preset.of(name)
            .orElseThrow(() ->
                new ParameterException(
                    spec.commandLine(),
                    "Invalid value for PRESET: got '%s', need %s".formatted(name, names())));
  }

  private static String names() {
    return Stream.of(Preset.values()).map(Preset::label).collect(Collectors.joining(", "));
  }

  @Override
  public Integer call() {
    ModelTarget.check(folder);
    Outputs.makeFolder(folder);
    PresetFolder made = new PresetFolder(preset, storage.storage(), seed);
    Outputs.checkRoom(folder, made.sizeBytes());
    Console console = console();
    try (Progress progress = Progress.start(console, "init " + preset.label(), made.parameters())) {
      ModelTarget.write(folder, place -> made.write(place, progress::stepTo));
    }
    console.line(
        "%s: %d parameters, %.1f GB".formatted(folder, made.parameters(), made.sizeBytes() / GIGA));
    return DONE;
  }
}
