package dev.chrysalis.models.json;

import dev.chrysalis.models.file.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// JSON files read strictly and written atomically, and typed access to their values.
///
/// Refused with a `ConfigException`: bytes that are not UTF-8, a key that occurs twice in an
/// object, text after the document, nesting deeper than 200, numbers longer than 100 characters,
/// strings longer than 16 MiB, documents larger than 256 MiB.
///
/// The getters take the object, the name of its source (a file, or a file and a section such as
/// `config.json: vision_config`) and the key. A value that is JSON `null` counts as absent.
public final class Json {
  public static final long MAX_DOCUMENT_BYTES = 256L << 20;
  private static final int MAX_DEPTH = 200;
  private static final int MAX_NUMBER_LENGTH = 100;
  private static final int MAX_STRING_LENGTH = 16 << 20;
  private static final int MAX_SHOWN = 60;

  /// Made when the first document is read: who reads none need not wait for it.
  private static final class Reading {
    static final JsonMapper MAPPER =
        JsonMapper.builder(
                JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                    .streamReadConstraints(
                        StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(MAX_NUMBER_LENGTH)
                            .maxStringLength(MAX_STRING_LENGTH)
                            .maxDocumentLength(MAX_DOCUMENT_BYTES)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
  }

  private Json() {}

  /// The document in `file`, read as UTF-8.
  public static JsonNode read(Path file) {
    return parse(readText(file), file.toString());
  }

  /// The document in `file`, which must be an object.
  public static ObjectNode readObject(Path file) {
    return asObject(read(file), file.toString());
  }

  public static JsonNode parse(String text) {
    return parse(text, "json");
  }

  /// @param source what the text is called in error messages
  public static JsonNode parse(String text, String source) {
    JsonNode node;
    try {
      node = Reading.MAPPER.readTree(text);
    } catch (JacksonException e) {
      var at = e.getLocation();
      String place =
          at == null ? "" : "line %d, column %d: ".formatted(at.getLineNr(), at.getColumnNr());
      String problem = e.getOriginalMessage().lines().findFirst().orElse("malformed");
      throw new ConfigException("%s: %snot valid JSON: %s".formatted(source, place, problem), e);
    }
    if (node.isMissingNode()) {
      throw new ConfigException(source + ": not valid JSON: empty, need one document");
    }
    return node;
  }

  public static ObjectNode newObject() {
    return JsonNodeFactory.instance.objectNode();
  }

  /// An empty array.
  public static ArrayNode newArray() {
    return JsonNodeFactory.instance.arrayNode();
  }

  /// Writes `node` with an indent of two: beside `file` first, flushed to the disk, then renamed
  /// over it. Either the old or the new content is there, whatever happens in between.
  public static void write(Path file, JsonNode node) {
    byte[] bytes = (JsonText.indented(node, 2) + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      AtomicFile.write(file, bytes);
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be written: " + reason(e), e);
    }
  }

  // ---- typed access

  public static boolean has(JsonNode object, String key) {
    return object.hasNonNull(key);
  }

  public static ObjectNode asObject(JsonNode node, String source) {
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new ConfigException("%s: found %s, need an object".formatted(source, describe(node)));
  }

  public static int requireInt(JsonNode object, String source, String key) {
    return require(object, source, key, "a 32-bit integer", Json::isInt, JsonNode::intValue);
  }

  public static int optionalInt(JsonNode object, String source, String key, int otherwise) {
    return has(object, key) ? requireInt(object, source, key) : otherwise;
  }

  public static long requireLong(JsonNode object, String source, String key) {
    return require(object, source, key, "a 64-bit integer", Json::isLong, JsonNode::longValue);
  }

  public static long optionalLong(JsonNode object, String source, String key, long otherwise) {
    return has(object, key) ? requireLong(object, source, key) : otherwise;
  }

  public static double requireDouble(JsonNode object, String source, String key) {
    return require(object, source, key, "a finite number", Json::isFinite, JsonNode::doubleValue);
  }

  public static double optionalDouble(
      JsonNode object, String source, String key, double otherwise) {
    return has(object, key) ? requireDouble(object, source, key) : otherwise;
  }

  public static boolean requireBoolean(JsonNode object, String source, String key) {
    return require(
        object, source, key, "true or false", JsonNode::isBoolean, JsonNode::booleanValue);
  }

  public static boolean optionalBoolean(
      JsonNode object, String source, String key, boolean otherwise) {
    return has(object, key) ? requireBoolean(object, source, key) : otherwise;
  }

  public static String requireString(JsonNode object, String source, String key) {
    return require(object, source, key, "a string", JsonNode::isString, JsonNode::stringValue);
  }

  public static String optionalString(
      JsonNode object, String source, String key, String otherwise) {
    return has(object, key) ? requireString(object, source, key) : otherwise;
  }

  public static Optional<String> findString(JsonNode object, String source, String key) {
    return has(object, key) ? Optional.of(requireString(object, source, key)) : Optional.empty();
  }

  public static ObjectNode requireObject(JsonNode object, String source, String key) {
    return require(object, source, key, "an object", JsonNode::isObject, JsonNode::asObject);
  }

  public static Optional<ObjectNode> findObject(JsonNode object, String source, String key) {
    return has(object, key) ? Optional.of(requireObject(object, source, key)) : Optional.empty();
  }

  /// The elements of the array at `key`.
  public static List<JsonNode> requireArray(JsonNode object, String source, String key) {
    return require(
        object, source, key, "an array", JsonNode::isArray, array -> List.copyOf(array.values()));
  }

  public static int[] requireInts(JsonNode object, String source, String key) {
    return elements(object, source, key, "a 32-bit integer", Json::isInt, JsonNode::intValue)
        .stream()
        .mapToInt(Integer::intValue)
        .toArray();
  }

  public static double[] requireDoubles(JsonNode object, String source, String key) {
    return elements(object, source, key, "a finite number", Json::isFinite, JsonNode::doubleValue)
        .stream()
        .mapToDouble(Double::doubleValue)
        .toArray();
  }

  public static List<String> requireStrings(JsonNode object, String source, String key) {
    return elements(object, source, key, "a string", JsonNode::isString, JsonNode::stringValue);
  }

  private static <T> List<T> elements(
      JsonNode object,
      String source,
      String key,
      String need,
      Predicate<JsonNode> accepts,
      Function<JsonNode, T> convert) {
    var result = new ArrayList<T>();
    for (JsonNode element : requireArray(object, source, key)) {
      if (!accepts.test(element)) {
        throw new ConfigException(
            "%s: %s[%d]: found %s, need %s"
                .formatted(source, key, result.size(), describe(element), need));
      }
      result.add(convert.apply(element));
    }
    return List.copyOf(result);
  }

  private static <T> T require(
      JsonNode object,
      String source,
      String key,
      String need,
      Predicate<JsonNode> accepts,
      Function<JsonNode, T> convert) {
    if (!object.isObject()) {
      throw new ConfigException(
          "%s: found %s, need an object with \"%s\"".formatted(source, describe(object), key));
    }
    JsonNode value = object.path(key);
    if (!accepts.test(value)) {
      throw new ConfigException(
          "%s: %s: found %s, need %s".formatted(source, key, describe(value), need));
    }
    return convert.apply(value);
  }

  private static boolean isInt(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToInt();
  }

  private static boolean isLong(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong();
  }

  private static boolean isFinite(JsonNode node) {
    return node.isNumber() && Double.isFinite(node.asDouble(Double.NaN));
  }

  /// A few words for an error message: the value itself when short, else what it is.
  public static String describe(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> "an object of " + node.size() + " entries";
      case ARRAY -> "an array of " + node.size() + " elements";
      case MISSING -> "nothing";
      case STRING -> {
        String s = node.stringValue();
        String shown = s.length() <= MAX_SHOWN ? s : s.substring(0, MAX_SHOWN) + "...";
        yield JsonText.compact(JsonNodeFactory.instance.stringNode(shown));
      }
      case NUMBER, BOOLEAN, NULL, BINARY, POJO -> node.toString();
    };
  }

  private static String readText(Path file) {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long sizeBytes = channel.size();
      if (sizeBytes > MAX_DOCUMENT_BYTES) {
        throw new ConfigException(
            "%s: document too large: got %d bytes, need at most %d"
                .formatted(file, sizeBytes, MAX_DOCUMENT_BYTES));
      }
      var bytes = ByteBuffer.allocate((int) sizeBytes);
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw new ConfigException(file + ": not valid JSON: the bytes are not UTF-8", e);
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    return e instanceof NoSuchFileException
        ? "no such file or folder"
        : String.valueOf(e.getMessage());
  }
}
