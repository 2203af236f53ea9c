package dev.chrysalis.cli;

import dev.chrysalis.models.diffusion.LatentDiffusion;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `--steps` and `--guidance`: how visual tokens become pixels.
final class DrawingOptions {
  static final int STEPS = 20;
  static final double GUIDANCE = 2;
  private static final int MAX_STEPS = 999;
  private static final double MAX_GUIDANCE = 100;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  private int steps = STEPS;
  private double guidance = GUIDANCE;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description =
          "Draw a picture in N steps; " + STEPS + " by itself. More are slower and a little finer.")
  private void setSteps(int value) {
    steps = Ranges.within(command, "--steps", value, 1, MAX_STEPS);
  }

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description =
          "How strongly a drawing is held to its visual tokens; 1 for not at all beyond them, 2 by"
              + " itself.")
  private void setGuidance(double value) {
    guidance = Ranges.within(command, "--guidance", value, 0, MAX_GUIDANCE);
  }

  int steps() {
    return steps;
  }

  LatentDiffusion.Settings settings(long seed) {
    return new LatentDiffusion.Settings(steps, guidance, seed);
  }
}
