package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.models.tokenizer.BpeTrainer;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class ComposeCommandTest {
  private static final Path VISION = Run.fixtures().resolve("siglip-tiny");
  private static final Path DIFFUSION = Run.fixtures().resolve("diffusion-tiny");

  /// One less than the model has rows: of the two new tokens one finds a row, one needs a new one.
  private static final int WORDS = 319;

  @TempDir private Path folder;
  private Path language;
  private Path out;

  /// The golden LLaMA with a tokenizer that knows no pictures.
  @BeforeEach
  void makeLanguage() throws IOException {
    language = Files.createDirectory(folder.resolve("language"));
    out = folder.resolve("out");
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(Run.fixtures().resolve("llama-tiny").resolve(file), language.resolve(file));
    }
    List<String> specials = new ArrayList<>(BpeTrainer.METAMORPH_SPECIALS);
    specials.removeAll(List.of(MetaMorphPrompt.IMAGE_START, MetaMorphPrompt.IMAGE_END));
    List<String> texts =
        List.of(
            "the quick brown fox jumps over the lazy dog ".repeat(9),
            "sphinx of black quartz, judge my vow ".repeat(9),
            "pack my box with five dozen liquor jugs ".repeat(9));
    new BpeTrainer(WORDS, specials).train(texts).save(language);
  }

  private Run compose(Path first, Path second, Path third) {
    return Run.of(
        "compose", "--language", first, "--vision", second, "--diffusion", third, "-o", out);
  }

  @Test
  void partsStayWhatTheyAreAndNewTokensAreTheMean() {
    Run run = compose(language, VISION, DIFFUSION);
    assertEquals(0, run.status(), run.err());
    try (MetaMorphFolder made = MetaMorphFolder.read(out);
        Checkpoint weights = Checkpoint.open(out);
        Checkpoint words = Checkpoint.open(language);
        Checkpoint eyes = Checkpoint.open(VISION)) {
      assertEquals(WORDS, Tokenizer.load(language).vocabSize());
      assertEquals(WORDS + 2, made.tokenizer().vocabSize());
      assertEquals(WORDS + 2, made.model().config().language().vocabSize());
      assertEquals(WORDS, made.tokenizer().idOf(MetaMorphPrompt.IMAGE_START));
      assertTrue(made.decoder().isPresent());
      for (String name : words.names()) {
        Tensor before = words.get(name);
        Tensor after = weights.get(name);
        boolean table = name.equals("lm_head.weight") || name.equals("model.embed_tokens.weight");
        if (table) {
          before = before.slice(0, 0, WORDS);
          float[] mean = before.mean(0, false).toFloats();
          assertArrayEquals(mean, after.select(0, WORDS).toFloats(), 1e-7f);
          assertArrayEquals(mean, after.select(0, WORDS + 1).toFloats(), 1e-7f);
          after = after.slice(0, 0, WORDS);
        }
        assertArrayEquals(before.toFloats(), after.toFloats(), name);
      }
      Weights tower = Weights.of(eyes);
      Siglip siglip =
          Siglip.load(
              tower, Siglip.Config.read(Json.readObject(VISION.resolve("config.json")), "siglip"));
      int side = siglip.vision().config().imageSize();
      Tensor pixels = Ops.normal(DType.F32, 1, 0, 1, 3, side, side);
      assertArrayEquals(
          siglip.vision().features(pixels).toFloats(),
          made.model().visionTower().features(pixels).toFloats(),
          1e-5f);
    }
  }

  /// The file holds a pooling head, which is left out then, and is passed over where it is left.
  @Test
  void theVisionTowerNeedsNoPoolingHead() throws IOException {
    Path vision = Files.createDirectory(folder.resolve("vision"));
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(VISION.resolve(file), vision.resolve(file));
    }
    withoutHead(vision, "vision_config");
    assertEquals(0, compose(language, vision, DIFFUSION).status());
    try (MetaMorphFolder made = MetaMorphFolder.read(out);
        Checkpoint weights = Checkpoint.open(out)) {
      assertTrue(made.model().visionTower().head().isEmpty());
      assertTrue(weights.names().stream().noneMatch(name -> name.contains(".head.")));
    }
    out = folder.resolve("with head");
    assertEquals(0, compose(language, VISION, DIFFUSION).status());
    withoutHead(out, "mm_vision_config");
    try (MetaMorphFolder made = MetaMorphFolder.read(out)) {
      assertTrue(made.model().visionTower().head().isEmpty());
    }
  }

  private static void withoutHead(Path model, String part) {
    Path file = model.resolve("config.json");
    ObjectNode config = Json.readObject(file);
    config.withObject(part).put("vision_use_head", false);
    Json.write(file, config);
  }

  @Test
  void partsOfAnotherKindAreNamed() throws IOException {
    assertRefused(
        compose(VISION, VISION, DIFFUSION),
        "%s: model_type: found 'siglip', need llama".formatted(VISION.resolve("config.json")));
    assertRefused(
        compose(language, language, DIFFUSION),
        "%s: model_type: found 'llama', need siglip or siglip_vision_model"
            .formatted(language.resolve("config.json")));
    assertRefused(
        compose(language, folder.resolve("none"), DIFFUSION),
        folder.resolve("none") + ": no model: config.json is missing");
    assertEquals(2, Run.of("compose", "-o", out).status());
  }

  private void assertRefused(Run run, String message) {
    assertEquals(1, run.status());
    assertEquals("chrysalis: " + message, run.err().strip());
    assertFalse(Files.exists(out));
  }
}
