package dev.chrysalis.zoo.storage;

import dev.chrysalis.models.diffusion.AutoencoderKlConfig;
import dev.chrysalis.models.diffusion.DiffusionFolder;
import dev.chrysalis.models.diffusion.UNetConfig;
import dev.chrysalis.models.diffusion.VisualAdapter;
import dev.chrysalis.models.diffusion.VisualAdapterConfig;
import dev.chrysalis.models.image.ImageProcessor;
import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.models.siglip.SiglipVisionConfig;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// A MetaMorph put together from published parts: the language model, SigLIP's vision tower, and
/// UNet and autoencoder as they are; projector, vision head and adapter fresh; two tokens more,
/// `<image_start>` and `<image_end>`, whose rows are the mean of all others. What is new has to be
/// trained before it says or draws anything.
public final class ComposedFolder implements AutoCloseable {
  private static final String CONFIG = "config.json";
  private static final String DECODER = "decoder";
  private static final String TOWER = "model.vision_tower.vision_tower.";
  private static final String VISION = "vision_model.";
  private static final List<String> TABLES = List.of("model.embed_tokens.weight", "lm_head.weight");
  private static final long SHARD_BYTES = 5_000_000_000L;

  /// Visual tokens of a picture, hidden width and layers of the adapter, as in the paper's code.
  private static final int IMAGE_TOKENS = 64;

  private static final int ADAPTER_WIDTH = 2048;
  private static final int ADAPTER_LAYERS = 2;

  private final Checkpoint language;
  private final Checkpoint vision;
  private final Path diffusion;
  private final DiffusionFolder diffusionFolder;
  private final Tokenizer tokenizer;
  private final ImageProcessor processor;
  private final MetaMorphConfig config;
  private final int words;
  private final UNetConfig unet;
  private final AutoencoderKlConfig vae;
  private final VisualAdapterConfig adapter;
  private final long seed;

  /// @param language a LLaMA with its tokenizer
  /// @param vision a SigLIP, both towers or the vision tower alone
  /// @param diffusion a Stable Diffusion folder
  /// @param seed of what is fresh
  /// @throws ConfigException if one is something else
  /// @throws CheckpointException if weights cannot be read, or are stored in blocks
  public ComposedFolder(Path language, Path vision, Path diffusion, long seed) {
    ObjectNode languageJson = config(language, List.of("llama"));
    ObjectNode visionJson = config(vision, List.of("siglip", "siglip_vision_model"));
    LlamaConfig llama = LlamaConfig.read(languageJson, language.resolve(CONFIG).toString());
    Tokenizer known = Tokenizer.load(language);
    this.words = known.vocabSize();
    this.tokenizer =
        known.withSpecials(List.of(MetaMorphPrompt.IMAGE_START, MetaMorphPrompt.IMAGE_END));
    if (words > llama.vocabSize()) {
      throw new ConfigException(
          "%s: tokenizer has %d tokens, vocab_size is %d"
              .formatted(language, words, llama.vocabSize()));
    }
    this.config =
        new MetaMorphConfig(
            llama.withVocabSize(Math.max(llama.vocabSize(), tokenizer.vocabSize())),
            visionConfig(visionJson, vision),
            IMAGE_TOKENS,
            true,
            1,
            tokenizer.idOf(MetaMorphPrompt.IMAGE_START),
            tokenizer.idOf(MetaMorphPrompt.IMAGE_END));
    this.processor =
        Files.exists(vision.resolve("preprocessor_config.json"))
            ? ImageProcessor.load(vision)
            : ImageProcessor.siglip(config.vision().imageSize());
    this.diffusion = diffusion;
    this.diffusionFolder = DiffusionFolder.open(diffusion);
    this.unet = read(diffusion, DiffusionFolder.UNET, UNetConfig::read);
    this.vae = read(diffusion, DiffusionFolder.VAE, AutoencoderKlConfig::read);
    this.adapter =
        VisualAdapterConfig.mlp(
            config.vision().hiddenSize(),
            ADAPTER_WIDTH,
            unet.crossAttentionDim(),
            ADAPTER_LAYERS,
            VisualAdapterConfig.STABLE_DIFFUSION_ROWS);
    this.seed = seed;
    this.language = plain(language);
    try {
      this.vision = plain(vision);
    } catch (RuntimeException e) {
      this.language.close();
      throw e;
    }
  }

