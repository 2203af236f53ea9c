package dev.chrysalis.tensor.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class SafetensorsWriterTest {
  @TempDir Path folder;

  private static Map<String, Tensor> loaded(Checkpoint checkpoint) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    checkpoint.names().forEach(name -> tensors.put(name, checkpoint.get(name)));
    return tensors;
  }

  /// Names and contents of all files of a folder.
  private static Map<String, String> contents(Path folder) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        contents.put(
            file.getFileName().toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return contents;
  }

  /// A tensor with bytes that are all different, also the odd ones: NaN payloads, infinities.
  private static Tensor sample(DType dtype, int... sizes) {
    byte[] bytes = new byte[(int) Shape.of(sizes).count() * dtype.sizeBytes()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = dtype == DType.BOOL ? (byte) (i & 1) : (byte) (i * 37 + 0x7b);
    }
    return Tensor.of(dtype, bytes, sizes);
  }

  @Test
  void bytesAreThoseOfTheFormat() throws IOException {
    Path path = folder.resolve("x.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("b", Tensor.of(new float[] {1, -2}, 2, 1));
    tensors.put("i", Tensor.of(DType.U8, new byte[] {7}, 1));
    tensors.put("a", Tensor.of(new float[] {0.5f}));
    SafetensorsWriter.write(path, tensors, Map.of("format", "pt", "by", "ü"));
    String json =
        "{\"__metadata__\":{\"by\":\"ü\",\"format\":\"pt\"},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[4,12]},"
            + "\"i\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[12,13]}}";
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    int padded = (header.length + 7) / 8 * 8;
    byte[] found = Files.readAllBytes(path);
    assertEquals(8 + padded + 13, found.length);
    assertArrayEquals(new byte[] {(byte) padded, 0, 0, 0, 0, 0, 0, 0}, Arrays.copyOf(found, 8));
    assertEquals(
        json + " ".repeat(padded - header.length),
        new String(found, 8, padded, StandardCharsets.UTF_8));
    byte[] data = Arrays.copyOfRange(found, 8 + padded, found.length);
    assertArrayEquals(
        new byte[] {0, 0, 0, 0x3f, 0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0, 7}, data);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void savingWhatWasLoadedGivesTheSameBytes(DType dtype) throws IOException {
    Map<String, Tensor> tensors =
        Map.of(
            "scalar", sample(dtype),
            "empty", sample(dtype, 3, 0, 2),
            "vector", sample(dtype, 17),
            "grid", sample(dtype, 2, 3, 5),
            "mask", sample(DType.BOOL, 3));
    Path first = folder.resolve("first.safetensors");
    Path second = folder.resolve("second.safetensors");
    SafetensorsWriter.write(first, tensors, Map.of("k", "v"));
    try (SafetensorsFile file = SafetensorsFile.open(first)) {
      Map<String, Tensor> loaded = new LinkedHashMap<>();
      file.names().forEach(name -> loaded.put(name, file.get(name)));
      tensors.forEach((name, tensor) -> {
        assertEquals(tensor.type(), loaded.get(name).type());
        assertEquals(
            -1,
            tensor
                .segment()
                .asSlice(0, tensor.type().sizeBytes())
                .mismatch(loaded.get(name).segment()));
      });
      SafetensorsWriter.write(second, loaded, file.metadata());
    }
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
  }

  @Test
  void viewsAreWrittenInRowMajorOrder() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Path path = folder.resolve("views.safetensors");
    SafetensorsWriter.write(
        path,
        Map.of(
            "turned", x.swap(0, 1),
            "part", x.slice(1, 1, 3),
            "row", x.select(0, 1),
            "repeated", x.select(1, 2).unsqueeze(1).expand(2, 2)),
        Map.of());
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, file.get("turned").toFloats());
      assertArrayEquals(new float[] {2, 3, 5, 6}, file.get("part").toFloats());
      assertArrayEquals(new float[] {4, 5, 6}, file.get("row").toFloats());
      assertArrayEquals(new float[] {3, 3, 6, 6}, file.get("repeated").toFloats());
    }
  }

  @Test
  void shardsRoundTripToTheSameBytes() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 11; i >= 0; i--) { // neither by name nor by size
      tensors.put("layers." + i + ".weight", sample(i % 2 == 0 ? DType.F32 : DType.BF16, i, 5));
    }
    Path first = Files.createDirectory(folder.resolve("first"));
    Path second = Files.createDirectory(folder.resolve("second"));
    SafetensorsWriter.writeSharded(first, "model", tensors, 300);
    try (Checkpoint checkpoint = Checkpoint.open(first)) {
      assertEquals(tensors.keySet(), checkpoint.names());
      assertTrue(checkpoint.files().size() > 3, "files " + checkpoint.files());
      SafetensorsWriter.writeSharded(second, "model", loaded(checkpoint), 300);
    }
    assertEquals(contents(first), contents(second));
    String index = contents(first).get("model.safetensors.index.json");
    long total = tensors.values().stream().mapToLong(t -> t.type().sizeBytes()).sum();
    assertTrue(index.startsWith("{\"metadata\":{\"total_size\":" + total + "},\"weight_map\":{"));
  }

  @Test
  void oneTensorLargerThanAShardGetsItsOwn() throws IOException {
    Map<String, Tensor> tensors =
        Map.of("a", sample(DType.F32, 1), "b", sample(DType.F32, 100), "c", sample(DType.F32, 1));
    SafetensorsWriter.writeSharded(folder, "model", tensors, 16);
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertEquals(3, checkpoint.files().size());
    }
  }

  /// A folder that was saved twice holds what was saved last, whatever the number of shards.
  @Test
  void aSaveReplacesOneOfAnotherKind() throws IOException {
    for (int round = 0; round < 6; round++) {
      long shardBytes = round % 2 == 0 ? 4 : 1000;
      float value = round;
      Map<String, Tensor> tensors =
          Map.of("a", Tensor.of(new float[] {value}, 1), "b", Tensor.of(new float[] {value}, 1));
      SafetensorsWriter.writeSharded(folder, "model", tensors, shardBytes);
      try (Checkpoint checkpoint = Checkpoint.open(folder)) {
        assertEquals(value, checkpoint.get("a").item());
        assertEquals(value, checkpoint.get("b").item());
        assertEquals(round % 2 == 0 ? 2 : 1, checkpoint.files().size());
      }
      assertNoParts(folder);
    }
  }

  private static void assertNoParts(Path folder) throws IOException {
    for (String name : contents(folder).keySet()) {
      assertFalse(name.endsWith(".part"), name);
    }
  }

  private static Tensor gone() {
    List<Tensor> leaked = new ArrayList<>();
    Scope.run(() -> leaked.add(Ops.range(1000)));
    return leaked.getFirst();
  }

  @Test
  void aSaveThatFailsHalfwayLeavesTheOldFile() throws IOException {
    Path path = folder.resolve("x.safetensors");
    SafetensorsWriter.write(path, Map.of("a", sample(DType.I64, 9)), Map.of());
    Map<String, String> before = contents(folder);
    Map<String, Tensor> broken = Map.of("a", sample(DType.I64, 5000), "b", gone());
    assertThrows(
        IllegalStateException.class, () -> SafetensorsWriter.write(path, broken, Map.of()));
    assertEquals(before, contents(folder));
  }

  @Test
  void aShardedSaveThatFailsHalfwayLeavesTheOldFiles() throws IOException {
    Map<String, Tensor> sound = Map.of("a", sample(DType.I64, 9), "b", sample(DType.I64, 8));
    SafetensorsWriter.writeSharded(folder, "model", sound, 8);
    Map<String, String> before = contents(folder);
    Map<String, Tensor> broken = Map.of("a", sample(DType.I64, 7), "b", gone());
    assertThrows(
        IllegalStateException.class,
        () -> SafetensorsWriter.writeSharded(folder, "model", broken, 8));
    assertEquals(before, contents(folder));
  }

  /// @param name what the file is to be called, in a folder that holds a file `file` and a full
  ///   folder `full`
  record Unwritable(String name) {}

  static List<Unwritable> unwritable() {
    return List.of(
        new Unwritable("missing/x.safetensors"),
        new Unwritable("file/x.safetensors"),
        new Unwritable("full"),
        new Unwritable("n".repeat(300)));
  }

  @ParameterizedTest
  @MethodSource("unwritable")
  void placesThatCannotBeWrittenAreNamed(Unwritable place) throws IOException {
    Files.writeString(folder.resolve("file"), "text");
    Path inner = Files.createDirectory(folder.resolve("full")).resolve("inner");
    Files.writeString(inner, "text");
    Path path = folder.resolve(place.name());
    String message =
        assertThrows(
                CheckpointException.class,
                () -> SafetensorsWriter.write(path, Map.of("a", sample(DType.I8)), Map.of()))
            .getMessage();
    assertTrue(message.startsWith(path + ": cannot be written"), message);
    assertEquals("text", Files.readString(inner));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
  }

  /// @param why what a reader would refuse
  record Unreadable(String why, Map<String, Tensor> tensors, Map<String, String> metadata) {
    @Override
    public String toString() {
      return why;
    }
  }

  static List<Unreadable> unreadable() {
    Tensor x = sample(DType.I8, 1);
    return List.of(
        new Unreadable("name too long", Map.of("n".repeat(513), x), Map.of()),
        new Unreadable("half a surrogate pair", Map.of("\ud83d", x), Map.of()),
        new Unreadable("reserved name", Map.of("__metadata__", x), Map.of()),
        new Unreadable("nine axes", Map.of("a", x.reshape(1, 1, 1, 1, 1, 1, 1, 1, 1)), Map.of()),
        new Unreadable("key too long", Map.of("a", x), Map.of("k".repeat(513), "")),
        new Unreadable("half a pair in a text", Map.of("a", x), Map.of("k", "\udc00")));
  }

  @ParameterizedTest
  @MethodSource("unreadable")
  void whatCouldNotBeReadIsNotWritten(Unreadable content) throws IOException {
    Path path = folder.resolve("x.safetensors");
    String message =
        assertThrows(
                CheckpointException.class,
                () -> SafetensorsWriter.write(path, content.tensors(), content.metadata()))
            .getMessage();
    assertTrue(message.startsWith(path.toString()), message);
    assertEquals(Map.of(), contents(folder));
  }

  @Test
  void oddNamesAreKept() {
    Path path = folder.resolve("x.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (String name : List.of("", " ", "a\"b\\c/\n\u0001", "ä😀", "%s%d", "n".repeat(512))) {
      tensors.put(name, sample(DType.I8, 2));
    }
    SafetensorsWriter.write(path, tensors, Map.of("", "\u2028\0"));
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals(tensors.keySet(), file.names());
      assertEquals(Map.of("", "\u2028\0"), file.metadata());
    }
  }
}
