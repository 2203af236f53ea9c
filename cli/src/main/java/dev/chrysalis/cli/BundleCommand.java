package dev.chrysalis.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Makes a folder that runs where nothing is installed.
@Command(
    name = "bundle",
    description =
        "Make a folder, and one file of it, that runs on a machine of this kind with nothing on it"
            + " but a driver: FOLDER/chrysalis selfcheck.")
final class BundleCommand extends ChrysalisCommand {
  private static final Set<String> BACKENDS = Set.of("opencl", "cuda");
  private static final Set<String> PARTS = Set.of("model", "fixtures");
  private static final double MEGA = 1e6;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "DIR",
      description = "Where it goes: a folder that is empty or not there.")
  private Path out;

  @Option(
      names = "--backend",
      split = ",",
      paramLabel = "NAME",
      description = "Which backends on devices to bring: opencl, cuda; both by itself.")
  private List<String> backends = List.of("opencl", "cuda");

  @Option(
      names = "--without",
      split = ",",
      paramLabel = "PART",
      description = "What to leave out: model, fixtures.")
  private List<String> without = List.of();

  @Option(
      names = "--no-archive",
      description = "Make the folder alone, not the file DIR.tar.xz beside it.")
  private boolean noArchive;

  @Override
  public Integer call() {
    require("--backend", backends, BACKENDS);
    require("--without", without, PARTS);
    checkEmpty();
    Path jdk = Path.of(System.getProperty("java.home"));
    Path own = ownJar();
    if (!Files.isRegularFile(own)) {
      throw new CommandException("a bundle is made by the program as the start script starts it");
    }
    Path target = Outputs.checkFolder(out.toAbsolutePath().normalize());
    Path archive = Bundle.archive(target);
    if (!noArchive) {
      Outputs.makeFolder(target.getParent());
      Outputs.checkFile(archive);
    }
    boolean isNew = !Files.exists(target);
    Outputs.makeFolder(target);
    Path beside = target.resolve(".bundling-" + UUID.randomUUID());
    try {
      try {
        write(beside.resolve(target.getFileName()), jdk, own.getParent());
        place(beside.resolve(target.getFileName()), target);
      } catch (IOException | RuntimeException e) {
        Outputs.deleteFolder(isNew ? target : beside);
        throw e;
      }
      Outputs.deleteFolder(beside);
      if (!noArchive) {
        console().line("%s: %.1f MB".formatted(archive, Files.size(archive) / MEGA));
      }
    } catch (IOException e) {
      throw new CommandException("%s: cannot be written: %s".formatted(out, e.getMessage()), e);
    }
    console().line("%s: start it with %s".formatted(target, target.resolve(Bundle.SCRIPT)));
    return DONE;
  }

  /// Makes all of it in a folder of its own first.
  private void write(Path folder, Path jdk, Path jars) {
    Bundle bundle = new Bundle(folder);
    bundle.write(jdk, jars, Set.copyOf(backends));
    if (!without.contains("fixtures")) {
      bundle.add(ModelOptions.home(), "fixtures");
    }
    if (!without.contains("model")) {
      bundle.add(ModelOptions.home(), "zoo/pretrained");
    }
    if (!noArchive) {
      bundle.pack();
    }
  }

  /// Moves it to where it is wanted, what starts it and what tells of it last.
  private void place(Path folder, Path target) throws IOException {
    List<Path> entries;
    try (Stream<Path> all = Files.list(folder)) {
      entries = all.sorted(Comparator.comparing(each -> each.endsWith(Bundle.SCRIPT))).toList();
    }
    for (Path entry : entries) {
      Files.move(entry, target.resolve(entry.getFileName()));
    }
    if (!noArchive) {
      Files.move(
          Bundle.archive(folder), Bundle.archive(target), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /// Where this class comes from, whether by the class path or by the module path: a jar, beside
  /// which all others lie, or a folder of classes.
  private static Path ownJar() {
    try {
      return Path.of(
          BundleCommand.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private void require(String option, List<String> given, Set<String> known) {
    for (String each : given) {
      if (!known.contains(each)) {
        throw new ParameterException(
            spec.commandLine(),
            "Invalid value for option '%s': got '%s', need some of %s"
                .formatted(option, each, known.stream().sorted().toList()));
      }
    }
  }

  private void checkEmpty() {
    if (Files.isDirectory(out)) {
      try (Stream<Path> files = Files.list(out)) {
        if (files.findAny().isPresent()) {
          throw new CommandException(out + ": is not empty");
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    } else if (Files.exists(out)) {
      throw new CommandException(out + ": is a file, need a folder");
    }
  }
}
