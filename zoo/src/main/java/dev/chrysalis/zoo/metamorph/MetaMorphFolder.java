package dev.chrysalis.zoo.metamorph;

import dev.chrysalis.models.diffusion.DiffusionFolder;
import dev.chrysalis.models.diffusion.LatentDiffusion;
import dev.chrysalis.models.image.ImageProcessor;
import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A MetaMorph on disk with all it needs to see, speak and draw: `config.json`, weights, tokenizer
/// and preprocessor files, and `decoder/`, a Stable Diffusion folder with an adapter.
///
/// Weights are read from the mapped files, so the parts are valid until the folder is closed. The
/// decoder is read when it is first asked for: who only talks needs none of its memory.
public final class MetaMorphFolder implements AutoCloseable {
  private final Path path;
  private final Checkpoint checkpoint;
  private final Optional<DiffusionFolder> decoderFolder;
  private final MetaMorph model;
  private final Tokenizer tokenizer;
  private final ImageProcessor processor;
  private Optional<LatentDiffusion> decoder = Optional.empty();

  private MetaMorphFolder(
      Path path, MetaMorphConfig config, Checkpoint checkpoint, Optional<DiffusionFolder> decoder) {
    this.path = path;
    this.checkpoint = checkpoint;
    this.decoderFolder = decoder;
    this.tokenizer = Tokenizer.load(path);
    if (tokenizer.vocabSize() > config.language().vocabSize()) {
      throw new ConfigException(
          "%s: tokenizer has %d tokens, vocab_size is %d"
              .formatted(path, tokenizer.vocabSize(), config.language().vocabSize()));
    }
    checkToken(MetaMorphPrompt.IMAGE_START, "image_start_token_id", config.imageStartTokenId());
    checkToken(MetaMorphPrompt.IMAGE_END, "image_end_token_id", config.imageEndTokenId());
    this.processor = ImageProcessor.load(path);
    int side = config.vision().imageSize();
    if (processor.height() != side || processor.width() != side) {
      throw new ConfigException(
          "%s: preprocessor_config.json: size: found %d x %d, the model's image_size is %d"
              .formatted(path, processor.height(), processor.width(), side));
    }
    Weights weights = Weights.asStored(checkpoint);
    this.model = MetaMorph.load(weights, config);
    weights.finish(MetaMorph::isUnused);
  }

  private void checkToken(String token, String key, int id) {
    if (!tokenizer.contains(token) || tokenizer.idOf(token) != id) {
      throw new ConfigException(
          "%s: config.json: %s: found %d, the tokenizer has %s"
              .formatted(
                  path,
                  key,
                  id,
                  tokenizer.contains(token)
                      ? "%s as %d".formatted(token, tokenizer.idOf(token))
                      : "no " + token));
    }
  }

  /// Opens a folder.
  ///
  /// @throws ConfigException if it is no MetaMorph
  /// @throws dev.chrysalis.tensor.CheckpointException if weights are missing or do not fit
  public static MetaMorphFolder read(Path path) {
    Path file = path.resolve("config.json");
    if (!Files.exists(file)) {
      throw new ConfigException(path + ": no model: config.json is missing");
    }
    MetaMorphConfig config = MetaMorphConfig.read(Json.readObject(file), file.toString());
    Path folder = path.resolve("decoder");
    Optional<DiffusionFolder> decoder =
        Files.exists(folder) ? Optional.of(DiffusionFolder.open(folder)) : Optional.empty();
    Checkpoint checkpoint = Checkpoint.open(path);
    try {
      return new MetaMorphFolder(path, config, checkpoint, decoder);
    } catch (RuntimeException e) {
      checkpoint.close();
      decoder.ifPresent(DiffusionFolder::close);
      throw e;
    }
  }

  public Path path() {
    return path;
  }

  public MetaMorph model() {
    return model;
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /// From pictures to pixels.
  public ImageProcessor processor() {
    return processor;
  }

  /// From visual tokens to pictures; a model without one answers in words only.
  ///
  /// @throws ConfigException if it does not fit the model
  /// @throws dev.chrysalis.tensor.CheckpointException if weights are missing or do not fit
  public synchronized Optional<LatentDiffusion> decoder() {
    if (decoder.isEmpty() && decoderFolder.isPresent()) {
      LatentDiffusion pipeline = decoderFolder.get().pipeline();
      int found = pipeline.adapter().config().inputDim();
      int width = model.config().vision().hiddenSize();
      if (found != width) {
        throw new ConfigException(
            "%s: decoder/adapter: input_dim: found %d, visual tokens are %d wide"
                .formatted(path, found, width));
      }
      decoder = Optional.of(pipeline);
    }
    return decoder;
  }

  /// Unmaps the files, which no op may be reading.
  @Override
  public void close() {
    checkpoint.close();
    decoderFolder.ifPresent(DiffusionFolder::close);
  }

  /// Visual tokens of a picture, `(m, C)`.
  public Tensor see(Picture picture) {
    int side = model.config().vision().imageSize();
    float[] pixels = processor.process(picture);
    return Scope.compute(
        () -> model.features(Tensor.of(pixels, 1, 3, side, side)).select(0, 0).contiguous());
  }

  /// Draws visual tokens.
  ///
  /// @param features `(m, C)`
  /// @throws ConfigException if the model has no decoder
  public Picture draw(
      Tensor features, LatentDiffusion.Settings settings, LatentDiffusion.Progress progress) {
    LatentDiffusion pipeline =
        decoder()
            .orElseThrow(
                () -> new ConfigException(path + ": cannot draw: there is no folder decoder/"));
    int side = pipeline.unet().config().sampleSize() * pipeline.vae().config().downsampling();
    return pipeline.draw(features.unsqueeze(0), side, side, settings, progress).getFirst();
  }
}
