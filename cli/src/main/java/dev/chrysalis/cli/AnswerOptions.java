package dev.chrysalis.cli;

import dev.chrysalis.models.image.PictureException;
import dev.chrysalis.models.image.PictureReader;
import dev.chrysalis.models.image.Transparency;
import dev.chrysalis.zoo.metamorph.GenerationOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// How the model answers and how it sees: `--seed`, `--temperature`, `--max-new-tokens`,
/// `--background`.
final class AnswerOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Mixin private SamplingOptions sampling;

  @Option(
      names = "--background",
      paramLabel = "COLOR",
      defaultValue = "white",
      description =
          "What shows through transparent pictures: white, black, grey or #rrggbb. Default:"
              + " ${DEFAULT-VALUE}.")
  private String background;

  long seed() {
    return sampling.seed();
  }

  /// @param turn answers given before in this conversation, each of which has its own chance
  /// @param mustDraw whether the answer has to hold a picture
  GenerationOptions generation(int turn, boolean mustDraw) {
    return new GenerationOptions(
        sampling.temperature(), 0, 1, seed() + turn, sampling.maxNewTokens(), mustDraw);
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
