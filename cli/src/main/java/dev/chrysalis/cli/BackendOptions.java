package dev.chrysalis.cli;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `--backend` and `--threads`, for every command that computes.
final class BackendOptions {
  private static final String THREADS_PROPERTY = "chrysalis.threads";
  private static final int MAX_THREADS = 1024;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "Compute on this backend, as in cpu or scalar; the best by itself.")
  private Optional<String> name = Optional.empty();

  private OptionalInt threads = OptionalInt.empty();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Compute with N threads; with all processors by itself.")
  private void setThreads(int count) {
    if (count < 1 || count > MAX_THREADS) {
      throw new ParameterException(
          command.commandLine(),
          "Invalid value for option '--threads': got %d, need 1 to %d"
              .formatted(count, MAX_THREADS));
    }
    threads = OptionalInt.of(count);
  }

  /// Runs `body` on the chosen backend. Has to come before anything else that computes: a backend
  /// makes its threads once.
  <T> T run(Supplier<T> body) {
    threads.ifPresent(count -> System.setProperty(THREADS_PROPERTY, Integer.toString(count)));
    Backend backend = name.map(this::named).orElseGet(Backends::current);
    if (threads.isPresent() && backend.threads() != threads.getAsInt()) {
      Console.of(command)
          .note(
              "chrysalis: backend %s computes with %d threads, not %d"
                  .formatted(backend.name(), backend.threads(), threads.getAsInt()));
    }
    FastPath.obstacle()
        .ifPresent(o ->
            Console.of(command)
                .note("chrysalis: runs slowly: %s; %s".formatted(o.found(), o.remedy())));
    return Backends.with(backend, body);
  }

  private Backend named(String wanted) {
    try {
      return Backends.named(wanted);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          command.commandLine(), "Invalid value for option '--backend': " + e.getMessage(), e);
    }
  }
}
