package dev.chrysalis.cli;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.device.DeviceBackend;
import dev.chrysalis.tensor.device.DeviceInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `--backend`, `--device`, `--gemm`, `--strict-backend` and `--threads`, for every command that
/// computes.
final class BackendOptions {
  private static final String THREADS_PROPERTY = "chrysalis.threads";
  private static final String DEVICE_PROPERTY = "chrysalis.device";
  private static final String STRICT_PROPERTY = "chrysalis.strict";
  private static final String AUTO = "auto";
  private static final String CUDA = "cuda";

  /// Ends the names of backends with its products.
  private static final String CUBLAS = "-cublas";

  private static final int MAX_THREADS = 1024;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description =
          "Compute on this backend, as in cpu or opencl; auto takes a graphics processor if there is"
              + " one. On the processor by itself.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--device",
      paramLabel = "N",
      description = "The device to compute on, by its number in: chrysalis devices.")
  private OptionalInt device = OptionalInt.empty();

  @Option(
      names = "--strict-backend",
      description = "Fail where the backend would leave an operation to the host.")
  private boolean strict;

  @Option(
      names = "--gemm",
      paramLabel = "WHOSE",
      description =
          "On cuda and cuda-bf16, whose matrix products: ${COMPLETION-CANDIDATES}. cuBLAS has to be"
              + " installed. Our own by itself.")
  private Optional<Gemm> gemm = Optional.empty();

  /// Named as they are typed.
  @SuppressWarnings("unused") // picocli makes them
  private enum Gemm {
    own,
    cublas
  }

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
    device.ifPresent(number -> System.setProperty(DEVICE_PROPERTY, Integer.toString(number)));
    if (strict) {
      System.setProperty(STRICT_PROPERTY, "true");
    }
    Backend backend = name.map(this::named).orElseGet(Backends::current);
    if (device.isPresent() && !(backend instanceof DeviceBackend)) {
      Console.of(command)
          .note("chrysalis: backend %s has no devices to choose from".formatted(backend.name()));
    }
    if (usesCublas() && !backend.name().startsWith(CUDA)) {
      Console.of(command)
          .note(
              "chrysalis: --gemm is for cuda and cuda-bf16; backend %s has products of its own"
                  .formatted(backend.name()));
    }
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
    try {
      return Backends.with(backend, body);
    } finally {
      if (Console.main(command).isVerbose()) {
        tell(Console.of(command), backend);
      }
    }
  }

  /// Which kernels ran, the most frequent first.
  static void tell(Console console, Backend backend) {
    backend.variants().entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .forEach(variant ->
            console.note(
                "%s: %,d x %s".formatted(backend.name(), variant.getValue(), variant.getKey())));
  }

  /// The backends of these names; without any, all that this machine has but the plain one.
  static List<Backend> named(List<String> names) {
    return names.isEmpty()
        ? Backends.all().stream().filter(b -> b.priority() >= 0 && b.isAvailable()).toList()
        : names.stream().map(Backends::named).toList();
  }

  private boolean usesCublas() {
    return gemm.equals(Optional.of(Gemm.cublas));
  }

  private Backend named(String wanted) {
    try {
      Backend found = wanted.equals(AUTO) ? best() : Backends.named(wanted);
      return usesCublas() && found.name().startsWith(CUDA) && !found.name().endsWith(CUBLAS)
          ? Backends.named(found.name() + CUBLAS)
          : found;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          command.commandLine(), "Invalid value for option '--backend': " + e.getMessage(), e);
    }
  }

  /// A backend on a graphics processor, if there is one.
  private static Backend best() {
    return Backends.all().stream()
        .filter(backend -> backend instanceof DeviceBackend devices && hasGraphics(devices))
        .findFirst()
        .orElseGet(Backends::current);
  }

  private static boolean hasGraphics(DeviceBackend backend) {
    try {
      return backend.chosen().kind() == DeviceInfo.Kind.GPU;
    } catch (BackendException e) { // no driver, or no such device of it
      return false;
    }
  }
}
