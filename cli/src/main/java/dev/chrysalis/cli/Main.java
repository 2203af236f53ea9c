package dev.chrysalis.cli;

import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The program `chrysalis`. Exit status: 0 done, 1 failed, 2 wrong usage.
@Command(
    name = "chrysalis",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "A multimodal model in plain Java that reads pictures and draws them.",
    subcommands = {
      DemoCommand.class, //
      AskCommand.class, //
      DrawCommand.class, //
      ChatCommand.class, //
      TrainCommand.class, //
      EvalCommand.class, //
      InitCommand.class, //
      ComposeCommand.class, //
      QuantizeCommand.class, //
      InspectCommand.class, //
      ParityCommand.class, //
      BenchCommand.class, //
      DoctorCommand.class, //
      DevicesCommand.class, //
      SelfCheckCommand.class, //
      BundleCommand.class
    })
public final class Main {
  private final boolean terminal;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description =
          "On failure, show where in the program it happened; at the end, which kernels ran how"
              + " often.")
  private boolean verbose;

  private Main(boolean terminal) {
    this.terminal = terminal;
  }

  public static void main(String[] args) {
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT); // the same digits everywhere
    var standard = new StandardOutput();
    CommandLine line =
        commandLine(Console.isTerminal())
            .setOut(standard.writer())
            .setErr(new PrintWriter(System.err, true, System.err.charset()));
    System.exit(standard.close(run(line, args), line.getErr()));
  }

  /// The command line with all its commands, ready to `run`.
  ///
  /// @param terminal whether standard error is a terminal, where a progress bar can be drawn
  static CommandLine commandLine(boolean terminal) {
    return new CommandLine(new Main(terminal))
        .setExpandAtFiles(false) // a prompt may begin with @
        .setExecutionExceptionHandler(Failures::executionFailed)
        .setParameterExceptionHandler(Failures::wrongUsage);
  }

  /// Executes a command and returns the exit status.
  static int run(CommandLine line, String... args) {
    try {
      return line.execute(args);
    } catch (Error e) { // out of memory, for one
      return Failures.report(e, line);
    }
  }

  boolean isTerminal() {
    return terminal;
  }

  boolean isVerbose() {
    return verbose;
  }
}
