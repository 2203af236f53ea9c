package dev.chrysalis.zoo.train;

import dev.chrysalis.models.diffusion.AutoencoderKlConfig;
import dev.chrysalis.models.diffusion.UNetConfig;
import dev.chrysalis.models.diffusion.VisualAdapterConfig;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.models.siglip.SiglipTextConfig;
import dev.chrysalis.models.siglip.SiglipVisionConfig;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import java.util.List;
import java.util.Optional;

/// Sizes and lengths of the training on the shapes world.
///
/// @param vocabSize tokens of the tokenizer, special ones included
/// @param tokenizerTexts texts the tokenizer is trained on
/// @param captionLength tokens of a caption
public record ShapesRecipe(
    long seed,
    int vocabSize,
    int tokenizerTexts,
    int captionLength,
    int width,
    int visionWidth,
    int languageLayers,
    int visionLayers,
    Length siglip,
    Length reading,
    Length language,
    Length alignment,
    Length looking,
    Length vpit,
    Length autoencoder,
    Length decoder) {
  private static final int IMAGE_SIZE = 64;
  private static final int PATCH_SIZE = 8;
  private static final int IMAGE_TOKENS = 16;

  /// How long a stage runs.
  ///
  /// @param learningRate at its peak
  public record Length(int steps, int batch, double learningRate) {
    Length scaled(double factor) {
      return new Length(Math.max(1, (int) Math.round(steps * factor)), batch, learningRate);
    }
  }

  /// A model that can ship with the project. What made the shipped one, in several steps, stands on
  /// its card.
  public static ShapesRecipe full(long seed) {
    return new ShapesRecipe(
        seed,
        1024,
        40_000,
        40,
        256,
        128,
        4,
        6,
        new Length(4000, 64, 1e-3),
        new Length(3300, 64, 1e-3),
        new Length(2200, 32, 1.5e-3),
        new Length(200, 32, 2e-3),
        new Length(2400, 24, 1e-3),
        new Length(10_000, 16, 1e-3),
        new Length(3000, 8, 1.5e-3),
        new Length(2800, 32, 1e-3));
  }

  /// Every stage in a minute, to try the machinery: small models, few steps.
  public static ShapesRecipe tiny(long seed) {
    return new ShapesRecipe(
        seed,
        512,
        2_000,
        24,
        32,
        32,
        2,
        2,
        new Length(6, 8, 1e-3),
        new Length(4, 12, 1e-3),
        new Length(6, 8, 1e-3),
        new Length(4, 4, 1e-3),
        new Length(4, 8, 1e-3),
        new Length(6, 8, 1e-3),
        new Length(4, 4, 1e-3),
        new Length(4, 8, 1e-3));
  }

  /// This recipe with all stages longer or shorter.
  public ShapesRecipe scaled(double factor) {
    return new ShapesRecipe(
        seed,
        vocabSize,
        tokenizerTexts,
        captionLength,
        width,
        visionWidth,
        languageLayers,
        visionLayers,
        siglip.scaled(factor),
        reading.scaled(factor),
        language.scaled(factor),
        alignment.scaled(factor),
        looking.scaled(factor),
        vpit.scaled(factor),
        autoencoder.scaled(factor),
        decoder.scaled(factor));
  }

  /// With the pooling head, which SigLIP's own training needs and nothing after it.
  public SiglipVisionConfig visionConfig() {
    return new SiglipVisionConfig(
        visionWidth,
        4 * visionWidth,
        visionLayers,
        4,
        3,
        IMAGE_SIZE,
        PATCH_SIZE,
        1e-6,
        "gelu_pytorch_tanh");
  }

  public Siglip.Config siglipConfig() {
    return new Siglip.Config(
        visionConfig(),
        new SiglipTextConfig(
            vocabSize,
            visionWidth,
            4 * visionWidth,
            Math.max(2, visionLayers - 2),
            4,
            captionLength,
            visionWidth,
            1e-6,
            "gelu_pytorch_tanh"));
  }

  /// A configuration that needs the ids of control tokens.
  interface WithTokens {
    /// @param bos id of begin-of-text
    /// @param eos ids that end an answer
    MetaMorphConfig config(int bos, int[] eos, int imageStart, int imageEnd);
  }

  /// @param bos id of begin-of-text
  /// @param eos ids that end an answer
  public MetaMorphConfig metaMorphConfig(int bos, int[] eos, int imageStart, int imageEnd) {
    return metaMorphConfig(width, languageLayers, bos, eos, imageStart, imageEnd);
  }

  /// The model that describes or reads pictures while SigLIP is trained.
  MetaMorphConfig describerConfig(int bos, int[] eos, int imageStart, int imageEnd) {
    return metaMorphConfig(visionWidth, 2, bos, eos, imageStart, imageEnd);
  }

  private MetaMorphConfig metaMorphConfig(
      int languageWidth, int layers, int bos, int[] eos, int imageStart, int imageEnd) {
    LlamaConfig language =
        new LlamaConfig(
            vocabSize,
            languageWidth,
            languageWidth * 11 / 4,
            layers,
            8,
            2,
            languageWidth / 8,
            1e-5,
            10_000,
            Optional.empty(),
            1024,
            false,
            bos,
            eos,
            0.02);
    return new MetaMorphConfig(
        language, visionConfig().withoutHead(), IMAGE_TOKENS, true, 1, imageStart, imageEnd);
  }

  /// With a scaling factor of 1, until the latents are measured.
  public AutoencoderKlConfig autoencoderConfig() {
    return new AutoencoderKlConfig(3, 3, 4, List.of(16, 32, 64), 1, 8, 1, IMAGE_SIZE);
  }

  public UNetConfig unetConfig() {
    return new UNetConfig(
        4,
        4,
        List.of(48, 96),
        1,
        List.of("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        List.of("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        visionWidth,
        List.of(2, 2),
        16,
        1e-5,
        true,
        0,
        false,
        IMAGE_SIZE / 4);
  }

  public VisualAdapterConfig adapterConfig() {
    return VisualAdapterConfig.mlp(visionWidth, 2 * visionWidth, visionWidth, 2, IMAGE_TOKENS)
        .withPositions(IMAGE_TOKENS);
  }
}
