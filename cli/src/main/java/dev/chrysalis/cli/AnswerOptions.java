package dev.chrysalis.cli;

import dev.chrysalis.models.image.PictureException;
import dev.chrysalis.models.image.PictureReader;
import dev.chrysalis.models.image.Transparency;
import dev.chrysalis.zoo.metamorph.GenerationOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// How the model answers and how it sees: `--seed`, `--temperature`, `--max-new-tokens`,
/// `--background`.
final class AnswerOptions {
  private static final double MAX_TEMPERATURE = 100;
  private static final int MAX_TOKENS = 1_000_000;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Of all chance; the same seed gives the same answer. Default: ${DEFAULT-VALUE}.")
  private long seed;

  private double temperature;
  private int maxNewTokens = 256;

  @Option(
      names = "--background",
      paramLabel = "COLOR",
      defaultValue = "white",
      description =
          "What shows through transparent pictures: white, black, grey or #rrggbb. Default:"
              + " ${DEFAULT-VALUE}.")
  private String background;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description =
          "0 always takes the likeliest word, and does so by itself; 1 takes words by their odds.")
  private void setTemperature(double value) {
    temperature = Ranges.within(command, "--temperature", value, 0, MAX_TEMPERATURE);
  }

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description =
          "End an answer after N words and visual tokens, but no picture half way; 256 by itself.")
  private void setMaxNewTokens(int value) {
    maxNewTokens = Ranges.within(command, "--max-new-tokens", value, 1, MAX_TOKENS);
  }

  long seed() {
    return seed;
  }

  /// @param turn answers given before in this conversation, each of which has its own chance
  /// @param mustDraw whether the answer has to hold a picture
  GenerationOptions generation(int turn, boolean mustDraw) {
    return new GenerationOptions(temperature, 0, 1, seed + turn, maxNewTokens, mustDraw);
  }

  /// Reads pictures with the chosen background.
  PictureReader pictureReader() {
    try {
      return new PictureReader(Transparency.over(background));
    } catch (PictureException e) {
      throw new ParameterException(
          command.commandLine(), "Invalid value for option '--background': " + e.getMessage(), e);
    }
  }
}
