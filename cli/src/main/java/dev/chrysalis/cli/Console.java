package dev.chrysalis.cli;

import dev.chrysalis.models.json.JsonText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.JsonNode;

/// Where a command speaks: what was asked for goes to `out`, everything else to `err`.
///
/// @param terminal whether `err` is a terminal
record Console(PrintWriter out, PrintWriter err, boolean terminal) {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
  private static final Pattern TERMINAL = Pattern.compile("/dev/(pts/.*|tty.*|console)");
  private static final int JSON_INDENT = 2;

  static Console of(CommandSpec spec) {
    var line = spec.commandLine();
    return new Console(line.getOut(), line.getErr(), main(spec).isTerminal());
  }

  static Main main(CommandSpec spec) {
    // The specification of an options class inside of another has no parents; its command line has.
    return (Main) spec.commandLine().getCommandSpec().root().userObject();
  }

  /// Whether standard error is a terminal. Where the system does not tell, the program is taken to
  /// have one terminal or none.
  static boolean isTerminal() {
    try {
      return TERMINAL.matcher(Files.readSymbolicLink(STANDARD_ERROR).toString()).matches();
    } catch (IOException | UnsupportedOperationException e) {
      return System.console() != null && System.console().isTerminal();
    }
  }

  /// A line of the answer.
  void line(String text) {
    out.println(text);
  }

  /// The answer as JSON, which has to be all of it.
  void json(JsonNode document) {
    out.println(JsonText.indented(document, JSON_INDENT));
  }

  /// A line beside the answer.
  void note(String text) {
    err.println(text);
  }

  /// `text` in one line that can do no harm on a terminal: line breaks become blanks, other control
  /// characters and lone surrogates are written as `\\uXXXX`.
  static String oneLine(String text) {
    StringBuilder line = new StringBuilder();
    text.strip()
        .replaceAll("\\s*\\R\\s*", " ")
        .codePoints()
        .forEach(c -> {
          boolean harmful =
              switch (Character.getType(c)) {
                case Character.CONTROL, Character.FORMAT, Character.SURROGATE -> true;
                default -> false;
              };
          if (harmful) {
            line.append("\\u%04x".formatted(c));
          } else {
            line.appendCodePoint(c);
          }
        });
    return line.toString();
  }
}
