package dev.chrysalis.tensor.safetensors;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;

/// One safetensors file, mapped: tensors are views of the file and cost no memory of their own
/// until they are read.
///
/// Layout: 8 bytes header length `n` (little endian), `n` bytes of JSON, then the data.
/// Little-endian, row-major. Closing unmaps the file; its tensors are refused from then on.
public final class SafetensorsFile implements AutoCloseable {
  private static final int LENGTH_BYTES = 8;

  private final Path path;
  private final Arena arena;
  private final MemorySegment data;
  private final Header header;

  private SafetensorsFile(Path path, Arena arena, MemorySegment data, Header header) {
    this.path = path;
    this.arena = arena;
    this.data = data;
    this.header = header;
  }

  /// Maps `path` and checks its header.
  ///
  /// @throws CheckpointException if the file cannot be read or breaks a rule of the format
  public static SafetensorsFile open(Path path) {
    if (Files.exists(path)
        && !Files.isRegularFile(path)) { // opening a pipe would wait for a writer
      throw Header.bad(path, "cannot be read: not a plain file");
    }
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < LENGTH_BYTES) {
        throw Header.bad(path, "truncated: %d bytes are no safetensors file", size);
      }
      MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      long length = file.get(Elements.I64, 0);
      if (length < 0 || length > Header.MAX_BYTES || length > size - LENGTH_BYTES) {
        throw Header.bad(
            path,
            "header length is %s, the file has %d bytes and %d are allowed (truncated, or no"
                + " safetensors file)",
            Long.toUnsignedString(length),
            size,
            Header.MAX_BYTES);
      }
      byte[] json = file.asSlice(LENGTH_BYTES, length).toArray(ValueLayout.JAVA_BYTE);
      MemorySegment data = file.asSlice(LENGTH_BYTES + length);
      return new SafetensorsFile(path, arena, data, Header.parse(path, json, data.byteSize()));
    } catch (IOException e) {
      arena.close();
      throw new CheckpointException("%s: cannot be read: %s".formatted(path, e), e);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /// The file.
  public Path path() {
    return path;
  }

  /// Names of the tensors, in the order of the header.
  public Set<String> names() {
    return header.entries().keySet();
  }

  /// Free text that the writer left.
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /// Dtype and shape of a tensor.
  ///
  /// @throws CheckpointException if there is none of this name
  public TensorType type(String name) {
    return entry(name).type();
  }

  /// A tensor, as a view of the file.
  ///
  /// @throws CheckpointException if there is none of this name
  public Tensor get(String name) {
    Entry entry = entry(name);
    MemorySegment segment = data.asSlice(entry.begin(), entry.end() - entry.begin());
    TensorType type = entry.type();
    return new Tensor(type, type.shape().rowMajorStrides(), 0, new Storage(segment, () -> {}));
  }

  private Entry entry(String name) {
    Entry entry = header.entries().get(name);
    if (entry == null) {
      throw Header.bad(path, "no tensor '%s' among %d", name, names().size());
    }
    return entry;
  }

  /// Unmaps the file; a second call does nothing.
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
