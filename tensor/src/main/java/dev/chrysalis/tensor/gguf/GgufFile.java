package dev.chrysalis.tensor.gguf;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;

/// One GGUF file, mapped: tensors are views of the file and cost no memory of their own until they
/// are read. Versions 2 and 3, little endian; format: `docs/gguf.md` of ggml.
public final class GgufFile implements AutoCloseable {
  private final Path path;
  private final Arena arena;
  private final MemorySegment data;
  private final GgufHeader header;

  private GgufFile(Path path, Arena arena, MemorySegment data, GgufHeader header) {
    this.path = path;
    this.arena = arena;
    this.data = data;
    this.header = header;
  }

  /// Maps `path` and checks its header.
  ///
  /// @throws CheckpointException if the file cannot be read or breaks a rule of the format
  public static GgufFile open(Path path) {
    if (Files.exists(path) && !Files.isRegularFile(path)) { // a pipe would wait for a writer
      throw GgufHeader.bad(path, "cannot be read: not a plain file");
    }
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      GgufHeader header = GgufHeader.parse(path, file);
      MemorySegment data =
          header.tensors().isEmpty() ? MemorySegment.NULL : file.asSlice(header.dataBegin());
      return new GgufFile(path, arena, data, header);
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
                    path, "tensor '%s': found %s, need plain elements", name, tensor.type()));
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
      throw GgufHeader.bad(path, "tensor '%s': found %s, need blocks", name, type);
    }
    int[] sizes = tensor.shape().toArray();
    int last = sizes.length - 1;
    sizes[last] = Math.multiplyExact(sizes[last] / type.blockElements(), type.blockBytes());
    return view(tensor, new TensorType(DType.U8, Shape.of(sizes)));
  }

  private Tensor view(GgufTensor tensor, TensorType type) {
    MemorySegment segment = data.asSlice(tensor.begin(), tensor.sizeBytes());
    return new Tensor(type, type.shape().rowMajorStrides(), 0, new Storage(segment, () -> {}));
  }

  private GgufTensor entry(String name) {
    GgufTensor tensor = header.tensors().get(name);
    if (tensor == null) {
      throw GgufHeader.bad(path, "no tensor '%s' among %d", name, header.tensors().size());
    }
    return tensor;
  }

  /// Unmaps the file; a second call does nothing.
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
