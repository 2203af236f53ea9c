package dev.chrysalis.tensor.device;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/// A folder of this process alone, for libraries that unpack their native part under a fixed name
/// into the folder for temporary files, where any user could have laid another file before.
public final class PrivateFolder {
  private static final String TEMPORARY = "java.io.tmpdir";

  private PrivateFolder() {}

  /// Runs `body` while a new folder, which it is given, is the one for temporary files. What is
  /// then in it goes when the process ends.
  public static void during(Consumer<Path> body) {
    String shared = System.getProperty(TEMPORARY);
    try {
      Path folder = Files.createTempDirectory("chrysalis");
      folder.toFile().deleteOnExit();
      System.setProperty(TEMPORARY, folder.toString());
      body.accept(folder);
      File[] left = folder.toFile().listFiles();
      if (left != null) {
        for (File file : left) {
          file.deleteOnExit();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("no folder for native libraries", e);
    } finally {
      System.setProperty(TEMPORARY, shared);
    }
  }
}
