package dev.chrysalis.zoo.train;

import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.models.tokenizer.BpeTrainer;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.SafetensorsFile;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import dev.chrysalis.zoo.shapes.Sample;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import dev.chrysalis.zoo.shapes.Task;
import dev.chrysalis.zoo.shapes.Split;
import dev.chrysalis.zoo.shapes.Turn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// The training of a MetaMorph on the shapes world, stage by stage in the paper's order. Each stage leaves its result in a folder of its name; a stage whose result is
/// there is not run again, one that was interrupted goes on from its checkpoint.
public final class ShapesTraining {
  private static final String RESULT = "result.safetensors";
  private static final String TOWER = "model.vision_tower.vision_tower.";

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
    try {
      Files.createDirectories(place);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
        spoken, Stream.of(world.captionPair(recipe.seed(), index).caption().toLowerCase()));
  }

  /// SigLIP's weights, both towers.
  public Map<String, Tensor> siglip() {
    Tokenizer tokenizer = tokenizer();
    Weights weights = Weights.fresh(Siglip::initializer, recipe.seed());
    Siglip model = Siglip.load(weights, recipe.siglipConfig());
    return result(
        new SiglipStage(
            recipe, model, weights.tensors(), world, new ShapesBatches(tokenizer)));
  }

  /// MetaMorph's weights after all stages but the decoder's.
  public Map<String, Tensor> metaMorph() {
    ShapesBatches batches = new ShapesBatches(tokenizer());
    MetaMorphConfig config = config();
    Weights weights =
        Weights.fresh(
            (name, shape) -> MetaMorph.initializer(config, name, shape), recipe.seed() + 1);
    MetaMorph model = MetaMorph.load(weights, config);
    Map<String, Tensor> all = weights.tensors();
    siglip()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith("vision_model.")) {
                copy(tensor, all.get(TOWER + name.substring("vision_model.".length())));
              }
            });
    Map<String, Tensor> language = only(all, ShapesTraining::isLanguage);
    take(result(new LanguageStage(recipe, model, language, world, batches)), all);
    addImageTokens(config, all);
    align(model, all, batches);
    Map<String, Tensor> trained = only(all, name -> !name.startsWith(TOWER));
    take(
        result(
            new VisualStage(
                "vpit",
                recipe.vpit(),
                true,
                model,
                trained,
                i -> world.mixture(recipe.seed() + 2, i),
                batches)),
        all);
    return all;
  }

  /// The config of the model this training makes.
  public MetaMorphConfig config() {
    Tokenizer tokenizer = tokenizer();
    return recipe.metaMorphConfig(
        tokenizer.idOf("<|begin_of_text|>"),
        new int[] {
          tokenizer.idOf("<|end_of_text|>"),
          tokenizer.idOf("<|eom_id|>"),
          tokenizer.idOf("<|eot_id|>")
        },
        tokenizer.idOf(MetaMorphPrompt.IMAGE_START),
        tokenizer.idOf(MetaMorphPrompt.IMAGE_END));
  }

  private static boolean isLanguage(String name) {
    return !name.startsWith(TOWER)
        && !name.startsWith("model.mm_projector")
        && !name.startsWith("vision_head");
  }

  /// The rows of the two image tokens become the mean of all others, as for tokens added to a trained model.
  private static void addImageTokens(MetaMorphConfig config, Map<String, Tensor> all) {
    for (String name : List.of("model.embed_tokens.weight", "lm_head.weight")) {
      Tensor table = all.get(name);
      int start = Math.min(config.imageStartTokenId(), config.imageEndTokenId());
      Scope.run(
          () -> {
            Tensor before = table.slice(0, 0, start);
            Tensor mean = before.mean(0, true);
            Ops.copyInto(mean, table.slice(0, config.imageStartTokenId(), config.imageStartTokenId() + 1));
            Ops.copyInto(mean, table.slice(0, config.imageEndTokenId(), config.imageEndTokenId() + 1));
          });
    }
  }

  /// Stage 1: projector and embedding table learn from descriptions; of the table only the rows of the two image tokens are kept.
  private void align(MetaMorph model, Map<String, Tensor> all, ShapesBatches batches) {
    String table = "model.embed_tokens.weight";
    Tensor before = Ops.run(new dev.chrysalis.tensor.Op.Copy(), all.get(table));
    Map<String, Tensor> trained =
        only(all, name -> name.startsWith("model.mm_projector") || name.equals(table));
    take(
        result(
            new VisualStage(
                "alignment",
                recipe.alignment(),
                false,
                model,
                trained,
                i -> world.sample(Split.TRAIN, Task.CAPTION, recipe.seed() + 3, i),
                batches)),
        all);
    MetaMorphConfig config = model.config();
    for (int id = 0; id < config.language().vocabSize(); id++) {
      if (id != config.imageStartTokenId() && id != config.imageEndTokenId()) {
        Ops.copyInto(before.slice(0, id, id + 1), all.get(table).slice(0, id, id + 1));
      }
    }
  }

  // ---- results

  private <B> Map<String, Tensor> result(Stage<B> stage) {
    Path file = folder.resolve(stage.name()).resolve(RESULT);
    if (Files.exists(file)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      try (SafetensorsFile saved = SafetensorsFile.open(file)) {
        for (String name : saved.names()) {
          tensors.put(name, Ops.run(new dev.chrysalis.tensor.Op.Copy(), saved.get(name)));
        }
      }
      return tensors;
    }
    Map<String, Tensor> trained = trainer.run(stage);
    SafetensorsWriter.write(file, trained, Map.of("format", "pt", "stage", stage.name()));
    return trained;
  }

  private static Map<String, Tensor> only(Map<String, Tensor> all, Predicate<String> wanted) {
    Map<String, Tensor> some = new LinkedHashMap<>();
    all.forEach(
        (name, tensor) -> {
          if (wanted.test(name)) {
            some.put(name, tensor);
          }
        });
    return some;
  }

  private static void take(Map<String, Tensor> result, Map<String, Tensor> all) {
    result.forEach((name, tensor) -> copy(tensor, all.get(name)));
  }

  private static void copy(Tensor from, Tensor to) {
    if (from != to) {
      Ops.copyInto(from, to);
    }
  }
}
