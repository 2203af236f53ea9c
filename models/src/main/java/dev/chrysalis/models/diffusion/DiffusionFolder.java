package dev.chrysalis.models.diffusion;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// A folder in the layout of Stable Diffusion: `model_index.json`, `unet/`, `vae/`, `scheduler/`,
/// and beside them `adapter/` with `model_config.json` and `adapter.safetensors`.
///
/// Weights are read from the mapped files; parts that were loaded are valid until the folder is
/// closed.
public final class DiffusionFolder implements AutoCloseable {
  private static final String INDEX = "model_index.json";
  private static final String CONFIG = "config.json";
  private static final String SCHEDULER = "scheduler/scheduler_config.json";
  private static final String ADAPTER_CONFIG = "adapter/model_config.json";

  /// The folder of the UNet.
  public static final String UNET = "unet";

  /// The folder of the autoencoder.
  public static final String VAE = "vae";

  /// The folder of the adapter, and the stem of its weights.
  public static final String ADAPTER = "adapter";

  /// The stem of the weights of UNet and autoencoder.
  public static final String STEM = "diffusion_pytorch_model";

  private static final String PIPELINE = "StableDiffusionPipeline";
  private static final String LIBRARY = "diffusers";
  private static final long MAX_SHARD_BYTES = 5_000_000_000L;

  private final Path folder;
  private final List<Checkpoint> open = new ArrayList<>();

  private DiffusionFolder(Path folder) {
    this.folder = folder;
  }

  /// Opens a folder.
  ///
  /// @throws ConfigException if it is no such folder
  public static DiffusionFolder open(Path folder) {
    Path index = folder.resolve(INDEX);
    ObjectNode json = Json.readObject(index);
    for (String part : List.of("unet", "vae", "scheduler")) {
      List<String> origin = List.of();
      if (Json.has(json, part)) {
        origin = Json.requireStrings(json, index.toString(), part);
      }
      if (origin.size() != 2) {
        throw new ConfigException(
            "%s: %s: found %s, need a library and a class"
                .formatted(index, part, Json.describe(json.path(part))));
      }
    }
    return new DiffusionFolder(folder);
  }

  /// The UNet of this folder. Every call reads it anew.
  public UNet unet() {
    Path part = folder.resolve("unet");
    UNetConfig config =
        UNetConfig.read(Json.readObject(part.resolve(CONFIG)), part.resolve(CONFIG).toString());
    Weights w = Weights.asStored(checkpoint(part));
    UNet unet = UNet.load(w, config);
    w.finish();
    return unet;
  }

  /// The autoencoder of this folder. Every call reads it anew.
  public AutoencoderKl vae() {
    Path part = folder.resolve("vae");
    AutoencoderKlConfig config =
        AutoencoderKlConfig.read(
            Json.readObject(part.resolve(CONFIG)), part.resolve(CONFIG).toString());
    Weights w = AutoencoderKl.weights(checkpoint(part));
    AutoencoderKl vae = AutoencoderKl.load(w, config);
    w.finish();
    return vae;
  }

  /// The sampler of this folder.
  public Sampler sampler() {
    Path file = folder.resolve(SCHEDULER);
    return SamplerJson.read(Json.readObject(file), file.toString());
  }

  /// The adapter of this folder. Every call reads it anew.
  public VisualAdapter adapter() {
    Path file = folder.resolve(ADAPTER_CONFIG);
    VisualAdapterConfig config = VisualAdapterConfig.read(Json.readObject(file), file.toString());
    Weights w = Weights.of(checkpoint(folder.resolve("adapter")));
    VisualAdapter adapter = VisualAdapter.load(w, config);
    w.finish();
    return adapter;
  }

  /// All parts together.
  public LatentDiffusion pipeline() {
    return new LatentDiffusion(unet(), vae(), adapter(), sampler());
  }

  private Checkpoint checkpoint(Path path) {
    Checkpoint checkpoint = Checkpoint.open(path);
    open.add(checkpoint);
    return checkpoint;
  }

  /// Unmaps the files, which no op may be reading.
  @Override
  public void close() {
    open.forEach(Checkpoint::close);
    open.clear();
  }

  // ---- writing ----

  /// A config and the weights to it, by the names that `Weights.tensors` gives them.
  public record Part<C>(C config, Map<String, Tensor> weights) {}

  /// Writes a folder. Each file is written beside and renamed, `model_index.json` last.
  ///
  /// @throws CheckpointException if it cannot be written
  public static void write(
      Path folder,
      Part<UNetConfig> unet,
      Part<AutoencoderKlConfig> vae,
      Part<VisualAdapterConfig> adapter,
      Sampler sampler) {
    createFolders(folder);
    writeWeights(folder.resolve(UNET), STEM, unet.weights());
    writeWeights(folder.resolve(VAE), STEM, vae.weights());
    writeWeights(folder.resolve(ADAPTER), ADAPTER, adapter.weights());
    writeConfigs(folder, unet.config(), vae.config(), Optional.of(adapter.config()), sampler);
  }

  /// Writes what a folder holds besides its weights, `model_index.json` last.
  ///
  /// @throws CheckpointException if it cannot be written
  public static void writeConfigs(
      Path folder,
      UNetConfig unet,
      AutoencoderKlConfig vae,
      Optional<VisualAdapterConfig> adapter,
      Sampler sampler) {
    createFolders(folder);
    Json.write(folder.resolve(UNET).resolve(CONFIG), unet.toJson());
    Json.write(folder.resolve(VAE).resolve(CONFIG), vae.toJson());
    adapter.ifPresent(config -> Json.write(folder.resolve(ADAPTER_CONFIG), config.toJson()));
    ObjectNode scheduler = SamplerJson.write(sampler);
    Json.write(folder.resolve(SCHEDULER), scheduler);
    ObjectNode index = Json.newObject().put("_class_name", PIPELINE);
    index.putArray("scheduler").add(LIBRARY).add(scheduler.get("_class_name").stringValue());
    index.putArray(UNET).add(LIBRARY).add(UNetConfig.CLASS_NAME);
    index.putArray(VAE).add(LIBRARY).add(AutoencoderKlConfig.CLASS_NAME);
    Json.write(folder.resolve(INDEX), index);
  }

  private static void createFolders(Path folder) {
    try {
      for (String part : List.of("unet", "vae", "adapter", "scheduler")) {
        Files.createDirectories(folder.resolve(part));
      }
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be created: %s".formatted(folder, e), e);
    }
  }

  private static void writeWeights(Path folder, String stem, Map<String, Tensor> weights) {
    SafetensorsWriter.writeSharded(folder, stem, weights, MAX_SHARD_BYTES);
  }
}
