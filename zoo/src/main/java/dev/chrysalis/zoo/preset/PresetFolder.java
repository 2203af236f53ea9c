package dev.chrysalis.zoo.preset;

import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import dev.chrysalis.zoo.storage.WeightStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

/// Writes a preset with seeded random weights, tensor by tensor.
public final class PresetFolder {
  /// What the published folders keep to.
  private static final long SHARD_BYTES = 5_000_000_000L;

  private final List<PresetPart> parts;
  private final WeightStorage storage;
  private final long seed;
  private final long shardBytes;

  public PresetFolder(Preset preset, WeightStorage storage, long seed) {
    this(preset.parts(), storage, seed, SHARD_BYTES);
  }

  PresetFolder(List<PresetPart> parts, WeightStorage storage, long seed, long shardBytes) {
    this.parts = parts;
    this.storage = storage;
    this.seed = seed;
    this.shardBytes = shardBytes;
  }

  /// Weights of all parts.
  public long parameters() {
    return parts.stream().mapToLong(PresetPart::parameters).sum();
  }

  /// Bytes that the weights take on the disk.
  public long sizeBytes() {
    return parts.stream()
        .flatMap(part -> types(part).values().stream())
        .mapToLong(TensorType::sizeBytes)
        .sum();
  }

  private Map<String, TensorType> types(PresetPart part) {
    Set<String> matrices = part.matrices();
    Map<String, TensorType> types = new LinkedHashMap<>();
    part.shapes()
        .forEach((name, shape) -> types.put(name, storage.type(shape, matrices.contains(name))));
    return types;
  }

  /// Writes the folder; configs come last.
  ///
  /// @param progress hears how many parameters are made
  /// @throws CheckpointException if it cannot be written
  public void write(Path folder, LongConsumer progress) {
    long[] done = {0};
    for (PresetPart part : parts) {
      Path place = folder.resolve(part.folder());
      try {
        Files.createDirectories(place);
      } catch (IOException e) {
        throw new CheckpointException("%s: cannot be created: %s".formatted(place, e), e);
      }
      Map<String, Shape> shapes = part.shapes();
      Set<String> matrices = part.matrices();
      SafetensorsWriter.writeSharded(
          place,
          part.stem(),
          types(part),
          name -> {
            int[] sizes = shapes.get(name).toArray();
            progress.accept(done[0] += shapes.get(name).count());
            Tensor weight = Weights.fresh(part.initializer(), seed).get(name, sizes);
            return storage.store(weight, matrices.contains(name));
          },
          storage.metadata(),
          shardBytes);
      part.configs().accept(place);
    }
  }
}
