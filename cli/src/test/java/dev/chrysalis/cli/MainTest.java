package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class MainTest {
  @Test
  void helpGoesToStandardOutput() {
    Run run = Run.of("--help");
    assertEquals(0, run.status());
    assertTrue(run.out().startsWith("Usage: chrysalis"), run.out());
    assertEquals("", run.err());
  }

  @Test
  void versionIsThatOfTheProject() {
    Run run = Run.of("--version");
    assertEquals(0, run.status());
    assertTrue(run.out().matches("(?s)chrysalis \\S+\\RJava \\d+.*"), run.out());
  }

  static Stream<CommandLine> commands() {
    return commands(Main.commandLine(false, Main.commands().toArray(String[]::new)));
  }

  private static Stream<CommandLine> commands(CommandLine line) {
    return Stream.concat(
        Stream.of(line), line.getSubcommands().values().stream().flatMap(MainTest::commands));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelp(CommandLine command) {
    String name = command.getCommandSpec().qualifiedName();
    String[] words = name.split(" ");
    words[0] = "--verbose"; // inherited by all
    Run run = Run.of(Stream.concat(Stream.of(words), Stream.of("--help")).toArray());
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().startsWith("Usage: " + name + " "), run.out());
    assertTrue(command.getCommandSpec().usageMessage().description().length > 0, name);
  }

  @Test
  void nothingAskedIsWrongUsage() {
    Run run = Run.of();
    assertEquals(2, run.status());
    assertEquals(
        "chrysalis: Missing required subcommand\nTry 'chrysalis --help'.\n", lines(run.err()));
  }

  @Test
  void unknownOptionIsWrongUsageWithASuggestion() {
    Run run = Run.of("inspect", "--jsom", "x");
    assertEquals(2, run.status());
    assertTrue(run.err().startsWith("chrysalis: Unknown option: '--jsom'"), run.err());
    assertTrue(run.err().contains("--json"), run.err());
    assertTrue(run.err().contains("Try 'chrysalis inspect --help'"), run.err());
    assertEquals("", run.out());
  }

  @Test
  void unknownCommandIsWrongUsageWithASuggestion() {
    Run run = Run.of("inspct");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("Did you mean: chrysalis inspect"), run.err());
  }

  @Test
  void missingParameterIsWrongUsage() {
    Run run = Run.of("parity");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("DIR"), run.err());
  }

  @Test
  void failureIsOneLineAndVerboseShowsWhere() {
    Run run = Run.of("inspect", "no-such-thing");
    assertEquals(1, run.status());
    assertEquals("chrysalis: no-such-thing: no such file or folder\n", lines(run.err()));
    assertEquals("", run.out());

    Run verbose = Run.of("inspect", "--verbose", "no-such-thing");
    assertEquals(1, verbose.status());
    assertTrue(verbose.err().startsWith(run.err()), verbose.err());
    assertTrue(verbose.err().contains("\tat dev.chrysalis.cli."), verbose.err());
    assertFalse(run.err().contains("\tat "), run.err());
  }

  private static String lines(String text) {
    return text.replace(System.lineSeparator(), "\n");
  }
}
