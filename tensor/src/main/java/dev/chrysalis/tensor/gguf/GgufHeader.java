package dev.chrysalis.tensor.gguf;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// What stands in front of a GGUF file's data, read as hostile: every count is held against the
/// bytes that are left before anything is allocated, sizes are worked out exactly, tensors follow
/// each other without gaps or overlaps but for the padding, and no name occurs twice.
///
/// Layout, little endian: magic, version, tensor count, metadata count; metadata as key, type,
/// value; tensors as name, rank, sizes (fastest first), type, offset; padding. A text is a length
/// of 8 bytes and UTF-8.
///
/// @param dataBegin where the data begins in the file
record GgufHeader(
    Map<String, GgufValue> metadata, Map<String, GgufTensor> tensors, long dataBegin) {
  static final int MAGIC = 0x46554747;
  static final String ALIGNMENT = "general.alignment";
  private static final int MIN_VERSION = 2;
  private static final int MAX_VERSION = 3;
  private static final long DEFAULT_ALIGNMENT = 32;
  private static final long MAX_ALIGNMENT = 1 << 16;
  private static final int MAX_RANK = 4;
  private static final int MAX_NAME_BYTES = 64;
  private static final int MAX_KEY_BYTES = 65_535;

  /// Bytes of the shortest metadata and of the shortest tensor.
  private static final int MIN_METADATA = 8 + 4 + 1;

  private static final int MIN_TENSOR = 8 + 1 + 4 + 8 + 4 + 8;

  private static final int STRING = 8;
  private static final int ARRAY = 9;

  /// @throws CheckpointException if anything is not as the format demands
  static GgufHeader parse(Path path, MemorySegment file) {
    return new Parse(path, file).run();
  }

  static CheckpointException bad(Path path, String message, Object... details) {
    return new CheckpointException(path + ": " + message.formatted(details));
  }

  private static final class Parse {
    private final Path path;
    private final MemorySegment file;
    private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
    private final Map<String, GgufTensor> tensors = new LinkedHashMap<>();
    private long at;

    /// What is being read, for messages.
    private String what = "header";

    Parse(Path path, MemorySegment file) {
      this.path = path;
      this.file = file;
    }

    GgufHeader run() {
      if (i32() != MAGIC) {
        throw bad(path, "no GGUF file: does not start with 'GGUF'");
      }
      int version = i32();
      if (version < MIN_VERSION || version > MAX_VERSION) {
        throw bad(
            path, "GGUF version: found %d, can read %d to %d", version, MIN_VERSION, MAX_VERSION);
      }
      long tensorCount = count(MIN_TENSOR, "tensors");
      long metadataCount = count(MIN_METADATA, "metadata entries");
      for (long i = 0; i < metadataCount; i++) {
        readMetadata(i);
      }
      long alignment = alignment();
      long end = 0;
      for (long i = 0; i < tensorCount; i++) {
        GgufTensor tensor = readTensor(i, alignment, end);
        end = aligned(Math.addExact(tensor.begin(), tensor.sizeBytes()), alignment);
      }
      long begin = aligned(at, alignment);
      checkEnd(begin);
      return new GgufHeader(metadata, tensors, begin);
    }

    private void readMetadata(long index) {
      what = "metadata entry " + index;
      String key = name(MAX_KEY_BYTES);
      what = "metadata '" + key + "'";
      GgufValue value = value(i32());
      if (metadata.put(key, value) != null) {
        throw bad(path, "%s: occurs twice", what);
      }
    }

    private GgufValue value(int type) {
      return switch (type) {
        case STRING -> new GgufValue.Text(text());
        case ARRAY -> array(i32());
        case 6, 12 -> new GgufValue.Real(real(type));
        case 7 -> new GgufValue.Flag(flag());
        default -> new GgufValue.Whole(whole(type));
      };
    }

    private GgufValue array(int type) {
      long count = count(type == ARRAY ? 1 : type == STRING ? 8 : sizeOf(type), "array elements");
      return switch (type) {
        case STRING -> new GgufValue.Texts(list(count, this::text));
        case ARRAY -> throw bad(path, "%s: arrays of arrays are not read", what);
        case 6, 12 -> new GgufValue.Reals(list(count, () -> real(type)));
        case 7 -> new GgufValue.Flags(list(count, this::flag));
        default -> new GgufValue.Wholes(list(count, () -> whole(type)));
      };
    }

    private static <T> List<T> list(long count, Supplier<T> next) {
      List<T> list = new ArrayList<>();
      for (long i = 0; i < count; i++) {
        list.add(next.get());
      }
      return list;
    }

    private int sizeOf(int type) {
      return switch (type) {
        case 0, 1, 7 -> 1;
        case 2, 3 -> 2;
        case 4, 5, 6 -> 4;
        case 10, 11, 12 -> 8;
        default ->
            throw bad(
                path, "%s: type: found %s, need 0 to 12", what, Integer.toUnsignedString(type));
      };
    }

    private long whole(int type) {
      int size = sizeOf(type);
      long from = take(size);
      return switch (type) {
        case 0 -> file.get(Elements.I8, from) & 0xFFL;
        case 1 -> file.get(Elements.I8, from);
        case 2 -> file.get(Elements.I16, from) & 0xFFFFL;
        case 3 -> file.get(Elements.I16, from);
        case 4 -> file.get(Elements.I32, from) & 0xFFFFFFFFL;
        case 5 -> file.get(Elements.I32, from);
        default -> file.get(Elements.I64, from); // of u64 the bits
      };
    }

    private double real(int type) {
      return type == 6 ? file.get(Elements.F32, take(4)) : file.get(Elements.F64, take(8));
    }

    private boolean flag() {
      int value = file.get(Elements.I8, take(1));
      if (value != 0 && value != 1) {
        throw bad(path, "%s: truth value: found %d, need 0 or 1", what, value & 0xFF);
      }
      return value == 1;
    }

    private long alignment() {
      GgufValue value = metadata.getOrDefault(ALIGNMENT, new GgufValue.Whole(DEFAULT_ALIGNMENT));
      if (value instanceof GgufValue.Whole(long bytes)
          && bytes >= 1
          && bytes <= MAX_ALIGNMENT
          && Long.bitCount(bytes) == 1) {
        return bytes;
      }
      throw bad(
          path, "%s: found %s, need a power of 2 of at most %d", ALIGNMENT, value, MAX_ALIGNMENT);
    }

    /// @param begin where the tensor has to begin
    private GgufTensor readTensor(long index, long alignment, long begin) {
      what = "tensor " + index;
      String name = name(MAX_NAME_BYTES);
      what = "tensor '" + name + "'";
      int rank = i32();
      if (rank < 1 || rank > MAX_RANK) {
        throw bad(
            path,
            "%s: rank: found %s, need 1 to %d",
            what,
            Integer.toUnsignedString(rank),
            MAX_RANK);
      }
      int[] sizes = new int[rank];
      for (int i = rank - 1; i >= 0; i--) {
        sizes[i] = size();
      }
      int code = i32();
      GgufType type =
          GgufType.of(code)
              .orElseThrow(() ->
                  bad(path, "%s: type code %s is not read", what, Integer.toUnsignedString(code)));
      long offset = i64();
      if (offset != begin) {
        throw bad(
            path,
            "%s: begins at %s, need %d: where the tensor before ends, on a multiple of %d",
            what,
            Long.toUnsignedString(offset),
            begin,
            alignment);
      }
      long bytes = sizeBytes(type, sizes);
      var tensor = new GgufTensor(name, type, Shape.of(sizes), offset, bytes);
      if (tensors.put(name, tensor) != null) {
        throw bad(path, "%s: occurs twice", what);
      }
      return tensor;
    }

    private int size() {
      long size = i64();
      if (size < 1 || size > Integer.MAX_VALUE) {
        throw bad(
            path,
            "%s: size: found %s, need 1 to %d",
            what,
            Long.toUnsignedString(size),
            Integer.MAX_VALUE);
      }
      return (int) size;
    }

    private long sizeBytes(GgufType type, int[] sizes) {
      int last = sizes[sizes.length - 1];
      if (last % type.blockElements() != 0) {
        throw bad(
            path,
            "%s: rows of %d elements, need a multiple of %d for %s",
            what,
            last,
            type.blockElements(),
            type);
      }
      long bytes = (long) last / type.blockElements() * type.blockBytes();
      for (int i = 0; i < sizes.length - 1; i++) {
        if (bytes > file.byteSize() / sizes[i]) {
          throw bad(path, "%s: larger than the file (truncated?)", what);
        }
        bytes *= sizes[i];
      }
      if (bytes > file.byteSize()) {
        throw bad(path, "%s: larger than the file (truncated?)", what);
      }
      return bytes;
    }

    private void checkEnd(long begin) {
      for (GgufTensor tensor : tensors.values()) {
        if (begin > file.byteSize()
            || tensor.begin() + tensor.sizeBytes() > file.byteSize() - begin) {
          throw bad(
              path,
              "tensor '%s' ends at byte %d, the file has %d (truncated?)",
              tensor.name(),
              begin + tensor.begin() + tensor.sizeBytes(),
              file.byteSize());
        }
      }
    }

    // ---- pieces

    private static long aligned(long bytes, long alignment) {
      return Math.addExact(bytes, alignment - 1) / alignment * alignment;
    }

    /// How many things of at least `least` bytes follow.
    private long count(int least, String things) {
      long count = i64();
      if (count < 0 || count > (file.byteSize() - at) / least) {
        throw bad(
            path,
            "%s: %s %s do not fit into the %d bytes that are left (truncated?)",
            what,
            Long.toUnsignedString(count),
            things,
            file.byteSize() - at);
      }
      return count;
    }

    private String name(int maxBytes) {
      long from = at;
      byte[] bytes = bytes();
      if (bytes.length == 0 || bytes.length > maxBytes) {
        throw bad(path, "%s: a name of %d bytes, need 1 to %d", what, bytes.length, maxBytes);
      }
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException e) {
        throw bad(path, "%s: its name, at byte %d, is not UTF-8", what, from);
      }
    }

    private String text() {
      return new String(bytes(), StandardCharsets.UTF_8);
    }

    private byte[] bytes() {
      long length = count(1, "bytes of text");
      if (length > Integer.MAX_VALUE - 8) {
        throw bad(path, "%s: a text of %d bytes is too long", what, length);
      }
      return file.asSlice(take(length), length).toArray(ValueLayout.JAVA_BYTE);
    }

    private int i32() {
      return file.get(Elements.I32, take(4));
    }

    private long i64() {
      return file.get(Elements.I64, take(8));
    }

    /// Steps over `size` bytes, which have to be there; returns where they begin.
    private long take(long size) {
      if (size > file.byteSize() - at) {
        throw bad(
            path,
            "truncated: %s wants %d bytes at %d, the file has %d",
            what,
            size,
            at,
            file.byteSize());
      }
      long from = at;
      at += size;
      return from;
    }
  }
}
