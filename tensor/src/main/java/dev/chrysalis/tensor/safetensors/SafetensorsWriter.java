package dev.chrysalis.tensor.safetensors;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Writes safetensors files: beside the target first, flushed, then renamed, so that a reader sees
/// the old file or the new one, even if the process dies or the power fails in between.
public final class SafetensorsWriter {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int ALIGNMENT = 8;

  /// The metadata that published files have.
  public static final Map<String, String> PLAIN = Map.of("format", "pt");

  private SafetensorsWriter() {}

  /// The metadata of files whose U8 matrices are rows of blocks; see `Checkpoint.blockFormats`.
  public static Map<String, String> blocksOf(BlockFormat format) {
    return Map.of("format", "pt", Checkpoint.BLOCK_FORMAT, format.name().toLowerCase(Locale.ROOT));
  }

  /// Writes one file. Tensors are stored by falling element size, then by name, so that each is
  /// aligned.
  ///
  /// @throws CheckpointException if it cannot be written, or a reader would refuse it (names of
  ///   more than 512 bytes, more than 8 axes, more than 200,000 tensors); the file of that name is
  ///   then as it was
  public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
    stage(path, types(tensors), tensors::get, metadata);
    publish(path);
  }

  private static Map<String, TensorType> types(Map<String, Tensor> tensors) {
    Map<String, TensorType> types = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> types.put(name, tensor.type()));
    return types;
  }

  private static void stage(
      Path path,
      Map<String, TensorType> tensors,
      Function<String, Tensor> source,
      Map<String, String> metadata) {
    check(path, tensors, metadata);
    List<String> order = order(tensors);
    byte[] header = header(tensors, order, metadata);
    if (header.length > Header.MAX_BYTES) {
      throw Header.bad(
          path,
          "cannot be written: header has %d bytes, %d are allowed",
          header.length,
          Header.MAX_BYTES);
    }
    stage(
        path,
        channel -> {
          ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          writeFully(channel, length.putLong(header.length).flip());
          writeFully(channel, ByteBuffer.wrap(header));
          for (String name : order) {
            writeTensor(channel, path, name, tensors.get(name), source);
          }
        });
  }

  /// What `Header` would refuse is not written in the first place.
  private static void check(
      Path path, Map<String, TensorType> tensors, Map<String, String> metadata) {
    if (tensors.size() > Header.MAX_TENSORS) {
      throw Header.bad(
          path,
          "cannot be written: %d tensors, %d are allowed",
          tensors.size(),
          Header.MAX_TENSORS);
    }
    tensors.forEach((name, tensor) -> {
      Header.checkName(path, name);
      if (name.equals(Header.METADATA) || tensor.shape().rank() > Header.MAX_RANK) {
        throw Header.bad(
            path,
            "cannot be written: %s: not a name, or more than %d axes: got %s",
            name,
            Header.MAX_RANK,
            tensor);
      }
    });
    metadata.forEach((key, value) -> Header.checkMetadata(path, key, value));
  }

  /// Writes shards of at most `maxShardBytes` (a larger tensor gets a shard of its own) and
  /// `STEM.safetensors.index.json`; one shard alone is written as `STEM.safetensors` without an
  /// index. Tensors go to shards by name, so the same tensors make the same files.
  ///
  /// All shards are complete on disk before the first takes the place of an older one. Should the
  /// process die in the moment of renaming, the folder has no index: it is refused then, and never
  /// read as a mixture. An index or single file of an older save that is no longer true goes away;
  /// its other shards stay.
  ///
  /// @param stem `model` or `diffusion_pytorch_model`
  /// @throws CheckpointException as `write`
  public static void writeSharded(
      Path folder, String stem, Map<String, Tensor> tensors, long maxShardBytes) {
    writeSharded(folder, stem, types(tensors), tensors::get, PLAIN, maxShardBytes);
  }

  /// As above, with each tensor made when its turn comes and freed once it is written: so models
  /// larger than the memory are written.
  ///
  /// @param source makes the tensor of a name, of the type that was said
  /// @param metadata of every shard
  public static void writeSharded(
      Path folder,
      String stem,
      Map<String, TensorType> tensors,
      Function<String, Tensor> source,
      Map<String, String> metadata,
      long maxShardBytes) {
    List<Map<String, TensorType>> shards = shards(tensors, maxShardBytes);
    Path single = folder.resolve(stem + ".safetensors");
    Path index = folder.resolve(stem + ".safetensors.index.json");
    if (shards.size() == 1) {
      stage(single, tensors, source, metadata);
      publish(single);
      delete(index); // until now it led to the older tensors
      return;
    }
    List<Path> files = new ArrayList<>();
    Map<String, String> shardOf = new TreeMap<>();
    for (int i = 0; i < shards.size(); i++) {
      String file =
          String.format(Locale.ROOT, "%s-%05d-of-%05d.safetensors", stem, i + 1, shards.size());
      shards.get(i).keySet().forEach(name -> shardOf.put(name, file));
      files.add(folder.resolve(file));
    }
    byte[] json = index(shardOf, tensors);
    try {
      for (int i = 0; i < shards.size(); i++) {
        stage(files.get(i), shards.get(i), source, metadata);
      }
      stage(index, channel -> writeFully(channel, ByteBuffer.wrap(json)));
      delete(index);
      files.forEach(SafetensorsWriter::publish);
      publish(index);
    } catch (RuntimeException | Error e) {
      files.forEach(file -> deleteQuietly(beside(file)));
      deleteQuietly(beside(index));
      throw e;
    }
    delete(single);
  }

  private static List<Map<String, TensorType>> shards(
      Map<String, TensorType> tensors, long maxBytes) {
    List<Map<String, TensorType>> shards = new ArrayList<>();
    Map<String, TensorType> shard = new LinkedHashMap<>();
    long bytes = 0;
    for (Map.Entry<String, TensorType> entry : new TreeMap<>(tensors).entrySet()) {
      long size = entry.getValue().sizeBytes();
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

  private static List<String> order(Map<String, TensorType> tensors) {
    return tensors.keySet().stream()
        .sorted(
            Comparator.comparing((String name) -> -tensors.get(name).dtype().sizeBytes())
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  private static byte[] header(
      Map<String, TensorType> tensors, List<String> order, Map<String, String> metadata) {
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
        TensorType tensor = tensors.get(name);
        long end = begin + tensor.sizeBytes();
        json.writeObjectPropertyStart(name);
        json.writeStringProperty("dtype", tensor.dtype().name());
        json.writeName("shape");
        json.writeArray(tensor.shape().toArray(), 0, tensor.shape().rank());
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

  private static byte[] index(Map<String, String> shardOf, Map<String, TensorType> tensors) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long total = tensors.values().stream().mapToLong(TensorType::sizeBytes).sum();
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

  private static void writeTensor(
      FileChannel channel, Path path, String name, TensorType type, Function<String, Tensor> source)
      throws IOException {
    try {
      Scope.run(() -> {
        Tensor tensor = source.apply(name);
        if (!tensor.type().equals(type)) {
          throw Header.bad(
              path, "cannot be written: %s: got %s, need %s", name, tensor.type(), type);
        }
        try {
          write(channel, tensor);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void write(FileChannel channel, Tensor tensor) throws IOException {
    Tensor plain = tensor.contiguous();
    long size = plain.type().sizeBytes();
    long step = 1 << 28;
    for (long at = 0; at < size; at += step) {
      ByteBuffer part = plain.reading().asSlice(at, Math.min(step, size - at)).asByteBuffer();
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

  /// Where a file is written before it takes its place.
  private static Path beside(Path path) {
    return path.resolveSibling(path.getFileName() + ".part");
  }

  private static void stage(Path path, Content content) {
    Path beside = beside(path);
    try (FileChannel channel =
        FileChannel.open(
            beside,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      content.writeTo(channel);
      channel.force(true);
    } catch (IOException e) {
      deleteQuietly(beside);
      throw new CheckpointException("%s: cannot be written: %s".formatted(path, e), e);
    } catch (RuntimeException | Error e) { // a tensor that is gone, no memory for a copy
      deleteQuietly(beside);
      throw e;
    }
  }

  private static void publish(Path path) {
    Path beside = beside(path);
    try {
      Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      deleteQuietly(beside);
      throw new CheckpointException("%s: cannot be written: %s".formatted(path, e), e);
    }
    flushFolder(path);
  }

  /// Renaming is on disk only once the folder is. Systems that cannot open folders keep their names
  /// in order by themselves.
  private static void flushFolder(Path path) {
    Path folder = path.toAbsolutePath().getParent();
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException ignored) {
      // the file itself is complete
    }
  }

  private static void delete(Path path) {
    try {
      if (Files.deleteIfExists(path)) {
        flushFolder(path);
      }
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be replaced: %s".formatted(path, e), e);
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
