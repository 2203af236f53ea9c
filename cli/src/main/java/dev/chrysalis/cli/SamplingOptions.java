package dev.chrysalis.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// How tokens are chosen, and how many: `--seed`, `--temperature`, `--max-new-tokens`.
final class SamplingOptions {
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
      names = "--temperature",
      paramLabel = "T",
      description =
          "0 always takes the likeliest word, and does so by itself; 1 takes words by their odds.")
  private void setTemperature(double value) {
    temperature = Ranges.within(command, "--temperature", value, 0, MAX_TEMPERATURE);
  }

  @Option(
      names = {"-n", "--max-new-tokens"},
      paramLabel = "N",
      description =
          "End an answer after N words and visual tokens, but no picture half way; 256 by itself.")
  private void setMaxNewTokens(int value) {
    maxNewTokens = Ranges.within(command, "--max-new-tokens", value, 1, MAX_TOKENS);
  }

  long seed() {
    return seed;
  }

  double temperature() {
    return temperature;
  }

  int maxNewTokens() {
    return maxNewTokens;
  }
}
