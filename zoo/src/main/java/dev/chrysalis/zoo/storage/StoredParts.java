package dev.chrysalis.zoo.storage;

import dev.chrysalis.models.diffusion.DiffusionFolder;
import dev.chrysalis.models.diffusion.UNet;
import dev.chrysalis.models.diffusion.UNetConfig;
import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.Llama;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// The parts of a model's folder whose weights have matrices worth storing in blocks: a LLaMA, a
/// SigLIP or a MetaMorph by its `config.json`, a UNet by the `model_index.json` of a diffusion
/// folder, which may also lie in `decoder/`. Autoencoders and adapters, small and mostly
/// convolutions, are not among them.
public final class StoredParts {
  private static final String CONFIG = "config.json";
  private static final String INDEX = "model_index.json";
  private static final String DECODER = "decoder";

  /// Weights in one folder.
  ///
  /// @param folder below the model's, empty for itself
  /// @param stem of the files
  /// @param matrices names of the weights that may be stored in blocks
  public record Part(String folder, String stem, Set<String> matrices) {}

  private StoredParts() {}

  /// The parts of a folder.
  ///
  /// @throws ConfigException if it is none of the models named above
  public static List<Part> of(Path folder) {
    List<Part> parts = new ArrayList<>();
    Path config = folder.resolve(CONFIG);
    if (Files.exists(config)) {
      parts.add(new Part("", "model", Weights.askedBy(model(config)).matrices()));
    }
    for (String place : List.of("", DECODER)) {
      if (Files.exists(folder.resolve(place).resolve(INDEX))) {
        Path unet = Path.of(place).resolve(DiffusionFolder.UNET);
        Path file = folder.resolve(unet).resolve(CONFIG);
        UNetConfig read = UNetConfig.read(Json.readObject(file), file.toString());
        parts.add(
            new Part(
                unet.toString(),
                DiffusionFolder.STEM,
                Weights.askedBy(w -> UNet.load(w, read)).matrices()));
      }
    }
    if (parts.isEmpty()) {
      throw new ConfigException(
          "%s: no model: neither %s nor %s is there".formatted(folder, CONFIG, INDEX));
    }
    return parts;
  }

  private static Consumer<Weights> model(Path file) {
    ObjectNode json = Json.readObject(file);
    String source = file.toString();
    String type = Json.requireString(json, source, "model_type");
    return switch (type) {
      case "llama" -> {
        LlamaConfig config = LlamaConfig.read(json, source);
        yield w -> Llama.load(w, config);
      }
      case "siglip" -> {
        Siglip.Config config = Siglip.Config.read(json, source);
        yield w -> Siglip.load(w, config);
      }
      case MetaMorphConfig.MODEL_TYPE -> {
        MetaMorphConfig config = MetaMorphConfig.read(json, source);
        yield w -> MetaMorph.load(w, config);
      }
      default ->
          throw new ConfigException(
              "%s: model_type: found '%s', need llama, siglip or %s"
                  .formatted(source, type, MetaMorphConfig.MODEL_TYPE));
    };
  }
}
