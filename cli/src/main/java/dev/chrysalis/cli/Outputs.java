package dev.chrysalis.cli;

import dev.chrysalis.models.file.AtomicFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;

/// Files and folders that a command will write. They are checked before the work, by writing there,
/// and each file appears whole or not at all.
final class Outputs {
  private static final double GIGA = 1e9;

  private Outputs() {}

  /// Refuses a file that could not be written, or would be written over something that is no file.
  ///
  /// @return `file`
  /// @throws CommandException that says why
  static Path checkFile(Path file) {
    if (Files.isDirectory(file)) {
      throw new CommandException(file + ": is a folder, need a file name to write to");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new CommandException(file + ": is not a regular file and is not written over");
    }
    Path folder = file.toAbsolutePath().normalize().getParent();
    if (folder == null || !Files.exists(folder)) {
      throw new CommandException(file + ": cannot be written: its folder does not exist");
    }
    probe(file, folder);
    return file;
  }

  /// Refuses a folder that is none, or that files could not be written to. It may be missing, with
  /// any number of folders above it; it is not made yet.
  ///
  /// @return `folder`
  /// @throws CommandException that says why
  static Path checkFolder(Path folder) {
    Path existing = folder.toAbsolutePath().normalize();
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (existing == null) {
      throw new CommandException(folder + ": cannot be written: no such disk");
    }
    probe(folder, existing);
    return folder;
  }

  /// Refuses to begin what will not fit.
  ///
  /// @param folder that is there
  /// @throws CommandException if its disk has less room
  static void checkRoom(Path folder, long neededBytes) {
    try {
      long free = Files.getFileStore(folder).getUsableSpace();
      if (neededBytes > free) {
        throw new CommandException(
            "%s: needs %.1f GB, the disk has %.1f GB left"
                .formatted(folder, neededBytes / GIGA, free / GIGA));
      }
    } catch (IOException e) {
      throw failed(folder, e);
    }
  }

  /// Makes a folder, and those above it, unless it is there.
  ///
  /// @throws CommandException if that fails
  static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder.toAbsolutePath());
    } catch (IOException e) {
      throw failed(folder, e);
    }
  }

  /// Deletes a folder and all that is in it, if it is there.
  static void deleteFolder(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static void probe(Path asked, Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new CommandException(
          "%s: cannot be written: %s is not a folder".formatted(asked, folder));
    }
    Path probe = folder.resolve("." + UUID.randomUUID() + ".tmp");
    try {
      Files.createFile(probe);
      Files.delete(probe);
    } catch (IOException e) {
      throw failed(asked, e);
    }
  }

  /// Writes `file` beside its place, flushes it to the disk and renames it.
  ///
  /// @throws CommandException if that fails; the file of that name is then as it was
  static void write(Path file, byte[] content) {
    checkFile(file);
    try {
      AtomicFile.write(file, content);
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private static CommandException failed(Path asked, IOException e) {
    String reason = e instanceof AccessDeniedException ? "no permission" : e.getMessage();
    return new CommandException("%s: cannot be written: %s".formatted(asked, reason), e);
  }
}
