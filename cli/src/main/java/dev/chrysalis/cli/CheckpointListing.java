package dev.chrysalis.cli;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.json.JsonText;
import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.gguf.GgufFile;
import dev.chrysalis.tensor.gguf.GgufTensor;
import dev.chrysalis.tensor.gguf.GgufValue;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.tensor.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a checkpoint holds: one part for a file, or for each folder with a config or weights.
///
/// Only headers and configs are read; nothing is computed and no weights are loaded.
record CheckpointListing(Path path, List<Part> parts) {
  /// Names of a config, the first that is there.
  private static final List<String> CONFIGS =
      List.of("config.json", "model_index.json", "scheduler_config.json");

  private static final Pattern WEIGHTS =
      Pattern.compile("(model|diffusion_pytorch_model|adapter)\\.safetensors(\\.index\\.json)?");
  private static final String TOP = ".";
  private static final int MAX_DEPTH = 5;
  private static final int MAX_NAME_WIDTH = 72;
  private static final int MAX_VALUE_LENGTH = 100;

  /// A tensor.
  ///
  /// @param dtype of its elements, or the blocks that they are stored in
  /// @param shape in elements
  record Entry(String name, String dtype, Shape shape, long sizeBytes) {
    static Entry of(String name, TensorType type) {
      return new Entry(name, type.dtype().name(), type.shape(), type.sizeBytes());
    }

    static Entry of(String name, TensorType bytes, BlockFormat format) {
      Shape shape = bytes.shape().with(1, format.rowElements(bytes.shape().size(1)));
      return new Entry(name, format.name(), shape, bytes.sizeBytes());
    }

    static Entry of(GgufTensor tensor) {
      return new Entry(tensor.name(), tensor.type().name(), tensor.shape(), tensor.sizeBytes());
    }
  }

  /// One file or folder.
  ///
  /// @param name path inside of the whole; `.` for the top, or for a file
  /// @param metadata free text in the header of a single file
  record Part(
      String name,
      Optional<ObjectNode> config,
      List<String> files,
      Map<String, String> metadata,
      List<Entry> tensors) {
    long parameters() {
      return tensors.stream().mapToLong(tensor -> tensor.shape().count()).sum();
    }

    long bytes() {
      return tensors.stream().mapToLong(Entry::sizeBytes).sum();
    }
  }

  // ---- reading ----

