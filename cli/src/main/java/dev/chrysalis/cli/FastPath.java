package dev.chrysalis.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/// Whether vector code runs as machine instructions here. Where it does not, everything works and
/// takes a hundred times as long.
final class FastPath {
  /// The tier that compiles vector code.
  private static final int C2 = 4;

  private FastPath() {}

  /// What is in the way.
  ///
  /// @param found what is so
  /// @param remedy what to do about it
  record Obstacle(String found, String remedy) {}

  static Optional<Obstacle> obstacle() {
    if (ManagementFactory.getCompilationMXBean() == null) {
      return obstacle("the JVM interprets and compiles nothing", "start it without -Xint");
    }
    HotSpotDiagnosticMXBean vm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    if (vm == null) {
      return obstacle(
          System.getProperty("java.vm.name") + " does not compile vector code",
          "use a JDK with the HotSpot VM, for example Eclipse Temurin");
    }
    int tier = Integer.parseInt(vm.getVMOption("TieredStopAtLevel").getValue());
    if (tier < C2) {
      return obstacle(
          "the JVM stops compiling at level " + tier,
          "start it without -XX:TieredStopAtLevel and -client");
    }
    return Optional.empty();
  }

  private static Optional<Obstacle> obstacle(String found, String remedy) {
    return Optional.of(new Obstacle(found, remedy));
  }
}
