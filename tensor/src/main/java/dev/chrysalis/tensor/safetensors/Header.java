package dev.chrysalis.tensor.safetensors;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.TensorType;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/// The JSON in front of a safetensors file, read as hostile: every tensor must start where the one
/// before ended, the last must end with the file, sizes must follow from dtype and shape, and no
/// name may occur twice.
record Header(Map<String, Entry> entries, Map<String, String> metadata) {
  static final int MAX_BYTES = 100_000_000;
  static final int MAX_TENSORS = 200_000;
  static final int MAX_RANK = 8;
  static final int MAX_NAME_BYTES = 512;
  private static final int MAX_STRING = 10_000_000;
  static final String METADATA = "__metadata__";

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(8)
                  .maxNumberLength(20)
                  .maxNameLength(MAX_NAME_BYTES)
                  .maxStringLength(MAX_STRING)
                  .maxDocumentLength(MAX_BYTES)
                  .build())
          .build();

  /// @param json the header's bytes
  /// @param dataBytes bytes of the file behind the header
  /// @throws CheckpointException if anything is not as the format demands
  static Header parse(Path file, byte[] json, long dataBytes) {
    if (json.length == 0 || json[0] != '{') {
      throw bad(file, "header does not start with '{'");
    }
    requireUtf8(file, json);
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      return new Parse(file, parser).run(dataBytes);
    } catch (JacksonException e) {
      throw new CheckpointException(
          "%s: header is not valid JSON: %s".formatted(file, e.getOriginalMessage()), e);
    }
  }

  /// The parser alone would let overlong forms and encoded surrogates pass.
  private static void requireUtf8(Path file, byte[] json) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(json);
    CharBuffer out = CharBuffer.allocate(8192);
    CoderResult result;
    do {
      result = decoder.decode(in, out.clear(), true);
    } while (result.isOverflow());
    if (result.isError()) {
      throw bad(file, "header is not UTF-8 at its byte %d", in.position());
    }
  }

  static CheckpointException bad(Path file, String message, Object... details) {
    return new CheckpointException(file + ": " + message.formatted(details));
  }

  /// @throws CheckpointException if no tensor and no metadata may be called `name`
  static void checkName(Path file, String name) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
      throw bad(file, "a name holds half of a surrogate pair");
    }
    if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
      throw bad(file, "a name is longer than %d bytes", MAX_NAME_BYTES);
    }
  }

  static void checkMetadata(Path file, String key, String value) {
    checkName(file, key);
    if (value.length() > MAX_STRING || !StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
      throw bad(
          file,
          "%s.%s: longer than %d characters, or holds half of a surrogate pair",
          METADATA,
          key,
          MAX_STRING);
    }
  }

  private static final class Parse {
    private final Path file;
    private final JsonParser json;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    Parse(Path file, JsonParser json) {
      this.file = file;
      this.json = json;
    }

    Header run(long dataBytes) {
      expect(JsonToken.START_OBJECT, "header");
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        if (name.equals(METADATA)) {
          metadata();
        } else {
          entry(name);
        }
      }
      if (json.nextToken() != null) {
        throw bad(file, "header: text after the closing brace");
      }
      checkLayout(dataBytes);
      return new Header(
          Collections.unmodifiableMap(entries), Collections.unmodifiableMap(metadata));
    }

    private void expect(JsonToken token, String where) {
      JsonToken found = json.nextToken();
      if (found != token) {
        throw bad(file, "%s: expected %s, found %s", where, token, found);
      }
    }

    private void metadata() {
      expect(JsonToken.START_OBJECT, METADATA);
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = json.currentName();
        expect(JsonToken.VALUE_STRING, METADATA + "." + key);
        checkMetadata(file, key, json.getString());
        metadata.put(key, json.getString());
      }
    }

    private void entry(String name) {
      checkName(file, name);
      if (entries.size() >= MAX_TENSORS) {
        throw bad(file, "more than %d tensors", MAX_TENSORS);
      }
      expect(JsonToken.START_OBJECT, name);
      DType dtype = null;
      int[] sizes = null;
      long[] offsets = null;
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        switch (json.currentName()) {
          case "dtype" -> dtype = dtype(name);
          case "shape" -> sizes = sizes(name);
          case "data_offsets" -> offsets = longs(name + ".data_offsets", 2);
          default -> throw bad(file, "%s: unknown key '%s'", name, json.currentName());
        }
      }
      if (dtype == null || sizes == null || offsets == null || offsets.length != 2) {
        throw bad(file, "%s: needs dtype, shape and two data_offsets", name);
      }
      entries.put(name, new Entry(name, type(name, dtype, sizes), offsets[0], offsets[1]));
    }

    private DType dtype(String name) {
      expect(JsonToken.VALUE_STRING, name + ".dtype");
      String found = json.getString();
      return Stream.of(DType.values())
          .filter(dtype -> dtype.name().equals(found))
          .findFirst()
          .orElseThrow(() ->
              bad(
                  file,
                  "%s: dtype '%s' is not read; known are %s",
                  name,
                  found,
                  Stream.of(DType.values()).map(DType::name).collect(Collectors.joining(" "))));
    }

    private int[] sizes(String name) {
      long[] sizes = longs(name + ".shape", MAX_RANK);
      int[] result = new int[sizes.length];
      for (int i = 0; i < sizes.length; i++) {
        if (sizes[i] > Integer.MAX_VALUE) {
          throw bad(file, "%s: size %d is larger than %d", name, sizes[i], Integer.MAX_VALUE);
        }
        result[i] = (int) sizes[i];
      }
      return result;
    }

    private long[] longs(String where, int maxCount) {
      expect(JsonToken.START_ARRAY, where);
      List<Long> values = new ArrayList<>();
      while (json.nextToken() == JsonToken.VALUE_NUMBER_INT) {
        long value = json.getLongValue();
        boolean negative = json.getString().startsWith("-"); // also -0
        if (negative || values.size() == maxCount) {
          throw bad(file, "%s: need at most %d numbers of 0 or more", where, maxCount);
        }
        values.add(value);
      }
      if (json.currentToken() != JsonToken.END_ARRAY) {
        throw bad(file, "%s: expected whole numbers, found %s", where, json.currentToken());
      }
      return values.stream().mapToLong(Long::longValue).toArray();
    }

    private TensorType type(String name, DType dtype, int[] sizes) {
      try {
        TensorType type = new TensorType(dtype, Shape.of(sizes));
        type.sizeBytes();
        return type;
      } catch (ShapeException e) {
        throw new CheckpointException(
            "%s: %s: shape overflows: %s".formatted(file, name, e.getMessage()), e);
      }
    }

    private void checkLayout(long dataBytes) {
      List<Entry> sorted =
          entries.values().stream()
              .sorted(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end))
              .toList();
      long expected = 0;
      for (Entry entry : sorted) {
        if (entry.begin() != expected) {
          throw bad(
              file, "%s: data starts at %d, expected %d", entry.name(), entry.begin(), expected);
        }
        if (entry.end() - entry.begin() != entry.type().sizeBytes()) {
          throw bad(
              file,
              "%s: %s needs %d bytes, data_offsets hold %d",
              entry.name(),
              entry.type(),
              entry.type().sizeBytes(),
              entry.end() - entry.begin());
        }
        expected = entry.end();
      }
      if (expected != dataBytes) {
        throw bad(file, "tensors end at byte %d of the data, the file at %d", expected, dataBytes);
      }
    }
  }
}
