package dev.chrysalis.tensor.file;

import dev.chrysalis.tensor.CheckpointException;
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
import java.util.function.Function;

/// A file mapped for reading until it is closed; its tensors are refused from then on. No op may
/// still be reading them when it is closed.
public final class MappedFile implements AutoCloseable {
  private final Path path;
  private final Arena arena;
  private final MemorySegment content;

  private MappedFile(Path path, Arena arena, MemorySegment content) {
    this.path = path;
    this.arena = arena;
    this.content = content;
  }

  /// Maps `path` and makes of it what `reader` makes; if that fails the file is let go.
  ///
  /// @throws CheckpointException if the file cannot be read
  public static <T> T open(Path path, Function<MappedFile, T> reader) {
    if (Files.exists(path)
        && !Files.isRegularFile(path)) { // opening a pipe would wait for a writer
      throw new CheckpointException(path + ": cannot be read: not a plain file");
    }
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return reader.apply(new MappedFile(path, arena, content));
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

  /// All bytes of the file.
  public MemorySegment content() {
    return content;
  }

  /// A row-major tensor of this type that is a view of a part of the file.
  public static Tensor view(MemorySegment part, TensorType type) {
    return new Tensor(type, type.shape().rowMajorStrides(), 0, new Storage(part, () -> {}));
  }

  /// Unmaps the file, which no op may be reading; a second call does nothing.
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
