package dev.chrysalis.zoo.metamorph;

import dev.chrysalis.models.diffusion.DiffusionFolder;
import dev.chrysalis.models.diffusion.LatentDiffusion;
import dev.chrysalis.models.image.ImageProcessor;
import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A MetaMorph on disk with all it needs to see, speak and draw: `config.json`, weights, tokenizer and preprocessor files, and `decoder/`, a Stable
/// Diffusion folder with an adapter.
///
/// @param processor from pictures to pixels
/// @param decoder from visual tokens to pictures; a model without one answers in words only
public record MetaMorphFolder(
    Path path,
    MetaMorph model,
    Tokenizer tokenizer,
    ImageProcessor processor,
    Optional<LatentDiffusion> decoder) {

  /// Reads a folder; weights are widened to F32 and the files closed.
  ///
  /// @throws ConfigException if it is no MetaMorph
  /// @throws dev.chrysalis.tensor.CheckpointException if weights are missing or do not fit
  public static MetaMorphFolder read(Path path) {
    Path file = path.resolve("config.json");
    if (!Files.exists(file)) {
      throw new ConfigException(path + ": no model: config.json is missing");
    }
    MetaMorphConfig config = MetaMorphConfig.read(Json.readObject(file), file.toString());
    Tokenizer tokenizer = Tokenizer.load(path);
    if (tokenizer.vocabSize() > config.language().vocabSize()) {
      throw new ConfigException(
          "%s: tokenizer has %d tokens, vocab_size is %d"
              .formatted(path, tokenizer.vocabSize(), config.language().vocabSize()));
    }
    return new MetaMorphFolder(
        path, model(path, config), tokenizer, ImageProcessor.load(path), decoder(path));
  }

  private static MetaMorph model(Path path, MetaMorphConfig config) {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      Weights weights = Weights.copiesOf(checkpoint);
      MetaMorph model = MetaMorph.load(weights, config);
      weights.finish(MetaMorph::isUnused);
      return model;
    }
  }

  private static Optional<LatentDiffusion> decoder(Path path) {
    Path folder = path.resolve("decoder");
    return Files.exists(folder)
        ? Optional.of(DiffusionFolder.open(folder).pipeline())
        : Optional.empty();
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
        decoder.orElseThrow(
            () -> new ConfigException(path + ": cannot draw: there is no folder decoder/"));
    int side = pipeline.unet().config().sampleSize() * pipeline.vae().config().downsampling();
    return pipeline.draw(features.unsqueeze(0), side, side, settings, progress).getFirst();
  }
}
