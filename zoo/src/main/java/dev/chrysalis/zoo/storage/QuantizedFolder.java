package dev.chrysalis.zoo.storage;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;

/// A copy of a model's folder whose matrices are stored in blocks. Everything else is as it was:
/// other tensors keep their dtype, other files their bytes.
public final class QuantizedFolder implements AutoCloseable {
  private static final long SHARD_BYTES = 5_000_000_000L;

  private final Path from;
  private final WeightStorage storage;
  private final Map<StoredParts.Part, Checkpoint> parts = new LinkedHashMap<>();

  /// Opens a folder to copy.
  ///
  /// @param storage one in blocks
  /// @throws ConfigException if it is no model whose parts are known
  /// @throws CheckpointException if weights cannot be read, or are stored in blocks already
  public QuantizedFolder(Path from, WeightStorage storage) {
    this.from = from;
    this.storage = storage;
    try {
      for (StoredParts.Part part : StoredParts.of(from)) {
        Checkpoint checkpoint = Checkpoint.open(from.resolve(part.folder()));
        parts.put(part, checkpoint);
        if (!checkpoint.blockFormats().isEmpty()) {
          throw new CheckpointException(
              "%s: weights are stored as %s already; start from the folder they were made of"
                  .formatted(checkpoint.path(), new TreeSet<>(checkpoint.blockFormats().values())));
        }
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Weights of the parts that are rewritten.
  public long parameters() {
    return parts.values().stream()
        .flatMap(checkpoint -> checkpoint.names().stream().map(checkpoint::type))
        .mapToLong(type -> type.shape().count())
        .sum();
  }

  /// Bytes that the rewritten parts take on the disk.
  public long sizeBytes() {
    return parts.entrySet().stream()
        .flatMap(entry -> types(entry.getKey(), entry.getValue()).values().stream())
        .mapToLong(TensorType::sizeBytes)
        .sum();
  }

  /// Writes the copy.
  ///
  /// @param progress hears how many parameters are written
  /// @throws CheckpointException if it cannot be written
  public void write(Path to, LongConsumer progress) {
    try {
      copyOtherFiles(to);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be written: %s".formatted(to, e), e);
    }
    long[] done = {0};
    parts.forEach((part, checkpoint) ->
        SafetensorsWriter.writeSharded(
            to.resolve(part.folder()),
            part.stem(),
            types(part, checkpoint),
            name -> {
              Tensor weight = checkpoint.get(name);
              progress.accept(done[0] += weight.count());
              return storage.shrink(weight, part.matrices().contains(name));
            },
            storage.metadata(),
            SHARD_BYTES));
  }

  private Map<String, TensorType> types(StoredParts.Part part, Checkpoint checkpoint) {
    Map<String, TensorType> types = new LinkedHashMap<>();
    for (String name : checkpoint.names()) {
      types.put(name, storage.shrunk(checkpoint.type(name), part.matrices().contains(name)));
    }
    return types;
  }

  private void copyOtherFiles(Path to) throws IOException {
    Set<Path> weights = new TreeSet<>();
    parts.forEach((part, checkpoint) -> {
      Path folder = from.resolve(part.folder());
      weights.addAll(checkpoint.files());
      weights.add(folder.resolve(part.stem() + ".safetensors.index.json"));
    });
    List<Path> others = new ArrayList<>();
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!weights.contains(file)) {
              others.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    for (Path file : others) {
      Path place = to.resolve(from.relativize(file).toString());
      Files.createDirectories(place.getParent());
      Files.copy(file, place);
    }
    for (StoredParts.Part part : parts.keySet()) {
      Files.createDirectories(to.resolve(part.folder()));
    }
  }

  /// Unmaps the files, which no op may be reading.
  @Override
  public void close() {
    parts.values().forEach(Checkpoint::close);
  }
}
