package dev.chrysalis.zoo.preset;

import dev.chrysalis.models.diffusion.AutoencoderKl;
import dev.chrysalis.models.diffusion.AutoencoderKlConfig;
import dev.chrysalis.models.diffusion.DiffusionFolder;
import dev.chrysalis.models.diffusion.NoiseSchedule;
import dev.chrysalis.models.diffusion.Plms;
import dev.chrysalis.models.diffusion.PredictionType;
import dev.chrysalis.models.diffusion.UNet;
import dev.chrysalis.models.diffusion.UNetConfig;
import dev.chrysalis.models.diffusion.VisualAdapter;
import dev.chrysalis.models.diffusion.VisualAdapterConfig;
import dev.chrysalis.models.image.ImageProcessor;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.Llama;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Published models by size.
public enum Preset {
  /// LLaMA 3.2 1B: 1,235,814,400 parameters.
  LLAMA_3_2_1B("llama-3.2-1b") {
    @Override
    List<PresetPart> parts() {
      return llama(LlamaConfig.llama32With1B());
    }
  },
  /// LLaMA 3.1 8B: 8,030,261,248 parameters.
  LLAMA_3_1_8B("llama-3.1-8b") {
    @Override
    List<PresetPart> parts() {
      return llama(LlamaConfig.llama31With8B());
    }
  },
  /// SigLIP so400m, both towers: 877,960,498 parameters.
  SIGLIP_SO400M("siglip-so400m") {
    @Override
    List<PresetPart> parts() {
      Siglip.Config config = Siglip.Config.so400m();
      return List.of(
          new PresetPart(
              "",
              MODEL,
              true,
              Siglip::initializer,
              w -> Siglip.load(w, config),
              folder -> {
                Json.write(folder.resolve(CONFIG), config.toJson());
                ImageProcessor.siglip(config.vision().imageSize()).save(folder);
              }));
    }
  },
  /// UNet and autoencoder of Stable Diffusion 1.5: 943,174,827 parameters.
  SD_1_5("sd-1.5") {
    @Override
    List<PresetPart> parts() {
      return diffusion("", Optional.empty());
    }
  },
  /// MetaMorph of the paper's sizes with its decoder: 8,501,508,288 parameters and 947,115,435.
  METAMORPH_8B("metamorph-8b") {
    @Override
    List<PresetPart> parts() {
      LlamaConfig language = LlamaConfig.llama31With8B();
      int vocab = language.vocabSize();
      MetaMorphConfig config =
          new MetaMorphConfig(
              language.withVocabSize(vocab + 2),
              Siglip.Config.so400m().vision(),
              64,
              true,
              1,
              vocab,
              vocab + 1);
      PresetPart model =
          new PresetPart(
              "",
              MODEL,
              true,
              (name, shape) -> MetaMorph.initializer(config, name, shape),
              w -> MetaMorph.load(w, config),
              folder -> {
                ImageProcessor.siglip(config.vision().imageSize()).save(folder);
                Json.write(folder.resolve(CONFIG), config.toJson());
              });
      VisualAdapterConfig adapter =
          VisualAdapterConfig.mlp(1152, 2048, 768, 2, VisualAdapterConfig.STABLE_DIFFUSION_ROWS);
      return Stream.concat(diffusion("decoder", Optional.of(adapter)).stream(), Stream.of(model))
          .toList();
    }
  };

  private static final String MODEL = "model";
  private static final String CONFIG = "config.json";

  private final String label;

  Preset(String label) {
    this.label = label;
  }

  /// The name on command lines.
  public String label() {
    return label;
  }

  /// The preset of that name.
  public static Optional<Preset> of(String label) {
    return Stream.of(values()).filter(preset -> preset.label.equals(label)).findFirst();
  }

  /// What the folder consists of, the part whose config makes it a model last.
  abstract List<PresetPart> parts();

  private static List<PresetPart> llama(LlamaConfig config) {
    return List.of(
        new PresetPart(
            "",
            MODEL,
            true,
            (name, shape) -> Llama.initializer(config, name, shape),
            w -> Llama.load(w, config),
            folder -> Json.write(folder.resolve(CONFIG), config.toJson())));
  }

  private static List<PresetPart> diffusion(String folder, Optional<VisualAdapterConfig> adapter) {
    UNetConfig unet = UNetConfig.stableDiffusion15();
    AutoencoderKlConfig vae = AutoencoderKlConfig.stableDiffusion15();
    Path place = Path.of(folder);
    PresetPart pictures =
        new PresetPart(
            place.resolve(DiffusionFolder.VAE).toString(),
            DiffusionFolder.STEM,
            false,
            AutoencoderKl::initializer,
            w -> AutoencoderKl.load(w, vae),
            _ -> {});
    PresetPart noise =
        new PresetPart(
            place.resolve(DiffusionFolder.UNET).toString(),
            DiffusionFolder.STEM,
            true,
            UNet::initializer,
            w -> UNet.load(w, unet),
            part ->
                DiffusionFolder.writeConfigs(
                    part.toAbsolutePath().getParent(),
                    unet,
                    vae,
                    adapter,
                    Plms.of(NoiseSchedule.stableDiffusion(), PredictionType.EPSILON)));
    Stream<PresetPart> between =
        adapter.stream()
            .map(config ->
                new PresetPart(
                    place.resolve(DiffusionFolder.ADAPTER).toString(),
                    DiffusionFolder.ADAPTER,
                    false,
                    VisualAdapter::initializer,
                    w -> VisualAdapter.load(w, config),
                    _ -> {}));
    return Stream.concat(Stream.concat(Stream.of(pictures), between), Stream.of(noise)).toList();
  }
}
