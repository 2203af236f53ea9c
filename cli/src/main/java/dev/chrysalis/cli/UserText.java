package dev.chrysalis.cli;

import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// What a user wrote, checked before it costs anything. What spells a special token is plain text
/// like any other and passes.
final class UserText {
  private UserText() {}

  /// Why text cannot be said to a model: it is blank, half of a surrogate pair, or a control
  /// character other than line feed and tab.
  static Optional<String> problem(String text) {
    int position = 1;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      switch (Character.getType(c)) {
        case Character.SURROGATE -> {
          return Optional.of(
              "half of a surrogate pair (U+%04X) at position %d, need whole characters"
                  .formatted(c, position));
        }
        case Character.CONTROL -> {
          if (c != '\n' && c != '\t') {
            return Optional.of(
                "control character U+%04X at position %d, need text; of control characters only line feed and tab are taken"
                    .formatted(c, position));
          }
        }
        default -> {}
      }
      position++;
    }
    return text.isBlank() ? Optional.of("is empty, need some words") : Optional.empty();
  }

  /// Refuses text on the command line as wrong usage.
  ///
  /// @param what the parameter's name
  static void require(CommandSpec command, String what, String text) {
    problem(text)
        .ifPresent(problem -> {
          throw new ParameterException(command.commandLine(), what + ": " + problem);
        });
  }

  /// A model's words for a terminal: control characters but line feed and tab are written as
  /// `\\uXXXX`.
  static String visible(String piece) {
    StringBuilder shown = new StringBuilder();
    piece
        .codePoints()
        .forEach(c -> {
          if (Character.getType(c) == Character.CONTROL && c != '\n' && c != '\t') {
            shown.append("\\u%04x".formatted(c));
          } else {
            shown.appendCodePoint(c);
          }
        });
    return shown.toString();
  }
}
