package dev.chrysalis.tensor.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Files that break one rule of the format each, and what the refusal has to say.
final class HostileFiles {
  /// @param fault the rule that is broken
  /// @param message a part of the refusal
  record Hostile(String fault, byte[] content, String message) {
    @Override
    public String toString() {
      return fault;
    }
  }

  private final List<Hostile> all = new ArrayList<>();

  private HostileFiles() {}

  static List<Hostile> corpus() {
    HostileFiles files = new HostileFiles();
    files.lengths();
    files.json();
    files.encoding();
    files.duplicates();
    files.entries();
    files.numbers();
    files.layouts();
    files.metadata();
    return files.all;
  }

  /// A file with this header and `dataBytes` zeros.
  static byte[] file(String json, int dataBytes) {
    return file(json.getBytes(StandardCharsets.UTF_8), dataBytes);
  }

  private static byte[] file(byte[] json, int dataBytes) {
    return claiming(json.length, json, dataBytes);
  }

  /// A file whose header length says `length`, whatever follows.
  private static byte[] claiming(long length, byte[] json, int dataBytes) {
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(json)
        .array();
  }

  /// A header entry of F32.
  static String entry(String name, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(name, shape, begin, end);
  }

  private static String oneEntry(String dtype, String shape, String offsets) {
    return "{\"a\":{\"dtype\":%s,\"shape\":%s,\"data_offsets\":%s}}"
        .formatted(dtype, shape, offsets);
  }

  private void add(String fault, byte[] content, String message) {
    all.add(new Hostile(fault, content, message));
  }

  private void add(String fault, String json, int dataBytes, String message) {
    add(fault, file(json, dataBytes), message);
  }

