package dev.chrysalis.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The program `chrysalis`. Exit status: 0 done, 1 failed, 2 wrong usage.
@Command(
    name = "chrysalis",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "A multimodal model in plain Java that reads pictures and draws them.")
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  private Main() {}

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /// The command line with all its commands, ready to execute.
  static CommandLine commandLine() {
    return new CommandLine(new Main());
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }
}
