package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return line.execute(args);
  }

  @Test
  void helpGoesToStandardOutput() {
    assertEquals(0, run("--help"));
    assertTrue(out.toString().startsWith("Usage: chrysalis"), out.toString());
    assertEquals("", err.toString());
  }

  @Test
  void versionIsTheOneOfThePom() {
    assertEquals(0, run("--version"));
    assertTrue(out.toString().matches("(?s)chrysalis \\d+\\.\\d+\\.\\d+\\S*\\R.*"), out.toString());
  }

  @Test
  void nothingAskedIsWrongUsage() {
    assertEquals(2, run());
    assertTrue(err.toString().startsWith("Missing command"), err.toString());
  }

  @Test
  void unknownOptionIsWrongUsage() {
    assertEquals(2, run("--no-such-option"));
    assertTrue(err.toString().contains("--no-such-option"), err.toString());
    assertEquals("", out.toString());
  }
}
