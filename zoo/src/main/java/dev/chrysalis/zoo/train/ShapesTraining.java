package dev.chrysalis.zoo.train;

import dev.chrysalis.models.diffusion.AutoencoderKl;
import dev.chrysalis.models.diffusion.DiffusionFolder;
import dev.chrysalis.models.diffusion.DiffusionLoss;
import dev.chrysalis.models.diffusion.DpmSolverMultistep;
import dev.chrysalis.models.diffusion.NoiseSchedule;
import dev.chrysalis.models.diffusion.PredictionType;
import dev.chrysalis.models.diffusion.UNet;
import dev.chrysalis.models.diffusion.VisualAdapter;
import dev.chrysalis.models.image.ImageProcessor;
import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.models.siglip.SiglipVision;
import dev.chrysalis.models.tokenizer.BpeTrainer;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.SafetensorsFile;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import dev.chrysalis.zoo.shapes.Sample;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import dev.chrysalis.zoo.shapes.Split;
import dev.chrysalis.zoo.shapes.Task;
import dev.chrysalis.zoo.shapes.Turn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// The training of a MetaMorph on the shapes world, stage by stage in the paper's order. Each stage
/// leaves its result in a folder of its name; a stage whose result is there is not run again, one
/// that was interrupted goes on from its checkpoint.
public final class ShapesTraining {
  private static final String RESULT = "result.safetensors";
  private static final String BEGINNING = "beginning.safetensors";
  private static final int SCALING_PICTURES = 256;
  private static final long MAX_SHARD_BYTES = 5_000_000_000L;

  /// Of the noise, a network learns little where there is much of it, and there the layout of a
  /// picture is decided; of the velocity it learns at every level.
  private static final PredictionType PREDICTION = PredictionType.V_PREDICTION;

  private static final String DESCRIBER = "describer.";

  private final ShapesRecipe recipe;
  private final ShapesWorld world;
  private final Path folder;
  private final Trainer trainer;

  public ShapesTraining(ShapesRecipe recipe, ShapesWorld world, Path folder, Trainer trainer) {
    this.recipe = recipe;
    this.world = world;
    this.folder = folder;
    this.trainer = trainer;
  }

  /// The tokenizer, trained on texts of all kinds if it is not there yet.
  public Tokenizer tokenizer() {
    Path place = folder.resolve("tokenizer");
    if (Files.exists(place.resolve("tokenizer.json"))) {
      return Tokenizer.load(place);
    }
    createFolders(place);
    Tokenizer tokenizer =
        new BpeTrainer(recipe.vocabSize(), BpeTrainer.METAMORPH_SPECIALS).train(texts());
    tokenizer.save(place);
    return tokenizer;
  }

  private List<String> texts() {
    return LongStream.range(0, recipe.tokenizerTexts())
        .parallel()
        .boxed()
        .flatMap(this::texts)
        .toList();
  }

  private Stream<String> texts(long index) {
    Stream<Sample> samples =
        Stream.of(world.mixture(recipe.seed(), index), world.textCorpus(recipe.seed(), index));
    Stream<String> spoken =
        samples
            .flatMap(sample -> sample.turns().stream())
            .map(Turn::value)
            .map(text -> text.replace(Turn.PLACEHOLDER, ""));
    return Stream.concat(
        spoken,
        Stream.of(world.captionPair(recipe.seed(), index).caption().toLowerCase(Locale.ROOT)));
  }

  /// SigLIP's weights, both towers, and those of the model that described pictures meanwhile
  /// (`describer.…`).
  public Map<String, Tensor> siglip() {
    Tokenizer tokenizer = tokenizer();
    MetaMorphConfig config = config(recipe::describerConfig);
    Weights weights =
        Weights.fresh(
            (name, shape) ->
                name.startsWith(DESCRIBER)
                    ? MetaMorph.initializer(config, name.substring(DESCRIBER.length()), shape)
                    : Siglip.initializer(name, shape),
            recipe.seed());
    Siglip model = Siglip.load(weights, recipe.siglipConfig());
    MetaMorph describer = MetaMorph.load(weights.at("describer"), config, model.vision());
    Map<String, Tensor> trained =
        WeightCopies.only(weights.tensors(), name -> !name.startsWith(DESCRIBER + "vision_head"));
    return result(
        new SiglipStage(recipe, model, describer, trained, world, new ShapesBatches(tokenizer)));
  }

