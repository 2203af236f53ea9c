package dev.chrysalis.models.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/// Writes a whole file or none: into a new file beside the target, flushed to the disk, which then
/// takes its name.
public final class AtomicFile {
  private AtomicFile() {}

  /// Puts `content` into `file`, whatever was there before. A kill at any moment leaves the old
  /// content or the new; a failure leaves the old and nothing else.
  ///
  /// @throws IOException if it cannot be written, as the system reports it
  public static void write(Path file, byte[] content) throws IOException {
    Path target = file.toAbsolutePath();
    Path beside =
        target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(
          beside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(beside);
    }
  }
}
