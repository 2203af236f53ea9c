package dev.chrysalis.tensor.safetensors;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/// All tensors of a model: one safetensors file, or the shards that an index names, in the layout
/// of Hugging Face folders.
public final class Checkpoint implements AutoCloseable {
  /// The key of a file's metadata that says in which blocks its U8 matrices are stored.
  static final String BLOCK_FORMAT = "block_format";

  private static final long MAX_INDEX_BYTES = 100_000_000;
  private static final String INDEX = ".safetensors.index.json";
  private static final int MAX_LISTED = 20;
  private static final List<String> STEMS = List.of("model", "diffusion_pytorch_model", "adapter");

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(8)
                  .maxDocumentLength(MAX_INDEX_BYTES)
                  .build())
          .build();

  private final Path path;
  private final List<SafetensorsFile> files;
  private final Map<String, SafetensorsFile> fileOf;

  private Checkpoint(Path path, List<SafetensorsFile> files, Map<String, SafetensorsFile> fileOf) {
    this.path = path;
    this.files = files;
    this.fileOf = Collections.unmodifiableMap(fileOf);
  }

  /// Opens a `.safetensors` file or a folder that holds `STEM.safetensors` or
  /// `STEM.safetensors.index.json`, the stem being `model`, `diffusion_pytorch_model` or `adapter`.
  ///
  /// @throws CheckpointException if there is none, a shard is missing, or index and shards disagree
  public static Checkpoint open(Path path) {
    if (!Files.exists(path)) {
      throw new CheckpointException(path + ": no such file or folder");
    }
    if (!Files.isDirectory(path)) {
      return single(path);
    }
    Optional<Path> index =
        STEMS.stream().map(stem -> path.resolve(stem + INDEX)).filter(Files::exists).findFirst();
    if (index.isPresent()) {
      return sharded(path, index.get());
    }
    return STEMS.stream()
        .map(stem -> path.resolve(stem + ".safetensors"))
        .filter(Files::exists)
        .findFirst()
        .map(Checkpoint::single)
        .orElseThrow(() ->
            new CheckpointException(
                path
                    + ": no weights: expected model.safetensors or model.safetensors.index.json"
                    + " (or diffusion_pytorch_model, adapter)"));
  }

  private static Checkpoint single(Path file) {
    SafetensorsFile opened = SafetensorsFile.open(file);
    Map<String, SafetensorsFile> fileOf = new LinkedHashMap<>();
    opened.names().forEach(name -> fileOf.put(name, opened));
    return new Checkpoint(file, List.of(opened), fileOf);
  }

  private static Checkpoint sharded(Path folder, Path index) {
    Map<String, String> shardOf = readIndex(index);
    Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
    try {
      for (String shard : new LinkedHashSet<>(shardOf.values())) {
        shards.put(shard, SafetensorsFile.open(inside(folder, index, shard)));
      }
      Map<String, SafetensorsFile> fileOf = new LinkedHashMap<>();
      shardOf.forEach((name, shard) -> fileOf.put(name, shards.get(shard)));
      checkAgreement(index, shardOf, shards);
      return new Checkpoint(folder, List.copyOf(shards.values()), fileOf);
    } catch (RuntimeException | Error e) {
      shards.values().forEach(SafetensorsFile::close);
      throw e;
    }
  }

  private static void checkAgreement(
      Path index, Map<String, String> shardOf, Map<String, SafetensorsFile> shards) {
    List<String> missing =
        shardOf.entrySet().stream()
            .filter(entry -> !shards.get(entry.getValue()).names().contains(entry.getKey()))
            .map(entry -> entry.getKey() + " (said to be in " + entry.getValue() + ")")
            .toList();
    List<String> unnamed =
        shards.entrySet().stream()
            .flatMap(shard ->
                shard.getValue().names().stream()
                    .filter(name -> !shard.getKey().equals(shardOf.get(name)))
                    .map(name -> name + " (in " + shard.getKey() + ")"))
            .toList();
    if (!missing.isEmpty() || !unnamed.isEmpty()) {
      throw new CheckpointException(
          "%s: index and shards disagree: not in their shard: %s; not in the index: %s"
              .formatted(index, listed(missing), listed(unnamed)));
    }
  }

  private static String listed(List<String> all) {
    return all.size() <= MAX_LISTED
        ? all.toString()
        : "%s and %d more".formatted(all.subList(0, MAX_LISTED), all.size() - MAX_LISTED);
  }

  /// A shard must be a plain name, and what it leads to must lie in the folder.
  private static Path inside(Path folder, Path index, String shard) {
    boolean plain =
        !shard.isEmpty()
            && Stream.of("/", "\\", ":", "\0").noneMatch(shard::contains)
            && !shard.startsWith(".");
    if (!plain) {
      throw new CheckpointException(
          "%s: shard '%s' is not a plain file name".formatted(index, shard));
    }
    try {
      Path file = folder.resolve(shard);
      if (!Files.exists(file)) {
        throw new CheckpointException("%s: shard %s is missing".formatted(index, shard));
      }
      if (!file.toRealPath().startsWith(folder.toRealPath())) {
        throw new CheckpointException(
            "%s: shard %s leads out of the folder".formatted(index, shard));
      }
      return file;
    } catch (InvalidPathException | IOException e) {
      throw new CheckpointException(
          "%s: shard %s cannot be read: %s".formatted(index, shard, e), e);
    }
  }

  private static Map<String, String> readIndex(Path index) {
    try {
      if (Files.size(index) > MAX_INDEX_BYTES) {
        throw new CheckpointException("%s: larger than %d bytes".formatted(index, MAX_INDEX_BYTES));
      }
      byte[] bytes = Files.readAllBytes(index);
      try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), bytes)) {
        return weightMap(index, json);
      }
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read: %s".formatted(index, e), e);
    } catch (JacksonException e) {
      throw new CheckpointException(
          "%s: not valid JSON: %s".formatted(index, e.getOriginalMessage()), e);
    }
  }

  private static Map<String, String> weightMap(Path index, JsonParser json) {
    Map<String, String> shardOf = new LinkedHashMap<>();
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw new CheckpointException(index + ": expected a JSON object");
    }
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean wanted = json.currentName().equals("weight_map");
      JsonToken value = json.nextToken();
      if (!wanted) {
        json.skipChildren();
      } else if (value != JsonToken.START_OBJECT) {
        throw new CheckpointException(index + ": weight_map: expected an object");
      } else {
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
          String name = json.currentName();
          if (json.nextToken() != JsonToken.VALUE_STRING) {
            throw new CheckpointException(
                "%s: weight_map.%s: expected a file name".formatted(index, name));
          }
          shardOf.put(name, json.getString());
        }
      }
    }
    if (json.nextToken() != null) {
      throw new CheckpointException(index + ": text after the closing brace");
    }
    if (shardOf.isEmpty()) {
      throw new CheckpointException(index + ": no weight_map");
    }
    return shardOf;
  }

  /// The file or folder.
  public Path path() {
    return path;
  }

  /// The files behind it.
  public List<Path> files() {
    return files.stream().map(SafetensorsFile::path).toList();
  }

  /// Names of all tensors.
  public Set<String> names() {
    return fileOf.keySet();
  }

  /// Dtype and shape of a tensor.
  ///
  /// @throws CheckpointException if there is none of this name
  public TensorType type(String name) {
    return file(name).type(name);
  }

  /// A tensor, as a view of its file.
  ///
  /// @throws CheckpointException if there is none of this name
  public Tensor get(String name) {
    return file(name).get(name);
  }

  private SafetensorsFile file(String name) {
    SafetensorsFile file = fileOf.get(name);
    if (file == null) {
      throw new CheckpointException("%s: no tensor '%s'".formatted(path, name));
    }
    return file;
  }

  /// Formats of the tensors that are rows of blocks: the U8 matrices of the files whose metadata
  /// name one as `block_format`, `q8_0` for example.
  ///
  /// @throws CheckpointException if a file names a format that is not known
  public Map<String, BlockFormat> blockFormats() {
    Map<String, BlockFormat> formats = new LinkedHashMap<>();
    for (SafetensorsFile file : files) {
      Optional<BlockFormat> format = format(file);
      for (String name : file.names()) {
        boolean matrix = file.type(name).dtype() == DType.U8 && file.type(name).shape().rank() == 2;
        if (matrix) {
          format.ifPresent(f -> formats.put(name, f));
        }
      }
    }
    return formats;
  }

  private static Optional<BlockFormat> format(SafetensorsFile file) {
    String name = file.metadata().get(BLOCK_FORMAT);
    if (name == null) {
      return Optional.empty();
    }
    return Optional.of(
        Stream.of(BlockFormat.values())
            .filter(format -> format.name().equalsIgnoreCase(name))
            .findFirst()
            .orElseThrow(() ->
                new CheckpointException(
                    "%s: %s: found '%s', need one of %s"
                        .formatted(
                            file.path(), BLOCK_FORMAT, name, List.of(BlockFormat.values())))));
  }

  /// Unmaps the files, which no op may be reading; a second call does nothing.
  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}
