package dev.chrysalis.zoo.preset;

import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/// Writes a preset with seeded random weights, tensor by tensor.
public final class PresetFolder {
  /// What the published folders keep to.
  private static final long SHARD_BYTES = 5_000_000_000L;

  private final List<PresetPart> parts;
  private final DType dtype;
  private final long seed;
  private final long shardBytes;

  /// @param dtype of the weights, F32 or BF16
  public PresetFolder(Preset preset, DType dtype, long seed) {
    this(preset.parts(), dtype, seed, SHARD_BYTES);
  }

  PresetFolder(List<PresetPart> parts, DType dtype, long seed, long shardBytes) {
    this.parts = parts;
    this.dtype = dtype;
    this.seed = seed;
    this.shardBytes = shardBytes;
  }

  /// Weights of all parts.
  public long parameters() {
    return parts.stream().mapToLong(PresetPart::parameters).sum();
  }

  /// Bytes that the weights take on the disk.
  public long sizeBytes() {
    return parameters() * dtype.sizeBytes();
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
      Map<String, TensorType> types = new LinkedHashMap<>();
      shapes.forEach((name, shape) -> types.put(name, new TensorType(dtype, shape)));
      SafetensorsWriter.writeSharded(
          place,
          part.stem(),
          types,
          name -> {
            int[] sizes = shapes.get(name).toArray();
            progress.accept(done[0] += shapes.get(name).count());
            return Weights.fresh(part.initializer(), seed).get(name, sizes).to(dtype);
          },
          shardBytes);
      part.configs().accept(place);
    }
  }
}