  /// Reads the headers of a file or folder.
  ///
  /// @throws CommandException if there is nothing of a checkpoint
  /// @throws dev.chrysalis.tensor.CheckpointException if a file breaks a rule of its format
  static CheckpointListing read(Path path) {
    if (!Files.exists(path)) {
      throw new CommandException(path + ": no such file or folder");
    }
    if (!Files.isDirectory(path)) {
      return new CheckpointListing(path, List.of(file(path)));
    }
    List<Part> parts = new ArrayList<>();
    try (Stream<Path> folders = Files.walk(path, MAX_DEPTH)) {
      for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
        folder(path, folder).ifPresent(parts::add);
      }
    } catch (IOException e) {
      throw new CommandException("%s: cannot be listed: %s".formatted(path, e.getMessage()), e);
    }
    if (parts.stream().allMatch(part -> part.tensors().isEmpty())) {
      Checkpoint.open(path).close(); // says what is expected
    }
    return new CheckpointListing(path, List.copyOf(parts));
  }

  private static Part file(Path path) {
    List<String> files = List.of(path.getFileName().toString());
    if (GgufFile.isGguf(path)) {
      try (GgufFile file = GgufFile.open(path)) {
        Map<String, String> metadata = new TreeMap<>();
        file.metadata().forEach((key, value) -> metadata.put(key, text(value)));
        List<Entry> tensors = file.tensors().values().stream().map(Entry::of).toList();
        return new Part(TOP, Optional.empty(), files, metadata, tensors);
      }
    }
    try (SafetensorsFile file = SafetensorsFile.open(path);
        Checkpoint checkpoint = Checkpoint.open(path)) {
      return new Part(
          TOP, Optional.empty(), files, new TreeMap<>(file.metadata()), entries(checkpoint));
    }
  }

  private static List<Entry> entries(Checkpoint checkpoint) {
    Map<String, BlockFormat> formats = checkpoint.blockFormats();
    return checkpoint.names().stream()
        .sorted()
        .map(name -> {
          TensorType type = checkpoint.type(name);
          return formats.containsKey(name)
              ? Entry.of(name, type, formats.get(name))
              : Entry.of(name, type);
        })
        .toList();
  }

  /// A value of a GGUF file's metadata; of lists, which may be vocabularies, the length.
  private static String text(GgufValue value) {
    return switch (value) {
      case GgufValue.Whole(long number) -> Long.toString(number);
      case GgufValue.Real(double number) -> Double.toString(number);
      case GgufValue.Flag(boolean flag) -> Boolean.toString(flag);
      case GgufValue.Text(String text) -> text;
      case GgufValue.Wholes(List<Long> values) -> values.size() + " whole numbers";
      case GgufValue.Reals(List<Double> values) -> values.size() + " numbers";
      case GgufValue.Flags(List<Boolean> values) -> values.size() + " flags";
      case GgufValue.Texts(List<String> values) -> values.size() + " texts";
    };
  }

  private static Optional<Part> folder(Path top, Path folder) throws IOException {
    Optional<ObjectNode> config =
        CONFIGS.stream()
            .map(folder::resolve)
            .filter(Files::exists)
            .findFirst()
            .map(Json::readObject);
    boolean hasWeights;
    try (Stream<Path> entries = Files.list(folder)) {
      hasWeights =
          entries.anyMatch(entry -> WEIGHTS.matcher(entry.getFileName().toString()).matches());
    }
    if (config.isEmpty() && !hasWeights) {
      return Optional.empty();
    }
    String name = top.equals(folder) ? TOP : top.relativize(folder).toString();
    if (!hasWeights) {
      return Optional.of(new Part(name, config, List.of(), Map.of(), List.of()));
    }
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      List<Entry> tensors = entries(checkpoint);
      List<String> files =
          checkpoint.files().stream().map(file -> file.getFileName().toString()).toList();
      return Optional.of(new Part(name, config, files, Map.of(), tensors));
    }
  }

  private long parameters() {
    return parts.stream().mapToLong(Part::parameters).sum();
  }

  private long bytes() {
    return parts.stream().mapToLong(Part::bytes).sum();
  }

  // ---- JSON ----

  /// `{"path", "parameters", "bytes", "parts": [{"name", "config", "files", "metadata",
  /// "parameters", "bytes", "tensors": [{"name", "dtype", "shape", "bytes"}]}]}`; `config` is null
  /// where there is none.
  ObjectNode toJson() {
    ObjectNode json =
        Json.newObject()
            .put("path", path.toString())
            .put("parameters", parameters())
            .put("bytes", bytes());
    ArrayNode all = json.putArray("parts");
    parts.forEach(part -> write(part, all.addObject()));
    return json;
  }

  private static void write(Part part, ObjectNode json) {
    json.put("name", part.name());
    part.config()
        .ifPresentOrElse(config -> json.set("config", config), () -> json.putNull("config"));
    ArrayNode files = json.putArray("files");
    part.files().forEach(files::add);
    ObjectNode metadata = json.putObject("metadata");
    part.metadata().forEach(metadata::put);
    json.put("parameters", part.parameters()).put("bytes", part.bytes());
    ArrayNode tensors = json.putArray("tensors");
    for (Entry tensor : part.tensors()) {
      ObjectNode entry = tensors.addObject().put("name", tensor.name());
      entry.put("dtype", tensor.dtype());
      ArrayNode shape = entry.putArray("shape");
      IntStream.of(tensor.shape().toArray()).forEach(shape::add);
      entry.put("bytes", tensor.sizeBytes());
    }
  }

  // ---- text ----

  /// The listing for people.
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Part part : parts) {
      Path place = part.name().equals(TOP) ? path : path.resolve(part.name());
      lines.add(Console.oneLine(place.toString()) + kind(part));
      part.config().ifPresent(config -> config("", config, lines));
      part.metadata()
          .forEach((key, value) -> lines.add("  " + Console.oneLine(key + ": " + shorten(value))));
      if (part.tensors().isEmpty()) {
        lines.add("  no tensors");
      } else {
        tensors(part, lines);
      }
      lines.add("");
    }
    long tensors = parts.stream().mapToLong(part -> part.tensors().size()).sum();
    lines.add("total: " + count(tensors, parameters(), bytes()));
    return lines;
  }

  private static String kind(Part part) {
    return part.config()
        .flatMap(config ->
            Stream.of("model_type", "_class_name")
                .map(config::path)
                .filter(JsonNode::isString)
                .findFirst())
        .map(name -> "  (" + Console.oneLine(name.stringValue()) + ")")
        .orElse("");
  }

  /// Every value of a config, inner objects with their key in front.
  private static void config(String prefix, JsonNode object, List<String> lines) {
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      String key = prefix + entry.getKey();
      if (entry.getValue().isObject() && !entry.getValue().isEmpty()) {
        config(key + ".", entry.getValue(), lines);
      } else {
        lines.add("  " + Console.oneLine(key + ": " + shorten(value(entry.getValue()))));
      }
    }
  }

  private static String value(JsonNode value) {
    if (value.isString()) {
      return value.stringValue();
    }
    return value.isArray()
        ? value.values().stream()
            .map(CheckpointListing::value)
            .collect(Collectors.joining(", ", "[", "]"))
        : JsonText.compact(value);
  }

  private static String shorten(String value) {
    return value.length() <= MAX_VALUE_LENGTH
        ? value
        : value.substring(0, MAX_VALUE_LENGTH) + " ...";
  }

  private static void tensors(Part part, List<String> lines) {
    List<String> names =
        part.tensors().stream().map(tensor -> Console.oneLine(tensor.name())).toList();
    int width = Math.min(MAX_NAME_WIDTH, names.stream().mapToInt(String::length).max().orElse(1));
    String format = "  %-" + width + "s  %-4s  %-20s %,14d bytes";
    lines.add("  weights: " + Console.oneLine(String.join(", ", part.files())));
    for (int i = 0; i < names.size(); i++) {
      Entry entry = part.tensors().get(i);
      lines.add(
          String.format(
              Locale.ROOT, format, names.get(i), entry.dtype(), entry.shape(), entry.sizeBytes()));
    }
    lines.add("  " + count(names.size(), part.parameters(), part.bytes()));
  }

  private static String count(long tensors, long parameters, long bytes) {
    return String.format(
        Locale.ROOT, "%,d tensors, %,d parameters, %,d bytes", tensors, parameters, bytes);
  }
}