  private void lengths() {
    byte[] good = ("{" + entry("a", "[1]", 0, 4) + "}").getBytes(StandardCharsets.UTF_8);
    int size = good.length;
    add("empty file", new byte[0], "truncated");
    add("seven bytes", new byte[7], "truncated");
    add("header of no bytes", new byte[8], "'{'");
    add("header ends one byte behind the file", claiming(size + 1, good, 0), "header length");
    add("header far behind the file", claiming(1 << 20, good, 4), "header length");
    add("header over the limit", claiming(100_000_001, good, 4), "header length is 100000001");
    add("header length 2^63 - 1", claiming(Long.MAX_VALUE, good, 4), "header length");
    add("header length 2^63", claiming(Long.MIN_VALUE, good, 4), "9223372036854775808");
    add("header length 2^64 - 1", claiming(-1, good, 4), "18446744073709551615");
    add("header length that wraps when 8 is added", claiming(-8, good, 4), "header length");
    add("header shorter than its JSON", claiming(size - 1, good, 4), "not valid JSON");
    add("a picture", new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0}, "header length");
  }

  private void json() {
    add("starts with [", "[]", 0, "'{'");
    add("starts with a blank", " {}", 0, "'{'");
    add("starts with a byte order mark", "\ufeff{}", 0, "'{'");
    add("starts with a letter", "x{}", 0, "'{'");
    add("open object", "{", 0, "not valid JSON");
    add("open entry", "{\"a\":{\"dtype\":\"F32\"", 0, "not valid JSON");
    add("name without a value", "{\"a\"}", 0, "not valid JSON");
    add("second document", "{}{}", 0, "after the closing brace");
    add("text behind", "{} x", 0, "not valid JSON");
    add("zeros behind", "{}\0\0", 0, "not valid JSON");
    add("comma behind the last entry", "{" + entry("a", "[1]", 0, 4) + ",}", 4, "not valid JSON");
    add("comment", "{/* a */}", 0, "not valid JSON");
    add("single quotes", "{'a':1}", 0, "not valid JSON");
    add("raw line feed in a name", "{\"a\n\":{}}", 0, "not valid JSON");
    add("nested too deep", "{\"a\":" + "[".repeat(100_000), 0, "a: expected START_OBJECT");
    add(
        "metadata nested too deep",
        "{\"__metadata__\":{\"a\":" + "{\"a\":".repeat(100_000),
        0,
        "__metadata__.a: expected VALUE_STRING");
  }

  private void encoding() {
    add("byte FF in a name", withName(0xFF), "not UTF-8");
    add("overlong form of NUL", withName(0xC0, 0x80), "not UTF-8");
    add("overlong form of a slash", withName(0xE0, 0x80, 0xAF), "not UTF-8");
    add("encoded surrogate", withName(0xED, 0xA0, 0x80), "not UTF-8");
    add("beyond U+10FFFF", withName(0xF4, 0x90, 0x80, 0x80), "not UTF-8");
    add("stray continuation byte", withName(0x80), "not UTF-8");
    add("character cut at the end", file(new byte[] {'{', (byte) 0xC3}, 0), "not UTF-8");
    add(
        "escaped half of a surrogate pair",
        "{" + entry("\\ud800", "[1]", 0, 4) + "}",
        4,
        "surrogate");
  }

  private static byte[] withName(int... bytes) {
    String marked = "{" + entry("@", "[1]", 0, 4) + "}";
    int at = marked.indexOf('@');
    ByteBuffer json = ByteBuffer.allocate(marked.length() - 1 + bytes.length);
    json.put(marked.substring(0, at).getBytes(StandardCharsets.US_ASCII));
    for (int b : bytes) {
      json.put((byte) b);
    }
    json.put(marked.substring(at + 1).getBytes(StandardCharsets.US_ASCII));
    return file(json.array(), 4);
  }

  private void duplicates() {
    String a = entry("a", "[1]", 0, 4);
    add("tensor twice", "{" + a + "," + entry("a", "[1]", 4, 8) + "}", 8, "uplicate");
    add("tensor twice, the same", "{" + a + "," + a + "}", 4, "uplicate");
    add(
        "tensor twice, once escaped",
        "{" + a + "," + entry("\\u0061", "[1]", 4, 8) + "}",
        8,
        "uplicate");
    add("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "uplicate");
    add("metadata key twice", "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "uplicate");
    add(
        "dtype twice",
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        4,
        "uplicate");
    add(
        "shape twice",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"shape\":[1],\"data_offsets\":[0,4]}}",
        4,
        "uplicate");
    add(
        "offsets twice",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"data_offsets\":[4,8]}}",
        8,
        "uplicate");
  }

  private void entries() {
    add("entry is null", "{\"a\":null}", 0, "a: expected START_OBJECT");
    add("entry is a text", "{\"a\":\"F32\"}", 0, "a: expected START_OBJECT");
    add("entry is empty", "{\"a\":{}}", 0, "needs dtype, shape and two data_offsets");
    add("no dtype", "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "needs dtype");
    add("no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "needs dtype");
    add("no offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "needs dtype");
    add(
        "unknown key",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}",
        4,
        "unknown key 'x'");
    add("unknown dtype", oneEntry("\"F31\"", "[1]", "[0,4]"), 4, "dtype 'F31' is not read");
    add("dtype in small letters", oneEntry("\"f32\"", "[1]", "[0,4]"), 4, "dtype 'f32'");
    add("dtype is a number", oneEntry("32", "[1]", "[0,4]"), 4, "a.dtype");
    add("dtype is null", oneEntry("null", "[1]", "[0,4]"), 4, "a.dtype");
    add("name of 513 bytes", "{" + entry("n".repeat(513), "[1]", 0, 4) + "}", 4, "512");
    add("name of 257 wide letters", "{" + entry("ä".repeat(257), "[1]", 0, 4) + "}", 4, "512");
    add("nine axes", oneEntry("\"F32\"", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, "at most 8");
  }

  private void numbers() {
    String f32 = "\"F32\"";
    add("negative size", oneEntry(f32, "[-1]", "[0,4]"), 4, "0 or more");
    add("minus zero size", oneEntry(f32, "[-0]", "[0,0]"), 0, "0 or more");
    add("two negative sizes", oneEntry(f32, "[-1,-1]", "[0,4]"), 4, "0 or more");
    add("size with a point", oneEntry(f32, "[1.0]", "[0,4]"), 4, "whole numbers");
    add("size with an exponent", oneEntry(f32, "[1e0]", "[0,4]"), 4, "whole numbers");
    add("size is a text", oneEntry(f32, "[\"1\"]", "[0,4]"), 4, "whole numbers");
    add("size is null", oneEntry(f32, "[null]", "[0,4]"), 4, "whole numbers");
    add("size is a list", oneEntry(f32, "[[1]]", "[0,4]"), 4, "whole numbers");
    add("shape is a number", oneEntry(f32, "1", "[0,4]"), 4, "a.shape: expected START_ARRAY");
    add("size of 2^31", oneEntry(f32, "[2147483648,0]", "[0,0]"), 0, "2147483648");
    add("size of 2^64", oneEntry(f32, "[18446744073709551616]", "[0,0]"), 0, "not valid JSON");
    add("size with a leading zero", oneEntry(f32, "[01]", "[0,4]"), 4, "not valid JSON");
    add(
        "size of 30 digits",
        oneEntry(f32, "[" + "9".repeat(30) + "]", "[0,4]"),
        4,
        "not valid JSON");
    add(
        "product of sizes wraps to 0",
        oneEntry(f32, "[65536,65536,65536,65536]", "[0,0]"),
        0,
        "overflows");
    add(
        "product in bytes wraps to 0",
        oneEntry(f32, "[1073741824,1073741824,4]", "[0,0]"),
        0,
        "overflows");
    add("negative offset", oneEntry(f32, "[1]", "[-4,0]"), 4, "0 or more");
    add("minus zero offset", oneEntry(f32, "[1]", "[-0,4]"), 4, "0 or more");
    add("offset with a point", oneEntry(f32, "[1]", "[0.0,4.0]"), 4, "whole numbers");
    add("offset is a text", oneEntry(f32, "[1]", "[\"0\",\"4\"]"), 4, "whole numbers");
    add("offset of 2^63", oneEntry(f32, "[1]", "[0,9223372036854775808]"), 4, "not valid JSON");
    add("one offset", oneEntry(f32, "[1]", "[4]"), 4, "two data_offsets");
    add("three offsets", oneEntry(f32, "[1]", "[0,4,4]"), 4, "at most 2");
    add("offsets are null", oneEntry(f32, "[1]", "null"), 4, "a.data_offsets");
  }

  private void layouts() {
    String a = entry("a", "[1]", 0, 4);
    String bomb =
        IntStream.range(0, 1000)
            .mapToObj(i -> entry("t" + i, "[1]", 0, 4))
            .collect(Collectors.joining(","));
    add("two on the same bytes", "{" + a + "," + entry("b", "[1]", 0, 4) + "}", 4, "expected 4");
    add("a thousand on the same bytes", "{" + bomb + "}", 4, "expected 4");
    add("overlap by a byte", "{" + a + "," + entry("b", "[1]", 3, 7) + "}", 7, "expected 4");
    add("hole in front", oneEntry("\"F32\"", "[1]", "[4,8]"), 8, "starts at 4, expected 0");
    add("hole between", "{" + a + "," + entry("b", "[1]", 8, 12) + "}", 12, "expected 4");
    add("bytes behind the last", "{" + a + "}", 5, "end at byte 4 of the data, the file at 5");
    add("bytes without tensors", "{}", 1, "end at byte 0 of the data, the file at 1");
    add("data cut by a byte", "{" + a + "}", 3, "end at byte 4 of the data, the file at 3");
    add("no data", "{" + a + "}", 0, "end at byte 4 of the data, the file at 0");
    add("end before begin", oneEntry("\"F32\"", "[1]", "[0,-4]"), 4, "0 or more");
    add("begin and end exchanged", "{" + a + "," + entry("b", "[1]", 4, 0) + "}", 4, "hold -4");
    add("shape larger than its bytes", oneEntry("\"F32\"", "[2]", "[0,4]"), 4, "needs 8 bytes");
    add("shape smaller than its bytes", oneEntry("\"F32\"", "[1]", "[0,8]"), 8, "needs 4 bytes");
    add("scalar of no bytes", oneEntry("\"F32\"", "[]", "[0,0]"), 0, "needs 4 bytes");
    add("dtype smaller than its bytes", oneEntry("\"I8\"", "[1]", "[0,4]"), 4, "needs 1 bytes");
    add("empty tensor off its place", oneEntry("\"F32\"", "[0]", "[4,4]"), 4, "starts at 4");
    add(
        "end of 2^63 - 1",
        oneEntry("\"I8\"", "[1]", "[0," + Long.MAX_VALUE + "]"),
        1,
        "needs 1 bytes");
    add(
        "distance of offsets wraps",
        "{" + a + "," + entry("b", "[1]", Long.MAX_VALUE, 3) + "}",
        4,
        "expected 4");
  }

  private void metadata() {
    add("metadata is a text", "{\"__metadata__\":\"x\"}", 0, "__metadata__: expected");
    add("metadata is a list", "{\"__metadata__\":[]}", 0, "__metadata__: expected");
    add("metadata is null", "{\"__metadata__\":null}", 0, "__metadata__: expected");
    add("metadata holds a number", "{\"__metadata__\":{\"k\":1}}", 0, "__metadata__.k");
    add("metadata holds null", "{\"__metadata__\":{\"k\":null}}", 0, "__metadata__.k");
    add("metadata holds an object", "{\"__metadata__\":{\"k\":{}}}", 0, "__metadata__.k");
    add(
        "metadata key of 513 bytes",
        "{\"__metadata__\":{\"" + "k".repeat(513) + "\":\"\"}}",
        0,
        "512");
    add("metadata with half a pair", "{\"__metadata__\":{\"k\":\"\\udc00\"}}", 0, "surrogate");
    add("metadata shaped as a tensor", "{" + entry("__metadata__", "[1]", 0, 4) + "}", 4, "shape");
  }
}
