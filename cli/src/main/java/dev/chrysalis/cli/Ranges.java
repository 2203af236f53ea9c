package dev.chrysalis.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Numbers on the command line that have limits; beyond them is wrong usage.
final class Ranges {
  private Ranges() {}

  static int within(CommandSpec command, String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw refused(command, option, Integer.toString(value), "%d to %d".formatted(least, most));
    }
    return value;
  }

  /// NaN is within nothing.
  static double within(
      CommandSpec command, String option, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw refused(command, option, Double.toString(value), "%s to %s".formatted(least, most));
    }
    return value;
  }

  private static ParameterException refused(
      CommandSpec command, String option, String found, String need) {
    return new ParameterException(
        command.commandLine(),
        "Invalid value for option '%s': got %s, need %s".formatted(option, found, need));
  }
}