  /// Weights of the vision tower (`vision_model.…`) that has learnt to read, and of the model that
  /// spelled what it saw (`describer.…`).
  public Map<String, Tensor> reading() {
    MetaMorphConfig config = config(recipe::describerConfig);
    Weights weights =
        Weights.fresh(
            (name, shape) ->
                name.startsWith(DESCRIBER)
                    ? MetaMorph.initializer(config, name.substring(DESCRIBER.length()), shape)
                    : Siglip.initializer(name, shape),
            recipe.seed() + 10);
    SiglipVision tower =
        SiglipVision.load(weights.at("vision_model"), recipe.visionConfig().withoutHead());
    MetaMorph reader = MetaMorph.load(weights.at("describer"), config, tower);
    WeightCopies.take(
        WeightCopies.only(siglip(), name -> name.startsWith(WeightNames.SIGLIP_TOWER)),
        weights.tensors());
    Map<String, Tensor> trained =
        WeightCopies.only(weights.tensors(), name -> !name.startsWith(DESCRIBER + "vision_head"));
    return result(
        new ReadingStage(
            recipe, eyes(siglip()), reader, trained, world, new ShapesBatches(tokenizer())));
  }

  /// A model whose vision tower is a trained one, and nothing else is.
  ///
  /// @param siglip with the tower, `vision_model.…`
  private MetaMorph eyes(Map<String, Tensor> siglip) {
    MetaMorphConfig config = config();
    Weights weights =
        Weights.fresh(
            (name, shape) -> MetaMorph.initializer(config, name, shape), recipe.seed() + 1);
    MetaMorph model = MetaMorph.load(weights, config);
    WeightCopies.takeTower(siglip, weights.tensors());
    return model;
  }

  /// Whether the result of a stage is there.
  public boolean isDone(ShapesStage stage) {
    return Files.exists(place(stage));
  }

  /// The file with the result of a stage.
  Path place(ShapesStage stage) {
    String result = stage == ShapesStage.TOKENIZER ? "tokenizer.json" : RESULT;
    return folder.resolve(stage.label()).resolve(result);
  }

  /// The file with the weights that a stage begins with, if it does not begin with fresh ones.
  Path beginning(ShapesStage stage) {
    return folder.resolve(stage.label()).resolve(BEGINNING);
  }

  private boolean isBegun(ShapesStage stage) {
    return Files.exists(beginning(stage));
  }

  ShapesRecipe recipe() {
    return recipe;
  }

  /// Runs one stage, and before it those that it needs, as far as their results are not there.
  public void run(ShapesStage stage) {
    switch (stage) {
      case TOKENIZER -> tokenizer();
      case SIGLIP -> siglip();
      case READING -> reading();
      case LANGUAGE, ALIGNMENT, LOOKING, VPIT -> metaMorph(stage);
      case AUTOENCODER -> autoencoder();
      case DECODER -> decoder();
    }
  }

  /// MetaMorph's weights after all stages but the decoder's.
  public Map<String, Tensor> metaMorph() {
    return metaMorph(ShapesStage.VPIT);
  }

