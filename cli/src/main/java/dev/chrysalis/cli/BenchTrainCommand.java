package dev.chrysalis.cli;

import dev.chrysalis.bench.TrainBench;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Measures a training step.
@Command(
    name = "train",
    description = {
      "Measure a training step of a small GPT in f32: forward, backward, AdamW.",
      "The row before it is a matrix product of 1024x1024x1024, which its rate is compared with."
    })
final class BenchTrainCommand extends ChrysalisCommand {
  @Spec private CommandSpec command;
  @Mixin private BenchOptions options;

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "6",
      description = "Default: ${DEFAULT-VALUE}.")
  private int layers;

  @Option(
      names = "--width",
      paramLabel = "N",
      defaultValue = "384",
      description = "Default: ${DEFAULT-VALUE}.")
  private int width;

  @Option(
      names = "--heads",
      paramLabel = "N",
      defaultValue = "6",
      description = "Default: ${DEFAULT-VALUE}.")
  private int heads;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "Length of a row. Default: ${DEFAULT-VALUE}.")
  private int tokens;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Rows. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--vocab",
      paramLabel = "N",
      defaultValue = "512",
      description = "Words. Default: ${DEFAULT-VALUE}.")
  private int vocab;

  @Override
  public Integer call() {
    TrainBench.Size size = size();
    return options.run("bench train", Stream.of(() -> TrainBench.run(size, options.plan())));
  }

  private TrainBench.Size size() {
    try {
      return new TrainBench.Size(layers, width, heads, tokens, batch, vocab);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }
}
