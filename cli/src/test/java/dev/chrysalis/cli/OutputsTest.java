package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputsTest {
  @TempDir private Path folder;

  private static String refused(Runnable check) {
    return assertThrows(CommandException.class, check::run).getMessage();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.toList();
    }
  }

  @Test
  void checkingLeavesNothingBehind() throws IOException {
    Outputs.checkFile(folder.resolve("new.png"));
    Outputs.checkFolder(folder.resolve("a/b/c"));
    assertEquals(List.of(), files());
  }

  @Test
  void makesFoldersAboveToo() {
    Path made = folder.resolve("a/b");
    Outputs.makeFolder(made);
    Outputs.makeFolder(made);
    assertTrue(Files.isDirectory(made));
  }

  @Test
  void writesOverAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("x"), "old and longer");
    Outputs.write(file, new byte[] {1, 2});
    assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(file));
    assertEquals(List.of(file), files());
  }

  @Test
  void folderIsNoFile() {
    assertTrue(refused(() -> Outputs.checkFile(folder)).contains("is a folder"));
  }

  @Test
  void missingFolderIsRefused() {
    String message = refused(() -> Outputs.checkFile(folder.resolve("none/x.png")));
    assertTrue(message.endsWith("cannot be written: its folder does not exist"), message);
  }

  @Test
  void fileIsNoFolder() throws IOException {
    Path file = Files.createFile(folder.resolve("x"));
    assertTrue(refused(() -> Outputs.makeFolder(file)).contains("cannot be written"));
    String below = refused(() -> Outputs.checkFile(file.resolve("y.png")));
    assertTrue(below.contains("x is not a folder"), below);
    String itself = refused(() -> Outputs.checkFolder(file));
    assertTrue(itself.contains("x is not a folder"), itself);
  }

  @Test
  void devicesAreNotWrittenOver() {
    Path device = Path.of("/dev/null");
    if (Files.exists(device)) {
      assertTrue(refused(() -> Outputs.checkFile(device)).contains("is not a regular file"));
    }
  }
}