  /// @param last language, alignment, looking or VPiT
  private Map<String, Tensor> metaMorph(ShapesStage last) {
    ShapesBatches batches = new ShapesBatches(tokenizer());
    MetaMorphConfig config = config();
    Weights weights =
        Weights.fresh(
            (name, shape) -> MetaMorph.initializer(config, name, shape), recipe.seed() + 1);
    MetaMorph model = MetaMorph.load(weights, config);
    Map<String, Tensor> all = weights.tensors();
    begin(ShapesStage.LANGUAGE, all);
    Map<String, Tensor> language = WeightCopies.only(all, WeightNames::isLanguage);
    boolean answersOnly = isBegun(ShapesStage.LANGUAGE);
    WeightCopies.take(
        result(new LanguageStage(recipe, answersOnly, model, language, world, batches)), all);
    if (last == ShapesStage.LANGUAGE) {
      return all;
    }
    WeightCopies.takeTower(reading(), all);
    if (!isBegun(ShapesStage.LANGUAGE) && !isBegun(ShapesStage.ALIGNMENT)) {
      WeightCopies.addImageTokens(config, all);
    }
    begin(ShapesStage.ALIGNMENT, WeightCopies.only(all, WeightNames::isJoint));
    align(model, all, batches);
    if (last == ShapesStage.ALIGNMENT) {
      return all;
    }
    WeightCopies.take(
        result(new LookingStage(recipe, eyes(reading()), model, all, world, batches)), all);
    if (last == ShapesStage.LOOKING) {
      return all;
    }
    Map<String, Tensor> trained =
        WeightCopies.only(all, name -> !name.startsWith(WeightNames.TOWER));
    WeightCopies.take(
        result(
            new VisualStage(
                "vpit",
                recipe.vpit(),
                true,
                recipe.seed() + 9,
                model,
                trained,
                i -> world.mixture(recipe.seed() + 2, i),
                batches)),
        all);
    return all;
  }

  /// The autoencoder's weights.
  public Map<String, Tensor> autoencoder() {
    Weights weights = Weights.fresh(AutoencoderKl::initializer, recipe.seed() + 6);
    AutoencoderKl model = AutoencoderKl.load(weights, recipe.autoencoderConfig());
    return result(new AutoencoderStage(recipe, model, weights.tensors(), world));
  }

  /// Weights of the UNet (`unet/…`) and of the adapter (`adapter/…`).
  public Map<String, Tensor> decoder() {
    Weights weights =
        Weights.fresh(
            (name, shape) ->
                name.startsWith("unet.")
                    ? UNet.initializer(name.substring("unet.".length()), shape)
                    : VisualAdapter.initializer(name.substring("adapter.".length()), shape),
            recipe.seed() + 7);
    UNet unet = UNet.load(weights.at("unet"), recipe.unetConfig());
    VisualAdapter adapter = VisualAdapter.load(weights.at("adapter"), recipe.adapterConfig());
    DiffusionLoss loss = new DiffusionLoss(unet, NoiseSchedule.stableDiffusion(), PREDICTION);
    return result(
        new DecoderStage(recipe, eyes(reading()), vae(), adapter, loss, weights.tensors(), world));
  }

  /// The trained autoencoder; its scaling factor brings the latents of pictures to deviation 1.
  private AutoencoderKl vae() {
    Weights weights = Weights.of("autoencoder", autoencoder());
    AutoencoderKl model = AutoencoderKl.load(weights, recipe.autoencoderConfig());
    List<Picture> pictures =
        ShapesBatches.draw(0, SCALING_PICTURES, i -> world.picture(recipe.seed() + 8, i));
    double square =
        Scope.compute(() -> model.encode(ShapesBatches.pixels(pictures)).mean().square().mean())
            .item();
    return AutoencoderKl.load(
        weights, recipe.autoencoderConfig().withScalingFactor(1 / Math.sqrt(square)));
  }