  private static ObjectNode config(Path folder, List<String> types) {
    Path file = folder.resolve(CONFIG);
    if (!Files.exists(file)) {
      throw new ConfigException(folder + ": no model: config.json is missing");
    }
    ObjectNode json = Json.readObject(file);
    String type = Json.requireString(json, file.toString(), "model_type");
    if (!types.contains(type)) {
      throw new ConfigException(
          "%s: model_type: found '%s', need %s".formatted(file, type, String.join(" or ", types)));
    }
    return json;
  }

  private static SiglipVisionConfig visionConfig(ObjectNode json, Path folder) {
    String source = folder.resolve(CONFIG).toString();
    return Json.has(json, "vision_config")
        ? SiglipVisionConfig.read(
            Json.requireObject(json, source, "vision_config"), source + ": vision_config")
        : SiglipVisionConfig.read(json, source);
  }

  private interface Reader<C> {
    C read(ObjectNode json, String source);
  }

  private static <C> C read(Path folder, String part, Reader<C> reader) {
    Path file = folder.resolve(part).resolve(CONFIG);
    return reader.read(Json.readObject(file), file.toString());
  }

  private static Checkpoint plain(Path folder) {
    Checkpoint checkpoint = Checkpoint.open(folder);
    if (!checkpoint.blockFormats().isEmpty()) {
      checkpoint.close();
      throw new CheckpointException(
          folder + ": weights are stored in blocks; compose first, quantize the result");
    }
    return checkpoint;
  }

  /// Parameters of the language and vision parts, projector and vision head.
  public long parameters() {
    return tensors().values().stream().mapToLong(t -> t.type().shape().count()).sum();
  }

  /// Bytes that the folder takes, about.
  public long sizeBytes() {
    long decoder = 0;
    for (Path file : decoderFiles()) {
      try {
        decoder += Files.size(file);
      } catch (IOException e) {
        throw new CheckpointException("%s: cannot be read: %s".formatted(file, e), e);
      }
    }
    return decoder + tensors().values().stream().mapToLong(t -> t.type().sizeBytes()).sum();
  }

  /// Writes the folder.
  ///
  /// @param progress hears how many parameters are written
  /// @throws CheckpointException if it cannot be written, or a part lacks weights
  public void write(Path to, LongConsumer progress) {
    Map<String, Made> tensors = tensors();
    Map<String, TensorType> types = new LinkedHashMap<>();
    tensors.forEach((name, made) -> types.put(name, made.type()));
    try {
      Files.createDirectories(to);
      copyDecoder(to.resolve(DECODER));
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be written: %s".formatted(to, e), e);
    }
    long[] done = {0};
    SafetensorsWriter.writeSharded(
        to,
        "model",
        types,
        name -> {
          progress.accept(done[0] += types.get(name).shape().count());
          return tensors.get(name).tensor().get();
        },
        SafetensorsWriter.PLAIN,
        SHARD_BYTES);
    tokenizer.save(to);
    processor.save(to);
    writeAdapter(to.resolve(DECODER));
    Json.write(to.resolve(CONFIG), config.toJson());
  }

  // ---- the model ----

  /// A tensor to be made when its turn comes.
  private record Made(TensorType type, Supplier<Tensor> tensor) {}

