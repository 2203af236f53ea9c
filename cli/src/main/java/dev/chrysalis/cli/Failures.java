package dev.chrysalis.cli;

import dev.chrysalis.bench.BenchException;
import dev.chrysalis.models.image.PictureException;
import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.tokenizer.TokenizerException;
import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.zoo.parity.ParityException;
import dev.chrysalis.zoo.train.TrainingException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// How the program fails: one line `chrysalis: WHAT` on standard error. A stack trace comes only
/// with `--verbose`.
final class Failures {
  private Failures() {}

  /// Exit status 2: the command line itself is wrong.
  static int wrongUsage(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    PrintWriter err = line.getErr();
    err.println("chrysalis: " + Console.oneLine(e.getMessage()));
    if (!(e instanceof MissingParameterException)) {
      UnmatchedArgumentException.printSuggestions(e, err);
    }
    err.printf("Try '%s --help'.%n", line.getCommandSpec().qualifiedName());
    return line.getCommandSpec().exitCodeOnInvalidInput();
  }

  /// Exit status 1: the command could not do what it was asked.
  static int executionFailed(Exception e, CommandLine line, ParseResult parsed) {
    return report(e, line);
  }

  /// Says what went wrong and returns the exit status.
  static int report(Throwable e, CommandLine line) {
    PrintWriter err = line.getErr();
    err.println("chrysalis: " + Console.oneLine(describe(e)));
    if (Console.main(line.getCommandSpec()).isVerbose()) {
      e.printStackTrace(err);
    }
    return ChrysalisCommand.FAILED;
  }

  /// What went wrong, for a user.
  static String describe(Throwable e) {
    return said(e)
        .orElseGet(() ->
            "internal error: %s; this is a mistake of the program, please report it with what --verbose shows"
                .formatted(e));
  }

  /// Whether what went wrong lies in what the program was given and not in itself.
  static boolean isOfUser(Throwable e) {
    return said(e).isPresent();
  }

  /// What an error says that names its cause; empty for our own mistakes.
  private static Optional<String> said(Throwable e) {
    return switch (e) {
      case CommandException _,
          BackendException _,
          CheckpointException _,
          ConfigException _,
          TokenizerException _,
          PictureException _,
          ParityException _,
          TrainingException _,
          BenchException _ ->
          Optional.of(message(e));
      case IllegalArgumentException _ -> // shapes, dtypes and a full context among them
          Optional.of(message(e));
      case UncheckedIOException _ when e.getCause().toString().equals(e.getMessage()) ->
          said(e.getCause());
      case UncheckedIOException io -> Optional.of(message(e) + ": " + reason(io.getCause()));
      case FileSystemException file -> Optional.of(file.getFile() + ": " + reason(file));
      case IOException io -> Optional.of("reading or writing failed: " + reason(io));
      case OutOfMemoryError _ ->
          Optional.of(
              "not enough memory: %s; JAVA_OPTS=-Xmx8g, for one, allows more"
                  .formatted(message(e)));
      default -> Optional.empty();
    };
  }

  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "no such file or folder";
      case AccessDeniedException _ -> "no permission";
      case FileAlreadyExistsException _ -> "exists already";
      case NotDirectoryException _ -> "is not a folder";
      case FileSystemException file when file.getReason() != null -> file.getReason();
      default -> message(e);
    };
  }

  private static String message(Throwable e) {
    return e.getMessage() == null || e.getMessage().isBlank()
        ? e.getClass().getSimpleName()
        : e.getMessage();
  }
}
