package dev.chrysalis.tensor;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/// The backends of this process.
public final class Backends {
  private static final ScopedValue<Backend> CHOSEN = ScopedValue.newInstance();

  private Backends() {}

  /// Loaded once, when first needed.
  private static final class Found {
    static final List<Backend> ALL =
        ServiceLoader.load(Backend.class, Backend.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .sorted(Comparator.comparingInt(Backend::priority).reversed())
            .toList();
    static final Backend BEST =
        ALL.stream()
            .filter(backend -> backend.priority() >= 0 && backend.isAvailable())
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no backend is available"));
  }

  /// All backends, best first, whether available or not.
  public static List<Backend> all() {
    return Found.ALL;
  }

  /// The backend called `name`.
  ///
  /// @throws IllegalArgumentException if there is none, or this machine cannot run it; the message
  ///   says why
  public static Backend named(String name) {
    Backend named =
        Found.ALL.stream()
            .filter(backend -> backend.name().equals(name))
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "backend: got '%s', need one of %s"
                        .formatted(name, Found.ALL.stream().map(Backend::name).toList())));
    if (!named.isAvailable()) {
      throw new IllegalArgumentException(
          "backend: %s cannot be used here: %s".formatted(name, named.description()));
    }
    return named;
  }

  /// The backend ops run on here.
  public static Backend current() {
    return CHOSEN.isBound() ? CHOSEN.get() : Found.BEST;
  }

  /// Runs `body` on `backend`.
  public static <T> T with(Backend backend, Supplier<T> body) {
    return ScopedValue.where(CHOSEN, backend).call(body::get);
  }
}
