package dev.chrysalis.cli;

import com.sun.management.OperatingSystemMXBean;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Looks at the machine and the JVM.
final class Doctor {
  private static final double GIGA = 1e9;

  /// How it stands.
  enum State {
    ok,
    /// Works, a hundred times slower than it could.
    slow,
    /// Not there.
    missing
  }

  /// @param remedy what to do, empty if nothing
  record Finding(State state, String what, String found, String remedy) {
    String line() {
      return "%-8s %-10s %s%s".formatted(state, what, found, remedy.isEmpty() ? "" : "; " + remedy);
    }
  }

  private Doctor() {}

  /// @param model a folder whose weights are held against the memory
  static List<Finding> look(Optional<Path> model) {
    List<Finding> findings = new ArrayList<>();
    findings.add(
        fine("JDK", "%s (%s)".formatted(Runtime.version(), System.getProperty("java.vendor"))));
    findings.add(
        FastPath.obstacle()
            .map(o -> new Finding(State.slow, "compiler", o.found(), o.remedy()))
            .orElseGet(() -> fine("compiler", "C2")));
    for (Backend backend : Backends.all()) {
      if (backend.isVariant()) { // its device is looked at anyway
        continue;
      }
      findings.add(
          backend.isAvailable()
              ? fine("backend", backend.name() + ": " + backend.description())
              : new Finding(
                  State.missing,
                  "backend",
                  backend.name(),
                  backend.description().replaceFirst("^" + backend.name() + ": ", "")));
    }
    findings.add(fine("processors", Integer.toString(Runtime.getRuntime().availableProcessors())));
    findings.add(memory());
    model.ifPresent(folder -> findings.add(fits(folder)));
    return findings;
  }

  private static Finding fine(String what, String found) {
    return new Finding(State.ok, what, found, "");
  }

  private static OperatingSystemMXBean system() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  }

  private static Finding memory() {
    return fine(
        "memory",
        "%.1f GB, %.1f GB of it free"
            .formatted(system().getTotalMemorySize() / GIGA, system().getFreeMemorySize() / GIGA));
  }

  private static Finding fits(Path model) {
    ModelSize size = ModelSize.of(model);
    return size.fits()
        ? fine("model", size.text(model))
        : new Finding(
            State.slow,
            "model",
            size.text(model),
            "weights come from the disk again for every word");
  }
}
