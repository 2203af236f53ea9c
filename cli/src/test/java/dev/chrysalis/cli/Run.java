package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;

/// What a command line did, run inside of the test.
record Run(int status, String out, String err) {
  /// Runs the whole program but for its exit.
  static Run of(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] texts = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      texts[i] = args[i].toString();
    }
    CommandLine line = Main.commandLine(false, texts);
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return new Run(Main.run(line, texts), out.toString(), err.toString());
  }

  /// Leaves a test aside where there is no OpenCL device; where `CHRYSALIS_REQUIRE_OPENCL` is set,
  /// that is a failure.
  ///
  /// @return what `devices --json` says
  static Run withOpenCl() {
    Run devices = Run.of("devices", "--json");
    boolean required = System.getenv("CHRYSALIS_REQUIRE_OPENCL") != null;
    assumeTrue(required || devices.status() == 0, "no OpenCL device");
    assertEquals(0, devices.status(), devices.err());
    return devices;
  }

  /// The golden sets: the folder in the property `chrysalis.fixtures`, or `fixtures` here or above.
  static Path fixtures() {
    String given = System.getProperty("chrysalis.fixtures");
    if (given != null) {
      return Path.of(given);
    }
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("fixtures"))) {
      folder = folder.getParent();
    }
    return folder.resolve("fixtures");
  }
}