  /// Writes the model to `target`, in bf16: the layout of a MetaMorph folder with tokenizer,
  /// preprocessor and `decoder/`.
  public void assemble(Path target) {
    MetaMorphConfig config = config();
    createFolders(target.resolve("decoder"));
    SafetensorsWriter.writeSharded(target, "model", halved(metaMorph()), MAX_SHARD_BYTES);
    tokenizer().save(target);
    ImageProcessor.siglip(config.vision().imageSize()).save(target);
    Map<String, Tensor> unet = new LinkedHashMap<>();
    Map<String, Tensor> adapter = new LinkedHashMap<>();
    decoder()
        .forEach((name, tensor) -> {
          boolean inUnet = name.startsWith("unet.");
          String rest = name.substring(name.indexOf('.') + 1);
          (inUnet ? unet : adapter).put(rest, tensor);
        });
    DiffusionFolder.write(
        target.resolve("decoder"),
        new DiffusionFolder.Part<>(recipe.unetConfig(), halved(unet)),
        new DiffusionFolder.Part<>(vae().config(), halved(autoencoder())),
        new DiffusionFolder.Part<>(recipe.adapterConfig(), halved(adapter)),
        DpmSolverMultistep.of(NoiseSchedule.stableDiffusion(), PREDICTION));
    Json.write(target.resolve("config.json"), config.toJson());
  }

  private static Map<String, Tensor> halved(Map<String, Tensor> tensors) {
    Map<String, Tensor> halves = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> halves.put(name, tensor.to(DType.BF16)));
    return halves;
  }

  static void createFolders(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The config of the model this training makes.
  public MetaMorphConfig config() {
    return config(recipe::metaMorphConfig);
  }

  private MetaMorphConfig config(ShapesRecipe.WithTokens make) {
    Tokenizer tokenizer = tokenizer();
    return make.config(
        tokenizer.idOf("<|begin_of_text|>"),
        new int[] {
          tokenizer.idOf("<|end_of_text|>"),
          tokenizer.idOf("<|eom_id|>"),
          tokenizer.idOf("<|eot_id|>")
        },
        tokenizer.idOf(MetaMorphPrompt.IMAGE_START),
        tokenizer.idOf(MetaMorphPrompt.IMAGE_END));
  }

  /// Stage 1: projector and embedding table learn from descriptions; of the table only the rows of
  /// the two image tokens are kept.
  private void align(MetaMorph model, Map<String, Tensor> all, ShapesBatches batches) {
    Map<String, Tensor> before = new LinkedHashMap<>();
    for (String name : List.of(WeightNames.TABLE, WeightNames.HEAD)) {
      before.put(name, Ops.run(new Op.Copy(), all.get(name)));
    }
    Map<String, Tensor> trained =
        WeightCopies.only(
            all, name -> name.startsWith("model.mm_projector") || name.equals(WeightNames.TABLE));
    WeightCopies.take(
        result(
            new VisualStage(
                "alignment",
                recipe.alignment(),
                false,
                recipe.seed() + 9,
                model,
                trained,
                i -> world.sample(Split.TRAIN, Task.CAPTION, recipe.seed() + 3, i),
                batches)),
        all);
    MetaMorphConfig config = model.config();
    for (int id = 0; id < config.language().vocabSize(); id++) {
      if (id != config.imageStartTokenId() && id != config.imageEndTokenId()) {
        int row = id;
        before.forEach((name, table) ->
            Ops.copyInto(table.slice(0, row, row + 1), all.get(name).slice(0, row, row + 1)));
      }
    }
  }

  // ---- results

  /// Gives the weights of a stage their beginning, if it has one.
  private void begin(ShapesStage stage, Map<String, Tensor> weights) {
    if (isBegun(stage)) {
      WeightCopies.take(WeightCopies.only(read(beginning(stage)), weights::containsKey), weights);
    }
  }

  private static Map<String, Tensor> read(Path file) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (SafetensorsFile saved = SafetensorsFile.open(file)) {
      for (String name : saved.names()) {
        tensors.put(name, Ops.run(new Op.Copy(), saved.get(name)));
      }
    }
    return tensors;
  }

  private <B> Map<String, Tensor> result(Stage<B> stage) {
    Path file = folder.resolve(stage.plan().name()).resolve(RESULT);
    if (Files.exists(file)) {
      return read(file);
    }
    Map<String, Tensor> trained = trainer.run(stage);
    SafetensorsWriter.write(file, trained, Map.of("format", "pt", "stage", stage.plan().name()));
    return trained;
  }
}
