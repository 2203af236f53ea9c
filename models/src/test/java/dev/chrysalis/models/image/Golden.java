package dev.chrysalis.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The golden pictures of `fixtures/siglip-tiny`.
final class Golden {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path folder;
  private final JsonNode header;
  private final ByteBuffer data;

  private Golden(Path folder, JsonNode header, ByteBuffer data) {
    this.folder = folder;
    this.header = header;
    this.data = data;
  }

  static Golden open() throws IOException {
    Path folder = fixtures().resolve("siglip-tiny");
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("preprocess.safetensors")));
    file.order(ByteOrder.LITTLE_ENDIAN);
    int length = Math.toIntExact(file.getLong());
    String text = new String(file.array(), 8, length, StandardCharsets.UTF_8);
    file.position(8 + length);
    ByteBuffer data = file.slice().order(ByteOrder.LITTLE_ENDIAN);
    return new Golden(folder, JSON.readTree(text), data);
  }

  /// The folder `fixtures` of the project, at or above the working directory.
  private static Path fixtures() {
    String set = System.getProperty("chrysalis.fixtures");
    if (set != null) {
      return Path.of(set);
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve("fixtures/siglip-tiny"))) {
        return at.resolve("fixtures");
      }
    }
    throw new AssertionError("no folder 'fixtures' at or above " + Path.of("").toAbsolutePath());
  }

  Path folder() {
    return folder;
  }

  /// Names of the pictures, without ending.
  List<String> names() {
    JsonNode images = JSON.readTree(folder.resolve("expected.json").toFile()).get("images");
    return images
        .valueStream()
        .map(i -> i.get("file").stringValue().replaceAll("images/|\\.png", ""))
        .toList();
  }

  Path file(String name) {
    return folder.resolve("images").resolve(name + ".png");
  }

  boolean has(String key) {
    return header.has(key);
  }

  /// A tensor `[height, width, 3]` of bytes.
  Picture picture(String key) {
    JsonNode entry = entry(key, "U8");
    JsonNode shape = entry.get("shape");
    byte[] rgb = new byte[size(entry)];
    data.get(entry.get("data_offsets").get(0).intValue(), rgb);
    assertEquals(3, shape.get(2).intValue(), key);
    return new Picture(shape.get(1).intValue(), shape.get(0).intValue(), rgb);
  }

  float[] floats(String key) {
    JsonNode entry = entry(key, "F32");
    float[] values = new float[size(entry) / Float.BYTES];
    int from = entry.get("data_offsets").get(0).intValue();
    data.slice(from, size(entry)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  private JsonNode entry(String key, String dtype) {
    JsonNode entry = header.get(key);
    assertNotNull(entry, key);
    assertEquals(dtype, entry.get("dtype").stringValue(), key);
    return entry;
  }

  private static int size(JsonNode entry) {
    JsonNode offsets = entry.get("data_offsets");
    return offsets.get(1).intValue() - offsets.get(0).intValue();
  }
}
