package dev.chrysalis.models.image;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/// Writes a whole file or none: into a new file beside the target, which then takes its name.
final class AtomicFile {
  private AtomicFile() {}

  static void write(Path target, byte[] content) {
    Path file = target.toAbsolutePath();
    if (Files.isDirectory(file)) {
      throw PictureException.of(target.toString(), "a folder", "a file name to write to");
    }
    Path beside = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try {
        Files.write(beside, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Files.move(
            beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(beside);
      }
    } catch (NoSuchFileException e) {
      throw new PictureException(target + ": cannot be written: its folder does not exist", e);
    } catch (AccessDeniedException e) {
      throw new PictureException(target + ": cannot be written: no permission", e);
    } catch (IOException e) {
      throw new PictureException(target + ": cannot be written: " + e.getMessage(), e);
    }
  }
}
