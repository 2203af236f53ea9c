package dev.chrysalis.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/// A folder that runs on a machine with nothing on it: a runtime of Java, our jars and those they
/// need, the golden values, the shipped model, and a script that starts it.
final class Bundle {
  /// What the program uses of the JDK.
  private static final String MODULES =
      String.join(
          ",",
          "java.desktop",
          "java.logging",
          "jdk.incubator.vector",
          "jdk.management",
          "jdk.unsupported",
          "jdk.zipfs");

  static final String SCRIPT = "chrysalis";

  private static final String NATIVES = "jcuda-natives-";

  /// Of JCuda's native parts, the one that is used; its compiler alone has 24 MB.
  private static final String DRIVER = "lib/libJCudaDriver-";

  private static final String SCRIPT_TEXT =
      """
      #!/bin/sh
      # Starts chrysalis with the runtime beside this script.
      here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
      memory_kb=$(awk '/^MemTotal:/ {print $2}' /proc/meminfo 2>/dev/null)
      [ -n "$memory_kb" ] && limit="-XX:MaxDirectMemorySize=$((memory_kb / 5 * 4))k"
      # A small nursery and the serial collector, unless another choice is made.
      case " ${JAVA_OPTS:-} ${JDK_JAVA_OPTIONS:-} ${JAVA_TOOL_OPTIONS:-} " in
        *" -XX:+Use"*"GC "* | *" -Xm"[nsx]* | *HeapSize* | *NewSize*) ;;
        *) heap="-XX:+UseSerialGC -Xmn48m" ;;
      esac
      exec "$here/runtime/bin/java" -Dchrysalis.home="$here" -Djava.awt.headless=true \\
        --enable-native-access=ALL-UNNAMED,%s \\
        $limit ${heap:-} ${JAVA_OPTS:-} -p "$here/lib" --add-modules ALL-MODULE-PATH \\
        -m dev.chrysalis.cli/dev.chrysalis.cli.Main "$@"
      """;

  private final Path target;

  /// @param target an empty folder, or none
  Bundle(Path target) {
    this.target = target;
  }

  /// @param jars where the program's own lie
  /// @param backends of those on devices, the ones to bring
  void write(Path jdk, Path jars, Set<String> backends) {
    createFolders(target.resolve("lib"));
    run(
        List.of(
            jdk.resolve("bin").resolve("jlink").toString(),
            "--add-modules",
            MODULES,
            "--strip-debug",
            "--no-header-files",
            "--no-man-pages",
            "--output",
            target.resolve("runtime").toString()));
    List<String> trusted = new ArrayList<>(List.of("dev.chrysalis.tensor", "org.jline.nativ"));
    for (Path jar : list(jars)) {
      String name = jar.getFileName().toString();
      boolean ofCuda = name.startsWith("jcuda") || name.startsWith("chrysalis-cuda");
      boolean ofOpenCl = name.startsWith("jocl") || name.startsWith("chrysalis-opencl");
      if ((ofCuda && !backends.contains("cuda")) || (ofOpenCl && !backends.contains("opencl"))) {
        continue;
      }
      Path to = target.resolve("lib").resolve(name);
      stored(jar, to, name.startsWith(NATIVES) ? DRIVER : "");
    }
    if (backends.contains("cuda")) {
      trusted.addAll(List.of("dev.chrysalis.cuda", "jcuda"));
    }
    if (backends.contains("opencl")) {
      trusted.add("jocl");
    }
    script(SCRIPT_TEXT.formatted(String.join(",", trusted)));
  }

  /// A folder of the project as it is.
  void add(Path home, String folder) {
    Path from = home.resolve(folder);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path to = target.resolve(folder).resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          createFolders(to);
        } else {
          copy(file, to);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The file beside a folder that holds all of it.
  static Path archive(Path folder) {
    return folder.resolveSibling(folder.getFileName() + ".tar.xz");
  }

  /// Puts all of it into `archive`.
  void pack() {
    Path folder = target.toAbsolutePath().getParent();
    run(
        List.of(
            "tar",
            "-C",
            folder.toString(),
            "-cJf",
            archive(target).toString(),
            target.getFileName().toString()));
  }

  private void script(String text) {
    Path script = target.resolve(SCRIPT);
    try {
      Files.writeString(script, text);
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A jar without compression, which the packing of the whole does better.
  ///
  /// @param beginning of the names of what is kept
  private static void stored(Path jar, Path to, String beginning) {
    try (InputStream in = Files.newInputStream(jar);
        ZipInputStream from = new ZipInputStream(in);
        OutputStream out = Files.newOutputStream(to);
        ZipOutputStream kept = new ZipOutputStream(out)) {
      kept.setLevel(Deflater.NO_COMPRESSION);
      for (ZipEntry entry = from.getNextEntry(); entry != null; entry = from.getNextEntry()) {
        if (entry.getName().startsWith(beginning)) {
          kept.putNextEntry(new ZipEntry(entry.getName()));
          from.transferTo(kept);
          kept.closeEntry();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Path to) {
    try {
      Files.copy(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void createFolders(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// @throws CommandException if the program is not there or fails; the message holds what it said
  private static void run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new CommandException(
            "%s: failed with status %d: %s".formatted(command.getFirst(), status, said.strip()));
      }
    } catch (IOException e) {
      throw new CommandException(command.getFirst() + ": cannot be run: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(command.getFirst() + ": interrupted");
    }
  }
}