  private Map<String, Made> tensors() {
    Map<String, Made> tensors = new TreeMap<>();
    for (String name : language.names()) {
      TensorType type = language.type(name);
      tensors.put(
          name,
          TABLES.contains(name)
              ? new Made(
                  new TensorType(type.dtype(), type.shape().with(0, config.language().vocabSize())),
                  () -> extended(language.get(name)))
              : new Made(type, () -> language.get(name)));
    }
    for (String name : vision.names()) {
      boolean unread = !config.vision().useHead() && name.startsWith(VISION + "head.");
      if (name.startsWith(VISION) && !unread) {
        tensors.put(
            TOWER + name.substring(VISION.length()),
            new Made(vision.type(name), () -> vision.get(name)));
      }
    }
    fresh()
        .forEach((name, shape) ->
            tensors.computeIfAbsent(
                name, n -> new Made(new TensorType(dtype(), shape), () -> fresh(n, shape))));
    return tensors;
  }

  /// Projector and vision head.
  private Map<String, Shape> fresh() {
    Map<String, Shape> shapes = new TreeMap<>();
    Weights.askedBy(w -> MetaMorph.load(w, config))
        .tensors()
        .forEach((name, tensor) -> {
          if (name.startsWith("model.mm_projector.") || name.startsWith("vision_head.")) {
            shapes.put(name, tensor.shape());
          }
        });
    return shapes;
  }

  private DType dtype() {
    return language.type(TABLES.getFirst()).dtype();
  }

  private Tensor fresh(String name, Shape shape) {
    return Weights.fresh((n, s) -> MetaMorph.initializer(config, n, s), seed)
        .get(name, shape.toArray())
        .to(dtype());
  }

  /// A table with the rows of the new tokens: the mean of the rows of all words.
  private Tensor extended(Tensor table) {
    Tensor mean = table.slice(0, 0, words).to(DType.F32).mean(0, true).to(table.dtype());
    int rows = config.language().vocabSize();
    List<Tensor> parts = new ArrayList<>(List.of(table.slice(0, 0, words)));
    for (int id = words; id < rows; id++) {
      boolean isNew = id == config.imageStartTokenId() || id == config.imageEndTokenId();
      parts.add(isNew || id >= table.size(0) ? mean : table.slice(0, id, id + 1));
    }
    return Ops.cat(0, parts);
  }

  // ---- the decoder ----

  private List<Path> decoderFiles() {
    List<Path> files = new ArrayList<>();
    for (String part : List.of(DiffusionFolder.UNET, DiffusionFolder.VAE)) {
      try (Checkpoint checkpoint = Checkpoint.open(diffusion.resolve(part))) {
        files.addAll(checkpoint.files());
      }
      try (Stream<Path> all = Files.list(diffusion.resolve(part))) {
        all.filter(file -> file.toString().endsWith(".safetensors.index.json")).forEach(files::add);
      } catch (IOException e) {
        throw new CheckpointException("%s: cannot be listed: %s".formatted(diffusion, e), e);
      }
    }
    return files;
  }

  private void copyDecoder(Path to) throws IOException {
    for (Path file : decoderFiles()) {
      Path place = to.resolve(diffusion.relativize(file).toString());
      Files.createDirectories(place.getParent());
      Files.copy(file, place);
    }
  }

  private void writeAdapter(Path to) {
    Weights weights = Weights.fresh(VisualAdapter::initializer, seed + 1);
    VisualAdapter.load(weights, adapter);
    Map<String, Tensor> stored = new LinkedHashMap<>();
    weights.tensors().forEach((name, tensor) -> stored.put(name, tensor.to(dtype())));
    DiffusionFolder.writeConfigs(to, unet, vae, Optional.of(adapter), diffusionFolder.sampler());
    SafetensorsWriter.writeSharded(
        to.resolve(DiffusionFolder.ADAPTER), DiffusionFolder.ADAPTER, stored, SHARD_BYTES);
  }

  /// Unmaps the files, which no op may be reading.
  @Override
  public void close() {
    language.close();
    vision.close();
    diffusionFolder.close();
  }
}
