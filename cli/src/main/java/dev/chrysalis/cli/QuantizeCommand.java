package dev.chrysalis.cli;

import dev.chrysalis.zoo.storage.QuantizedFolder;
import dev.chrysalis.zoo.storage.WeightStorage;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shrinks a model.
@Command(
    name = "quantize",
    description =
        "Write a copy of a model folder whose matrices are stored in blocks of 8 or 4 bits.",
    footer = {
      "",
      "LLaMA, SigLIP, MetaMorph and diffusion folders. Autoencoders, adapters, norms and convolutions stay"
          + " as they are."
    })
final class QuantizeCommand extends ChrysalisCommand {
  private static final double GIGA = 1e9;

  /// Ways to store matrices in blocks.
  enum Blocks {
    q8_0(WeightStorage.Q8_0),
    q4_0(WeightStorage.Q4_0);

    private final WeightStorage storage;

    Blocks(WeightStorage storage) {
      this.storage = storage;
    }
  }

  @Parameters(paramLabel = "DIR", description = "The model.")
  private Path from;

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "DIR",
      description = "Folder to write to.")
  private Path to;

  @Option(
      names = "--dtype",
      required = true,
      paramLabel = "NAME",
      description = "Store matrices as ${COMPLETION-CANDIDATES}.")
  private Blocks blocks;

  @Override
  public Integer call() {
    ModelTarget.check(to);
    try (QuantizedFolder copy = new QuantizedFolder(from, blocks.storage)) {
      Outputs.makeFolder(to);
      Outputs.checkRoom(to, copy.sizeBytes());
      try (Progress progress = Progress.start(console(), "quantize", copy.parameters())) {
        ModelTarget.write(to, place -> copy.write(place, progress::stepTo));
      }
      console()
          .line(
              "%s: %d parameters, %.3f GB"
                  .formatted(to, copy.parameters(), copy.sizeBytes() / GIGA));
    }
    return DONE;
  }
}
