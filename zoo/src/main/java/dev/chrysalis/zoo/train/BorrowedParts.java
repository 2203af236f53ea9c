package dev.chrysalis.zoo.train;

import dev.chrysalis.models.diffusion.AutoencoderKlConfig;
import dev.chrysalis.models.diffusion.LatentDiffusion;
import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.models.siglip.SiglipVisionConfig;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// The parts of a trained model as results of stages, from which another training goes on.
public final class BorrowedParts {
  /// Stages whose results know nothing of the language model: tokenizer, SigLIP's vision tower, as
  /// looking left it, autoencoder and decoder. A training that takes them has language, alignment
  /// and VPiT left to do, and two trainings that take the same differ in nothing else.
  public static final Set<ShapesStage> WITHOUT_LANGUAGE =
      Collections.unmodifiableSet(
          EnumSet.of(
              ShapesStage.TOKENIZER,
              ShapesStage.SIGLIP,
              ShapesStage.READING,
              ShapesStage.LOOKING,
              ShapesStage.AUTOENCODER,
              ShapesStage.DECODER));

  /// All stages but VPiT: a training that takes them goes on with the VPiT of the model.
  public static final Set<ShapesStage> BEFORE_VPIT =
      Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(ShapesStage.VPIT)));

  /// Stages that can begin with the weights of a model.
  public static final Set<ShapesStage> BEGUN_WITH =
      Collections.unmodifiableSet(EnumSet.of(ShapesStage.LANGUAGE, ShapesStage.ALIGNMENT));

  private BorrowedParts() {}

  /// Writes the parts of `model` into the folder of a training, as the results of their stages;
  /// stages that have a result are left alone.
  ///
  /// @param stages which of `BEFORE_VPIT` to take; of looking only the tower, if not the language
  ///   model and its alignment as well
  /// @throws ConfigException if the model is not of the recipe's sizes or cannot draw
  public static void take(Path model, ShapesTraining training, Collection<ShapesStage> stages) {
    try (MetaMorphFolder from = MetaMorphFolder.read(model)) {
      check(from, training.recipe(), stages.contains(ShapesStage.LANGUAGE));
      boolean all = stages.containsAll(BEGUN_WITH);
      for (ShapesStage stage : stages) {
        if (!training.isDone(stage)) {
          put(from, training.place(stage), stage, all);
        }
      }
    }
  }

  /// Writes what `model` knows of a stage into the folder of a training, for the stage to begin
  /// with instead of fresh weights; a beginning that is there already is left alone.
  ///
  /// @param stages which of `BEGUN_WITH` are trained again
  public static void begin(Path model, ShapesTraining training, Collection<ShapesStage> stages) {
    try (MetaMorphFolder from = MetaMorphFolder.read(model)) {
      check(from, training.recipe(), true);
      for (ShapesStage stage : stages) {
        Path beginning = training.beginning(stage);
        if (!Files.exists(beginning)) {
          put(from, beginning, stage, true);
        }
      }
    }
  }

  private static void check(MetaMorphFolder from, ShapesRecipe recipe, boolean language) {
    LatentDiffusion decoder =
        from.decoder()
            .orElseThrow(
                () -> new ConfigException(from.path() + ": no parts to take: decoder/ is missing"));
    AutoencoderKlConfig vae = decoder.vae().config();
    same(from, "tokens", from.tokenizer().vocabSize(), recipe.vocabSize());
    if (language) {
      LlamaConfig found = from.model().config().language();
      same(from, "hidden_size", found.hiddenSize(), recipe.width());
      same(from, "num_hidden_layers", found.numHiddenLayers(), recipe.languageLayers());
    }
    SiglipVisionConfig vision = from.model().config().vision();
    same(from, "vision_config", vision.withoutHead(), recipe.visionConfig().withoutHead());
    same(from, "decoder/unet", decoder.unet().config(), recipe.unetConfig());
    same(from, "decoder/adapter", decoder.adapter().config(), recipe.adapterConfig());
    same(
        from,
        "decoder/vae",
        vae,
        recipe.autoencoderConfig().withScalingFactor(vae.scalingFactor()));
  }

  private static void same(MetaMorphFolder from, String what, Object found, Object wanted) {
    if (!found.equals(wanted)) {
      throw new ConfigException(
          "%s: %s: found %s, this training needs %s".formatted(from.path(), what, found, wanted));
    }
  }

  /// @param all whether a stage's result is taken whole, though others trained the same before
  private static void put(MetaMorphFolder from, Path result, ShapesStage stage, boolean all) {
    ShapesTraining.createFolders(result.getParent());
    Path decoder = from.path().resolve("decoder");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    switch (stage) {
      case TOKENIZER -> {
        from.tokenizer().save(result.getParent());
        return;
      }
      case SIGLIP, READING ->
          read(
              from.path(),
              tensors,
              name -> name.startsWith(WeightNames.TOWER) ? towerName(name) : "");
      case AUTOENCODER -> read(decoder.resolve("vae"), tensors, name -> name);
      case DECODER -> {
        read(decoder.resolve("unet"), tensors, name -> "unet." + name);
        read(decoder.resolve("adapter"), tensors, name -> "adapter." + name);
      }
      case LANGUAGE -> read(from.path(), tensors, name -> WeightNames.isLanguage(name) ? name : "");
      case ALIGNMENT ->
          read(
              from.path(),
              tensors,
              name -> WeightNames.isJoint(name) || WeightNames.hasImageTokens(name) ? name : "");
      case LOOKING ->
          read(
              from.path(),
              tensors,
              name -> {
                boolean tower = name.startsWith(WeightNames.TOWER);
                return tower || (all && !name.startsWith("vision_head")) ? name : "";
              });
      case VPIT -> throw new IllegalArgumentException("not taken: " + stage);
    }
    SafetensorsWriter.write(
        result, tensors, Map.of("format", "pt", "stage", stage.label(), "borrowed", "true"));
  }

  private static String towerName(String name) {
    return WeightNames.SIGLIP_TOWER + name.substring(WeightNames.TOWER.length());
  }

  /// Adds the tensors of a checkpoint in f32.
  ///
  /// @param rename the name a tensor gets, empty for none of it
  private static void read(Path path, Map<String, Tensor> to, Function<String, String> rename) {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      for (String name : checkpoint.names()) {
        String renamed = rename.apply(name);
        if (!renamed.isEmpty()) {
          to.put(renamed, Ops.run(new Op.Copy(), checkpoint.get(name).to(DType.F32)));
        }
      }
    }
  }
}
