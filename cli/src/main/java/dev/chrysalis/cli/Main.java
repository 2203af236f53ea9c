package dev.chrysalis.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The program `chrysalis`. Exit status: 0 done, 1 failed, 2 wrong usage.
@Command(
    name = "chrysalis",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "A multimodal model in plain Java that reads pictures and draws them.")
public final class Main {
  /// In the order in which they are listed.
  private static final List<Class<?>> COMMANDS =
      List.of(
          DemoCommand.class,
          AskCommand.class,
          DrawCommand.class,
          ChatCommand.class,
          GenerateCommand.class,
          TrainCommand.class,
          EvalCommand.class,
          InitCommand.class,
          ComposeCommand.class,
          QuantizeCommand.class,
          InspectCommand.class,
          ParityCommand.class,
          BenchCommand.class,
          DoctorCommand.class,
          DevicesCommand.class,
          SelfCheckCommand.class,
          BundleCommand.class);

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
        commandLine(Console.isTerminal(), args)
            .setOut(standard.writer())
            .setErr(new PrintWriter(System.err, true, System.err.charset()));
    System.exit(standard.close(run(line, args), line.getErr()));
  }

  /// The command line, ready to `run`. Commands whose names are not among the words are only there
  /// to be listed and suggested: to look through the options of all takes longer than anything else
  /// at the start of the program.
  ///
  /// @param terminal whether standard error is a terminal, where a progress bar can be drawn
  /// @param args the words that will be given to `run`
  static CommandLine commandLine(boolean terminal, String... args) {
    CommandLine line = new CommandLine(new Main(terminal));
    for (Class<?> command : COMMANDS) {
      Command about = command.getAnnotation(Command.class);
      boolean asked = List.of(args).contains(about.name());
      line.addSubcommand(about.name(), asked ? new CommandLine(command) : listed(about));
    }
    return line.setExpandAtFiles(false) // a prompt may begin with @
        .setExecutionExceptionHandler(Failures::executionFailed)
        .setParameterExceptionHandler(Failures::wrongUsage);
  }

  private static CommandLine listed(Command about) {
    CommandSpec spec = CommandSpec.create().name(about.name());
    spec.usageMessage().description(about.description());
    return new CommandLine(spec);
  }

  /// The names of all commands.
  static List<String> commands() {
    return COMMANDS.stream().map(c -> c.getAnnotation(Command.class).name()).toList();
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
