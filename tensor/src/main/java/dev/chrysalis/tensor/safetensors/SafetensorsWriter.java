package dev.chrysalis.tensor.safetensors;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Writes safetensors files: beside the target first, flushed, then renamed, so that a reader sees the old file or the new one.
public final class SafetensorsWriter {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int ALIGNMENT = 8;

  private SafetensorsWriter() {}

  /// Writes one file. Tensors are stored by falling element size, then by name, so that each is aligned.
  ///
  /// @throws CheckpointException if it cannot be written; the file of that name is then as it was
  public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
    List<String> order = order(tensors);
    byte[] header = header(tensors, order, metadata);
    atomically(
        path,
        channel -> {
          ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          writeFully(channel, length.putLong(header.length).flip());
          writeFully(channel, ByteBuffer.wrap(header));
          for (String name : order) {
            writeTensor(channel, tensors.get(name));
          }
        });
  }

  /// Writes shards of at most `maxShardBytes` (a larger tensor gets a shard of its own) and
  /// `STEM.safetensors.index.json`; one shard alone is written as `STEM.safetensors` without an index.
  ///
  /// @param stem `model` or `diffusion_pytorch_model`
  public static void writeSharded(
      Path folder, String stem, Map<String, Tensor> tensors, long maxShardBytes) {
    List<Map<String, Tensor>> shards = shards(tensors, maxShardBytes);
    Map<String, String> metadata = Map.of("format", "pt");
    if (shards.size() == 1) {
      write(folder.resolve(stem + ".safetensors"), tensors, metadata);
      return;
    }
    Map<String, String> shardOf = new TreeMap<>();
    for (int i = 0; i < shards.size(); i++) {
      String file = "%s-%05d-of-%05d.safetensors".formatted(stem, i + 1, shards.size());
      shards.get(i).keySet().forEach(name -> shardOf.put(name, file));
      write(folder.resolve(file), shards.get(i), metadata);
    }
    byte[] index = index(shardOf, tensors);
    atomically(
        folder.resolve(stem + ".safetensors.index.json"),
        channel -> writeFully(channel, ByteBuffer.wrap(index)));
  }

  private static List<Map<String, Tensor>> shards(Map<String, Tensor> tensors, long maxBytes) {
    List<Map<String, Tensor>> shards = new ArrayList<>();
    Map<String, Tensor> shard = new LinkedHashMap<>();
    long bytes = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      long size = entry.getValue().type().sizeBytes();
      if (!shard.isEmpty() && bytes + size > maxBytes) {
        shards.add(shard);
        shard = new LinkedHashMap<>();
        bytes = 0;
      }
      shard.put(entry.getKey(), entry.getValue());
      bytes += size;
    }
    shards.add(shard);
    return shards;
  }

  private static List<String> order(Map<String, Tensor> tensors) {
    return tensors.keySet().stream()
        .sorted(
            Comparator.comparing((String name) -> -tensors.get(name).dtype().sizeBytes())
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  private static byte[] header(
      Map<String, Tensor> tensors, List<String> order, Map<String, String> metadata) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectPropertyStart("__metadata__");
        new TreeMap<>(metadata).forEach(json::writeStringProperty);
        json.writeEndObject();
      }
      long begin = 0;
      for (String name : order) {
        Tensor tensor = tensors.get(name);
        long end = begin + tensor.type().sizeBytes();
        json.writeObjectPropertyStart(name);
        json.writeStringProperty("dtype", tensor.dtype().name());
        json.writeName("shape");
        json.writeArray(tensor.shape().toArray(), 0, tensor.rank());
        json.writeName("data_offsets");
        json.writeArray(new long[] {begin, end}, 0, 2);
        json.writeEndObject();
        begin = end;
      }
      json.writeEndObject();
    }
    while (bytes.size() % ALIGNMENT != 0) {
      bytes.write(' ');
    }
    return bytes.toByteArray();
  }

  private static byte[] index(Map<String, String> shardOf, Map<String, Tensor> tensors) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long total = tensors.values().stream().mapToLong(tensor -> tensor.type().sizeBytes()).sum();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      json.writeObjectPropertyStart("metadata");
      json.writeNumberProperty("total_size", total);
      json.writeEndObject();
      json.writeObjectPropertyStart("weight_map");
      shardOf.forEach(json::writeStringProperty);
      json.writeEndObject();
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void writeTensor(FileChannel channel, Tensor tensor) throws IOException {
    Tensor plain = tensor.contiguous();
    long size = plain.type().sizeBytes();
    long step = 1 << 28;
    for (long at = 0; at < size; at += step) {
      ByteBuffer part =
          plain.segment().asSlice(at, Math.min(step, size - at)).asByteBuffer();
      writeFully(channel, part);
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @FunctionalInterface
  private interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  private static void atomically(Path path, Content content) {
    Path beside = path.resolveSibling(path.getFileName() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(
              beside,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(
          beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      deleteQuietly(beside);
      throw new CheckpointException("%s: cannot be written: %s".formatted(path, e), e);
    }
  }

  private static void deleteQuietly(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException ignored) {
      // the first failure is the one to report
    }
  }
}
