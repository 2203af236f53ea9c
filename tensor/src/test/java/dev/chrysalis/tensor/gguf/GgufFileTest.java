package dev.chrysalis.tensor.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.SafetensorsFile;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `kinds.gguf` and the values in `kinds.safetensors` were written by the `gguf` package 0.19.0 for
/// Python.
class GgufFileTest {
  @TempDir private Path folder;

  private static Path resource(String name) {
    try {
      return Path.of(GgufFileTest.class.getResource("/gguf/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void everyStorageMeansWhatTheReferenceReads() {
    try (GgufFile file = GgufFile.open(resource("kinds.gguf"));
        SafetensorsFile expected = SafetensorsFile.open(resource("kinds.safetensors"))) {
      assertEquals(expected.names(), file.tensors().keySet());
      for (GgufTensor tensor : file.tensors().values()) {
        float[] wanted = expected.get(tensor.name()).toFloats();
        assertTrue(wanted.length > 400);
        assertEquals(expected.get(tensor.name()).shape(), tensor.shape());
        Tensor found =
            tensor.type().dtype().isPresent()
                ? file.get(tensor.name()).to(DType.F32)
                : Ops.dequantize(
                    file.blocks(tensor.name()), BlockFormat.valueOf(tensor.type().name()));
        assertEquals(tensor.shape(), found.shape());
        assertArrayEquals(wanted, found.toFloats(), tensor.name());
      }
    }
  }

  @Test
  void metadataOfEveryType() {
    try (GgufFile file = GgufFile.open(resource("kinds.gguf"))) {
      assertEquals(new GgufValue.Text("llama"), file.metadata().get("general.architecture"));
      assertEquals(new GgufValue.Whole(1L << 40), file.metadata().get("test.u64"));
      assertEquals(new GgufValue.Whole(-7), file.metadata().get("test.i32"));
      assertEquals(new GgufValue.Real(0.5), file.metadata().get("test.f32"));
      assertEquals(new GgufValue.Real(-1e-9), file.metadata().get("test.f64"));
      assertEquals(new GgufValue.Flag(true), file.metadata().get("test.yes"));
      assertEquals(
          new GgufValue.Texts(List.of("a", "", "Ġé€", "d")), file.metadata().get("test.words"));
      assertEquals(
          new GgufValue.Wholes(List.of(3L, -1L, 70000L)), file.metadata().get("test.numbers"));
      assertEquals(new GgufValue.Reals(List.of(0.25, -2.5)), file.metadata().get("test.reals"));
    }
  }

  @Test
  void aWrongWayToReadATensorIsRefused() {
    try (GgufFile file = GgufFile.open(resource("kinds.gguf"))) {
      assertTrue(
          refusal(() -> file.get("w.Q8_0")).endsWith("'w.Q8_0': found Q8_0, need plain elements"));
      assertTrue(refusal(() -> file.blocks("w.F16")).endsWith("'w.F16': found F16, need blocks"));
      assertTrue(refusal(() -> file.get("x")).endsWith("no tensor 'x' among 7"));
    }
  }

  /// Kernels that read weights as they are stored look at their memory without further checks.
  @Test
  void weightsOfAClosedFileAreRefused() {
    Tensor blocks;
    Tensor halves;
    try (GgufFile file = GgufFile.open(resource("kinds.gguf"))) {
      blocks = file.blocks("w.Q8_0");
      halves = file.get("w.BF16");
    }
    Tensor x = Tensor.zeros(DType.F32, 2, halves.size(1));
    Tensor y = Tensor.zeros(DType.F32, 2, BlockFormat.Q8_0.rowElements(blocks.size(1)));
    assertThrows(IllegalStateException.class, () -> Ops.run(new Op.Linear(), x, halves));
    assertThrows(
        IllegalStateException.class,
        () -> Ops.run(new Op.BlockLinear(BlockFormat.Q8_0), y, blocks));
  }

  private static String refusal(Runnable body) {
    return assertThrows(CheckpointException.class, body::run).getMessage();
  }

  // ---- hostile files

  /// A file with one F32 tensor `a` of 3 x 2, or with a part of it changed.
  private static final class Writer {
    private final ByteBuffer out = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

    Writer head(int magic, int version, long tensors, long metadata) {
      out.putInt(magic).putInt(version).putLong(tensors).putLong(metadata);
      return this;
    }

    Writer text(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      out.putLong(bytes.length).put(bytes);
      return this;
    }

    Writer i32(int value) {
      out.putInt(value);
      return this;
    }

    Writer i64(long value) {
      out.putLong(value);
      return this;
    }

    Writer i8(int value) {
      out.put((byte) value);
      return this;
    }

    Writer tensor(String name, int type, long offset, long... sizes) {
      text(name).i32(sizes.length);
      for (long size : sizes) {
        i64(size);
      }
      return i32(type).i64(offset);
    }

    byte[] data(int bytes) {
      int begin = (out.position() + 31) / 32 * 32;
      return Arrays.copyOf(out.array(), begin + bytes);
    }
  }

  private record Hostile(String fault, byte[] content, String message) {
    @Override
    public String toString() {
      return fault;
    }
  }

  private static Hostile hostile(String fault, String message, Consumer<Writer> writer) {
    Writer out = new Writer();
    writer.accept(out);
    return new Hostile(fault, out.data(64), message);
  }

  private static Hostile header(String fault, String message, Consumer<Writer> tensor) {
    return hostile(fault, message, w -> tensor.accept(w.head(GgufHeader.MAGIC, 3, 1, 0)));
  }

  private static Hostile metadata(String fault, String message, Consumer<Writer> entry) {
    return hostile(
        fault, message, w -> entry.accept(w.head(GgufHeader.MAGIC, 3, 0, 1).text("key")));
  }

  private static Hostile alignment(long value) {
    return hostile(
        "alignment " + value,
        "general.alignment: found",
        w ->
            w.head(GgufHeader.MAGIC, 3, 1, 1)
                .text(GgufHeader.ALIGNMENT)
                .i32(10)
                .i64(value)
                .tensor("a", 0, 0, 3, 2));
  }

  static Stream<Hostile> corpus() {
    return Stream.of(
        new Hostile("empty", new byte[0], "truncated"),
        hostile("a picture", "does not start with 'GGUF'", w -> w.i32(0x474e5089)),
        hostile(
            "big endian",
            "GGUF version: found 50331648",
            w -> w.head(GgufHeader.MAGIC, 3 << 24, 0, 0)),
        hostile("version 1", "GGUF version: found 1", w -> w.head(GgufHeader.MAGIC, 1, 0, 0)),
        hostile("version 4", "GGUF version: found 4", w -> w.head(GgufHeader.MAGIC, 4, 0, 0)),
        hostile(
            "2^63 tensors",
            "9223372036854775808 tensors",
            w -> w.head(GgufHeader.MAGIC, 3, Long.MIN_VALUE, 0)),
        hostile(
            "2^59 tensors", "tensors do not fit", w -> w.head(GgufHeader.MAGIC, 3, 1L << 59, 0)),
        hostile(
            "2^61 metadata",
            "metadata entries do not fit",
            w -> w.head(GgufHeader.MAGIC, 3, 0, 1L << 61)),
        metadata("type 13", "metadata 'key': type: found 13", w -> w.i32(13)),
        metadata("type 2^32 - 1", "type: found 4294967295", w -> w.i32(-1)),
        metadata("flag 2", "truth value: found 2", w -> w.i32(7).i8(2)),
        metadata("text longer than the file", "do not fit", w -> w.i32(8).i64(1L << 40)),
        metadata("text of 2^64 - 1 bytes", "18446744073709551615", w -> w.i32(8).i64(-1)),
        metadata(
            "array longer than the file",
            "array elements do not fit",
            w -> w.i32(9).i32(4).i64(1L << 62)),
        metadata("array of arrays", "arrays of arrays", w -> w.i32(9).i32(9).i64(1).i32(9)),
        metadata("array of type 99", "type: found 99", w -> w.i32(9).i32(99).i64(1)),
        hostile(
            "key twice",
            "metadata 'key': occurs twice",
            w ->
                w.head(GgufHeader.MAGIC, 3, 0, 2)
                    .text("key")
                    .i32(0)
                    .i8(1)
                    .text("key")
                    .i32(0)
                    .i8(1)),
        hostile(
            "empty key",
            "a name of 0 bytes",
            w -> w.head(GgufHeader.MAGIC, 3, 0, 1).text("").i32(0).i8(1)),
        hostile(
            "key not UTF-8",
            "not UTF-8",
            w -> w.head(GgufHeader.MAGIC, 3, 0, 1).i64(1).i8(0xff).i32(0).i8(1)),
        alignment(0),
        alignment(3),
        alignment(1 << 17),
        alignment(-32),
        header("name of 65 bytes", "a name of 65 bytes", w -> w.tensor("n".repeat(65), 0, 0, 3, 2)),
        header("rank 0", "rank: found 0", w -> w.tensor("a", 0, 0)),
        header("rank 5", "rank: found 5", w -> w.tensor("a", 0, 0, 1, 1, 1, 1, 1)),
        header("rank 2^32 - 1", "rank: found 4294967295", w -> w.text("a").i32(-1)),
        header("size 0", "size: found 0", w -> w.tensor("a", 0, 0, 3, 0)),
        header(
            "size 2^64 - 1", "size: found 18446744073709551615", w -> w.tensor("a", 0, 0, -1, 2)),
        header(
            "sizes that wrap",
            "larger than the file",
            w -> w.tensor("a", 0, 0, 1 << 30, 1 << 30, 1 << 30, 1 << 30)),
        header("larger than the file", "larger than the file", w -> w.tensor("a", 0, 0, 1 << 20)),
        header("a little larger than the data", "ends at byte", w -> w.tensor("a", 0, 0, 17)),
        header("type 4", "type code 4 is not read", w -> w.tensor("a", 4, 0, 32)),
        header("type 2^31", "type code 2147483648", w -> w.tensor("a", Integer.MIN_VALUE, 0, 32)),
        header("broken block", "need a multiple of 32 for Q8_0", w -> w.tensor("a", 8, 0, 33)),
        header("offset 32", "begins at 32, need 0", w -> w.tensor("a", 0, 32, 3, 2)),
        header("offset 1", "begins at 1, need 0", w -> w.tensor("a", 0, 1, 3, 2)),
        header(
            "offset 2^64 - 32", "begins at 18446744073709551584", w -> w.tensor("a", 0, -32, 3, 2)),
        hostile(
            "overlap",
            "tensor 'b': begins at 0, need 32",
            w -> w.head(GgufHeader.MAGIC, 3, 2, 0).tensor("a", 0, 0, 2).tensor("b", 0, 0, 2)),
        hostile(
            "tensor twice",
            "tensor 'a': occurs twice",
            w -> w.head(GgufHeader.MAGIC, 3, 2, 0).tensor("a", 0, 0, 2).tensor("a", 0, 32, 2)));
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void everyHostileFileIsRefusedByName(Hostile hostile) throws IOException {
    Path file = Files.write(folder.resolve("hostile.gguf"), hostile.content());
    String message = refusal(() -> GgufFile.open(file).close());
    assertTrue(message.startsWith(file + ": "), message);
    assertTrue(message.contains(hostile.message()), message);
  }

  @Test
  void aGoodFileOfTheSameHandIsRead() throws IOException {
    byte[] content = new Writer().head(GgufHeader.MAGIC, 2, 1, 0).tensor("a", 0, 0, 3, 2).data(24);
    Path file = Files.write(folder.resolve("good.gguf"), content);
    try (GgufFile good = GgufFile.open(file)) {
      assertEquals(Shape.of(2, 3), good.get("a").shape());
    }
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(resource("kinds.gguf"));
    Path file = folder.resolve("cut.gguf");
    for (int length = 0; length < whole.length; length += length < 1200 ? 1 : 61) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertTrue(refusal(() -> GgufFile.open(file).close()).startsWith(file + ": "));
    }
  }

  /// Changed bytes either leave a file that can be read whole, or are refused; nothing else
  /// happens.
  @Test
  void changedBytesAreReadOrRefused() throws IOException {
    byte[] whole = Files.readAllBytes(resource("kinds.gguf"));
    SplittableRandom random = new SplittableRandom(3);
    Path file = folder.resolve("changed.gguf");
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
      byte[] changed = whole.clone();
      for (int k = 0; k < 1 + i % 3; k++) {
        changed[random.nextInt(1100)] = (byte) random.nextInt();
      }
      Files.write(file, changed);
      refused += assertTimeout(Duration.ofSeconds(20), () -> isRefused(file)) ? 1 : 0;
    }
    assertTrue(refused > 500, refused + " refused");
  }

  private static boolean isRefused(Path path) {
    try (GgufFile file = GgufFile.open(path)) {
      for (GgufTensor tensor : file.tensors().values()) {
        Tensor raw =
            tensor.type().dtype().isPresent()
                ? file.get(tensor.name())
                : file.blocks(tensor.name());
        assertTrue(raw.count() > 0);
      }
      return false;
    } catch (CheckpointException e) {
      return true;
    }
  }
}
