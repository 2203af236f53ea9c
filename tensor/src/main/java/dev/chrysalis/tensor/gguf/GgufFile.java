package dev.chrysalis.tensor.gguf;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.file.MappedFile;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;

/// One GGUF file, mapped: tensors are views of the file and cost no memory of their own until they
/// are read. Versions 2 and 3, little endian; format: `docs/gguf.md` of ggml.
public final class GgufFile implements AutoCloseable {
  private final MappedFile file;
  private final MemorySegment data;
  private final GgufHeader header;

  private GgufFile(MappedFile file, MemorySegment data, GgufHeader header) {
    this.file = file;
    this.data = data;
    this.header = header;
  }

  /// Maps `path` and checks its header.
  ///
  /// @throws CheckpointException if the file cannot be read or breaks a rule of the format
  public static GgufFile open(Path path) {
    return MappedFile.open(path, GgufFile::read);
  }

  /// Whether a file begins as GGUF files do; false for one that cannot be read.
  public static boolean isGguf(Path path) {
    byte[] magic = {'G', 'G', 'U', 'F'};
    try (InputStream in = Files.newInputStream(path)) {
      return Arrays.equals(magic, in.readNBytes(magic.length));
    } catch (IOException e) {
      return false;
    }
  }

  private static GgufFile read(MappedFile file) {
    GgufHeader header = GgufHeader.parse(file.path(), file.content());
    MemorySegment data =
        header.tensors().isEmpty()
            ? MemorySegment.NULL
            : file.content().asSlice(header.dataBegin());
    return new GgufFile(file, data, header);
  }

  /// The file.
  public Path path() {
    return file.path();
  }

  /// What the file says about its model, by key, in the order of the file.
  public Map<String, GgufValue> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /// Tensors by name, in the order of the file.
  public Map<String, GgufTensor> tensors() {
    return Collections.unmodifiableMap(header.tensors());
  }

  /// A tensor whose elements are stored plainly, as a view of the file.
  ///
  /// @throws CheckpointException if there is none of this name, or it is stored in blocks
  public Tensor get(String name) {
    GgufTensor tensor = entry(name);
    DType dtype =
        tensor
            .type()
            .dtype()
            .orElseThrow(() ->
                GgufHeader.bad(
                    path(), "tensor '%s': found %s, need plain elements", name, tensor.type()));
    return view(tensor, new TensorType(dtype, tensor.shape()));
  }

  /// The blocks of a tensor that is stored in blocks, as a view of the file: `(…, bytes of a row)`,
  /// U8.
  ///
  /// @throws CheckpointException if there is none of this name, or it is stored plainly
  public Tensor blocks(String name) {
    GgufTensor tensor = entry(name);
    GgufType type = tensor.type();
    if (type.dtype().isPresent()) {
      throw GgufHeader.bad(path(), "tensor '%s': found %s, need blocks", name, type);
    }
    int[] sizes = tensor.shape().toArray();
    int last = sizes.length - 1;
    sizes[last] = Math.multiplyExact(sizes[last] / type.blockElements(), type.blockBytes());
    return view(tensor, new TensorType(DType.U8, Shape.of(sizes)));
  }

  private Tensor view(GgufTensor tensor, TensorType type) {
    MemorySegment segment = data.asSlice(tensor.begin(), tensor.sizeBytes());
    return MappedFile.view(segment, type);
  }

  private GgufTensor entry(String name) {
    GgufTensor tensor = header.tensors().get(name);
    if (tensor == null) {
      throw GgufHeader.bad(path(), "no tensor '%s' among %d", name, header.tensors().size());
    }
    return tensor;
  }

  /// Unmaps the file, which no op may be reading; a second call does nothing.
  @Override
  public void close() {
    file.close();
  }
}
