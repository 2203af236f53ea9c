package dev.chrysalis.cli;

import dev.chrysalis.zoo.storage.ComposedFolder;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Makes a MetaMorph of published parts.
@Command(
    name = "compose",
    description = {
      "Make a MetaMorph folder of a LLaMA, a SigLIP and a Stable Diffusion folder.",
      "Projector, vision head and adapter are fresh: it has to be trained before it sees or draws."
    })
final class ComposeCommand extends ChrysalisCommand {
  private static final double GIGA = 1e9;

  @Option(
      names = "--language",
      required = true,
      paramLabel = "DIR",
      description = "A LLaMA with its tokenizer.")
  private Path language;

  @Option(names = "--vision", required = true, paramLabel = "DIR", description = "A SigLIP.")
  private Path vision;

  @Option(
      names = "--diffusion",
      required = true,
      paramLabel = "DIR",
      description = "A Stable Diffusion 1 folder; unet/, vae/ and scheduler/ are read.")
  private Path diffusion;

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "DIR",
      description = "Folder to write to.")
  private Path to;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of what is fresh. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Override
  public Integer call() {
    ModelTarget.check(to);
    try (ComposedFolder made = new ComposedFolder(language, vision, diffusion, seed)) {
      Outputs.makeFolder(to);
      Outputs.checkRoom(to, made.sizeBytes());
      try (Progress progress = Progress.start(console(), "compose", made.parameters())) {
        ModelTarget.write(to, place -> made.write(place, progress::stepTo));
      }
      console().line("%s: %.1f GB".formatted(to, made.sizeBytes() / GIGA));
    }
    return DONE;
  }
}
