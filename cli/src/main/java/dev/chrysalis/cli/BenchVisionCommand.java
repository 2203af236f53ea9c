package dev.chrysalis.cli;

import dev.chrysalis.bench.VisionBench;
import dev.chrysalis.models.siglip.Siglip;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Measures a vision tower.
@Command(
    name = "vision",
    description = {
      "Measure SigLIP so400m's vision tower, with random weights, on pictures of 384 x 384.",
      "The row before it is the machine's limit, a large matrix product."
    })
final class BenchVisionCommand extends ChrysalisCommand {
  @Spec private CommandSpec command;
  @Mixin private BenchOptions options;
  @Mixin private StorageOption storage;

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "1",
      description = "At once. Default: ${DEFAULT-VALUE}.")
  private int images;

  @Override
  public Integer call() {
    if (images < 1) {
      throw new ParameterException(
          command.commandLine(),
          "Invalid value for option '--images': got %d, need 1 or more".formatted(images));
    }
    return options.run(
        "bench vision",
        Stream.of(() ->
            VisionBench.run(
                Siglip.Config.so400m().vision(), storage.form(), images, options.plan())));
  }
}
