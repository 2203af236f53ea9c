package dev.chrysalis.cli;

import dev.chrysalis.bench.BenchRow;
import dev.chrysalis.bench.DrawBench;
import dev.chrysalis.models.diffusion.AutoencoderKlConfig;
import dev.chrysalis.models.diffusion.UNetConfig;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Measures drawing.
@Command(
    name = "draw",
    description = {
      "Measure Stable Diffusion 1.5, with random weights: a step of the UNet for a picture of 512 x 512 with"
          + " guidance, the autoencoder's decoder, and a whole picture.",
      "The row before them is the machine's limit, a large matrix product."
    })
final class BenchDrawCommand extends ChrysalisCommand {
  @Spec private CommandSpec command;
  @Mixin private BenchOptions options;
  @Mixin private StorageOption storage;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "50",
      description = "Of the whole picture, 0 for none. Default: ${DEFAULT-VALUE}.")
  private int steps;

  /// Parts of the model.
  enum Part {
    unet,
    vae
  }

  @Option(
      names = "--part",
      paramLabel = "NAME",
      description = "Measure nothing but ${COMPLETION-CANDIDATES}; both and a picture by itself.")
  private Part part;

  @Override
  public Integer call() {
    if (steps < 0) {
      throw new ParameterException(
          command.commandLine(),
          "Invalid value for option '--steps': got %d, need 0 or more".formatted(steps));
    }
    return options.run("bench draw", Stream.of(this::rows));
  }

  private List<BenchRow> rows() {
    UNetConfig unet = UNetConfig.stableDiffusion15();
    AutoencoderKlConfig vae = AutoencoderKlConfig.stableDiffusion15();
    return switch (part) {
      case null -> DrawBench.run(unet, vae, storage.form(), steps, options.plan());
      case unet -> DrawBench.unet(unet, storage.form(), options.plan());
      case vae -> DrawBench.decoder(vae, unet.sampleSize(), storage.form(), options.plan());
    };
  }
}
