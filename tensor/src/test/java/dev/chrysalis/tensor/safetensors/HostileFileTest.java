package dev.chrysalis.tensor.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class HostileFileTest {
  @TempDir Path folder;

  static List<HostileFiles.Hostile> corpus() {
    return HostileFiles.corpus();
  }

  private Path write(byte[] content) throws IOException {
    return Files.write(folder.resolve("hostile.safetensors"), content);
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void everyHostileFileIsRefusedByName(HostileFiles.Hostile hostile) throws IOException {
    Path file = write(hostile.content());
    for (var open : List.<AutoOpen>of(SafetensorsFile::open, Checkpoint::open)) {
      CheckpointException refusal =
          assertThrows(CheckpointException.class, () -> open.open(file).close());
      assertTrue(refusal.getMessage().startsWith(file.toString()), refusal.getMessage());
      assertTrue(refusal.getMessage().contains(hostile.message()), refusal.getMessage());
    }
    assertNotMapped(file);
  }

  private interface AutoOpen {
    AutoCloseable open(Path path);
  }

  /// A refused file is let go at once. Where the system shows its mappings, they are looked at.
  static void assertNotMapped(Path file) throws IOException {
    Path maps = Path.of("/proc/self/maps");
    if (Files.exists(maps)) {
      assertFalse(Files.readString(maps).contains(file.toRealPath().toString()), file.toString());
    }
  }

  /// The whole corpus in a JVM with a small heap: no claim of a file makes the reader ask for
  /// memory.
  @Test
  void theCorpusIsRefusedInASmallHeap() throws Exception {
    int count = 0;
    for (HostileFiles.Hostile hostile : corpus()) {
      Files.write(folder.resolve(count++ + ".safetensors"), hostile.content());
    }
    assertTrue(count >= 30, "only " + count);
    Process child = ChildJvm.start(List.of("-Xmx64m"), RefuseAll.class, folder.toString());
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, child.waitFor(), output);
    assertEquals("refused " + count, output.strip());
  }

  @Test
  void whatIsNoFileIsRefusedByName() throws IOException {
    Path missing = folder.resolve("missing.safetensors");
    Path loop = Files.createSymbolicLink(folder.resolve("loop"), folder.resolve("loop"));
    for (Path path : List.of(missing, folder, loop)) {
      CheckpointException refusal =
          assertThrows(CheckpointException.class, () -> SafetensorsFile.open(path).close());
      assertTrue(refusal.getMessage().startsWith(path.toString()), refusal.getMessage());
    }
  }

  @Test
  void unusualButLawfulFilesAreRead() throws IOException {
    String longest = "n".repeat(512);
    String json =
        "{"
            + String.join(
                ",",
                "\"b\":{\"data_offsets\":[4,12],\"shape\":[1,2,1,1,1,1,1,1],\"dtype\":\"F32\"}",
                HostileFiles.entry("a \\\"%s\\\" \\u00e4 😀", "[]", 0, 4),
                HostileFiles.entry("none", "[0,2147483647,2147483647]", 12, 12),
                HostileFiles.entry(longest, "[3]", 12, 24),
                HostileFiles.entry("", "[0]", 24, 24),
                "\"__metadata__\":{\"k\":\"\",\"\":\"v\"}")
            + "}   \n\t ";
    try (SafetensorsFile file = SafetensorsFile.open(write(HostileFiles.file(json, 24)))) {
      assertEquals(5, file.names().size());
      assertEquals(Shape.of(1, 2, 1, 1, 1, 1, 1, 1), file.type("b").shape());
      assertEquals(0, file.get("a \"%s\" ä 😀").item());
      assertEquals(0, file.get("none").count());
      assertEquals(3, file.get(longest).toFloats().length);
      assertEquals(DType.F32, file.type("").dtype());
      assertEquals("v", file.metadata().get(""));
      assertThrows(UnsupportedOperationException.class, () -> file.names().clear());
      CheckpointException refusal =
          assertThrows(CheckpointException.class, () -> file.get("%d other"));
      assertTrue(refusal.getMessage().contains("no tensor '%d other'"), refusal.getMessage());
    }
  }

  @Test
  void tensorsAreRefusedAfterClosing() throws IOException {
    byte[] content = HostileFiles.file("{" + HostileFiles.entry("a", "[1]", 0, 4) + "}", 4);
    SafetensorsFile file = SafetensorsFile.open(write(content));
    var tensor = file.get("a");
    assertEquals(0, tensor.item());
    file.close();
    file.close();
    assertThrows(IllegalStateException.class, tensor::item);
    assertNotMapped(file.path());
  }

  private static String header(int tensors) {
    return IntStream.range(0, tensors)
        .mapToObj(
            i -> HostileFiles.entry("model.layers." + i + ".weight", "[1]", 4L * i, 4L * i + 4))
        .collect(Collectors.joining(",", "{", "}"));
  }

  /// In a second or two; what compares all names with each other would take minutes.
  @Test
  void manyTensorsAreReadSoon() throws IOException {
    int count = 200_000;
    Path path = write(HostileFiles.file(header(count), 4 * count));
    int found =
        assertTimeout(
            Duration.ofSeconds(20),
            () -> {
              try (SafetensorsFile file = SafetensorsFile.open(path)) {
                return file.names().size();
              }
            });
    assertEquals(count, found);
  }

  @Test
  void tooManyTensorsAreRefused() throws IOException {
    Path path = write(HostileFiles.file(header(200_001), 4 * 200_001));
    CheckpointException refusal =
        assertThrows(CheckpointException.class, () -> SafetensorsFile.open(path).close());
    assertTrue(refusal.getMessage().contains("more than 200000 tensors"), refusal.getMessage());
  }

  /// Damaged headers either are refused or describe the data without gaps and overlaps.
  @Test
  void damagedHeadersNeverGiveTensorsThatReachOutside() {
    byte[] sound =
        ("{\"__metadata__\":{\"format\":\"pt\"},"
                + HostileFiles.entry("a.weight", "[2,3]", 0, 24)
                + ","
                + HostileFiles.entry("b", "[]", 24, 28)
                + "}  ")
            .getBytes(StandardCharsets.UTF_8);
    byte[] alphabet =
        "{}[]\",:0123456789-.eE\\u F32I8__metadata__\0\u007f".getBytes(StandardCharsets.UTF_8);
    SplittableRandom random = new SplittableRandom(7);
    Path path = Path.of("damaged.safetensors");
    int read = 0;
    for (int round = 0; round < 30_000; round++) {
      byte[] json = sound.clone();
      for (int damage = random.nextInt(1, 4); damage > 0; damage--) {
        int at = random.nextInt(json.length);
        json[at] =
            random.nextInt(4) == 0
                ? (byte) random.nextInt(256)
                : alphabet[random.nextInt(alphabet.length)];
      }
      try {
        long bytes = 0;
        for (Entry entry : Header.parse(path, json, 28).entries().values()) {
          assertTrue(entry.begin() >= 0 && entry.end() <= 28, entry.toString());
          assertEquals(entry.type().sizeBytes(), entry.end() - entry.begin());
          bytes += entry.type().sizeBytes();
        }
        assertEquals(28, bytes);
        read++;
      } catch (CheckpointException refused) {
        assertTrue(refused.getMessage().startsWith("damaged.safetensors: "), refused.getMessage());
      }
    }
    assertTrue(read > 100, "the damage was too strong to say anything: " + read);
  }
}
