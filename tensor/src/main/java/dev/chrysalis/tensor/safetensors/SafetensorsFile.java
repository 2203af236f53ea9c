package dev.chrysalis.tensor.safetensors;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.file.MappedFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/// One safetensors file, mapped: tensors are views of the file and cost no memory of their own
/// until they are read.
///
/// Layout: 8 bytes header length `n` (little endian), `n` bytes of JSON, then the data.
/// Little-endian, row-major. Closing unmaps the file; its tensors are refused from then on.
public final class SafetensorsFile implements AutoCloseable {
  private static final int LENGTH_BYTES = 8;

  private final MappedFile file;
  private final MemorySegment data;
  private final Header header;

  private SafetensorsFile(MappedFile file, MemorySegment data, Header header) {
    this.file = file;
    this.data = data;
    this.header = header;
  }

  /// Maps `path` and checks its header.
  ///
  /// @throws CheckpointException if the file cannot be read or breaks a rule of the format
  public static SafetensorsFile open(Path path) {
    return MappedFile.open(path, SafetensorsFile::read);
  }

  private static SafetensorsFile read(MappedFile file) {
    Path path = file.path();
    MemorySegment content = file.content();
    long size = content.byteSize();
    if (size < LENGTH_BYTES) {
      throw Header.bad(path, "truncated: %d bytes are no safetensors file", size);
    }
    long length = content.get(Elements.I64, 0);
    if (length < 0 || length > Header.MAX_BYTES || length > size - LENGTH_BYTES) {
      throw Header.bad(
          path,
          "header length is %s, the file has %d bytes and %d are allowed (truncated, or no"
              + " safetensors file)",
          Long.toUnsignedString(length),
          size,
          Header.MAX_BYTES);
    }
    byte[] json = content.asSlice(LENGTH_BYTES, length).toArray(ValueLayout.JAVA_BYTE);
    MemorySegment data = content.asSlice(LENGTH_BYTES + length);
    return new SafetensorsFile(file, data, Header.parse(path, json, data.byteSize()));
  }

  /// The file.
  public Path path() {
    return file.path();
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
    return MappedFile.view(segment, entry.type());
  }

  private Entry entry(String name) {
    Entry entry = header.entries().get(name);
    if (entry == null) {
      throw Header.bad(path(), "no tensor '%s' among %d", name, names().size());
    }
    return entry;
  }

  /// Unmaps the file, which no op may be reading; a second call does nothing.
  @Override
  public void close() {
    file.close();
  }
}
