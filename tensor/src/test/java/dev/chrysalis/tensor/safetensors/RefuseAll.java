package dev.chrysalis.tensor.safetensors;

import dev.chrysalis.tensor.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Opens all files of a folder and counts the refusals; a process of its own in `HostileFileTest`.
final class RefuseAll {
  private RefuseAll() {}

  public static void main(String[] args) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.list(Path.of(args[0]))) {
      files = found.toList();
    }
    int refused = 0;
    for (Path file : files) {
      try {
        SafetensorsFile.open(file).close();
        System.out.println("read " + file);
      } catch (CheckpointException expected) {
        refused++;
      }
    }
    System.out.println("refused " + refused);
  }
}
