package dev.chrysalis.cli;

import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Lists a checkpoint.
@Command(
    name = "inspect",
    description = "List a checkpoint: config, tensors with dtype, shape and bytes, totals.")
final class InspectCommand extends ChrysalisCommand {
  @Parameters(
      paramLabel = "DIR|FILE",
      description =
          "A model folder, with sub-folders if it has parts, or a safetensors or GGUF file.")
  private Path path;

  @Option(names = "--json", description = "Print one JSON document and nothing else.")
  private boolean json;

  @Override
  public Integer call() {
    CheckpointListing listing = CheckpointListing.read(path);
    if (json) {
      console().json(listing.toJson());
    } else {
      listing.lines().forEach(console()::line);
    }
    return DONE;
  }
}
