package dev.chrysalis.zoo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import dev.chrysalis.zoo.shapes.Split;
import dev.chrysalis.zoo.shapes.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A step cut into parts has the losses and gradients of the whole step, though its rows differ in
/// length and in what they hold.
class PartsTest {
  private static final ShapesRecipe RECIPE = ShapesRecipe.tiny(1);

  @TempDir private Path folder;

  @Test
  void languageAndPictures() {
    ShapesWorld world = new ShapesWorld();
    Trainer idle = new Trainer(folder, Duration.ZERO, Duration.ZERO, new TrainingListener() {});
    ShapesTraining training = new ShapesTraining(RECIPE, world, folder, idle);
    ShapesBatches batches = new ShapesBatches(training.tokenizer());
    MetaMorphConfig config = training.config();
    Weights weights = Weights.fresh((name, shape) -> MetaMorph.initializer(config, name, shape), 1);
    MetaMorph model = MetaMorph.load(weights, config);
    assertAlike(
        "language",
        new LanguageStage(RECIPE, false, model, weights.tensors(), world, batches),
        weights);
    // Pictures that are shown are read as they are, in parts and in the whole.
    assertAlike(
        "alignment",
        new VisualStage(
            "alignment",
            RECIPE.vpit(),
            true,
            1,
            model,
            weights.tensors(),
            i -> world.sample(Split.TRAIN, i % 3 == 0 ? Task.TEXT : Task.VISION_CENTRIC, 1, i),
            batches),
        weights);
    MetaMorph before =
        MetaMorph.load(
            Weights.fresh((name, shape) -> MetaMorph.initializer(config, name, shape), 2), config);
    assertAlike(
        "reading",
        new ReadingStage(RECIPE, before, model, weights.tensors(), world, batches),
        weights);
    assertAlike(
        "looking",
        new LookingStage(RECIPE, before, model, weights.tensors(), world, batches),
        weights);
  }

  private static <B> void assertAlike(String name, Stage<B> stage, Weights weights) {
    List<Tensor> parameters = List.copyOf(weights.tensors().values());
    Differentiated whole = differentiated(stage, parameters, Stage.Part.WHOLE);
    for (int count : new int[] {2, 3}) {
      Differentiated mean =
          SideBySide.mean(
              Collections.nCopies(count, Backends.current().alone()),
              index -> differentiated(stage, parameters, new Stage.Part(index, count)));
      assertEquals(whole.value().item(), mean.value().item(), 1e-5, name);
      int i = 0;
      for (Map.Entry<String, Tensor> parameter : weights.tensors().entrySet()) {
        assertClose(
            "%s in %d parts: %s".formatted(name, count, parameter.getKey()),
            whole.gradients().get(i),
            mean.gradients().get(i));
        i++;
      }
    }
  }

  private static <B> Differentiated differentiated(
      Stage<B> stage, List<Tensor> parameters, Stage.Part part) {
    B batch = stage.batch(3, part);
    return Autograd.valuesAndGradients(parameters, () -> stage.losses(batch));
  }

  private static void assertClose(String name, Optional<Tensor> expected, Optional<Tensor> found) {
    assertEquals(expected.isPresent(), found.isPresent(), name);
    if (expected.isPresent()) {
      float[] e = expected.get().toFloats();
      float[] f = found.orElseThrow().toFloats();
      double largest = 0;
      double error = 0;
      for (int i = 0; i < e.length; i++) {
        largest = Math.max(largest, Math.abs(e[i]));
        error = Math.max(error, Math.abs(e[i] - f[i]));
      }
      double bound = 1e-4 * largest + 1e-7;
      double worst = error;
      assertTrue(worst <= bound, () -> "%s: off by %s, need %s".formatted(name, worst, bound));
    }
  }
}
