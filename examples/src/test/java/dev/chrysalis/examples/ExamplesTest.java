package dev.chrysalis.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.image.ImageProcessor;
import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.image.PictureWriter;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.models.siglip.SiglipVisionConfig;
import dev.chrysalis.models.tokenizer.BpeTrainer;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every example runs and shows what it says.
final class ExamplesTest {
  @TempDir Path folder;

  /// What an example prints.
  private static String output(Consumer<String[]> example, String... args) {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      example.accept(args);
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static void assertShows(String output, String part) {
    assertTrue(output.contains(part), () -> "no '" + part + "' in:\n" + output);
  }

  /// The last number behind `loss`.
  private static double lastLoss(String output) {
    Matcher matcher = Pattern.compile("loss ([0-9.]+)").matcher(output);
    double last = Double.NaN;
    while (matcher.find()) {
      last = Double.parseDouble(matcher.group(1));
    }
    return last;
  }

  @Test
  void tensorBasics() {
    String output = output(TensorBasics::main);
    assertShows(output, "[11.0, 22.0, 33.0, 14.0, 25.0, 36.0]");
    assertShows(output, "[14.0, 32.0, 32.0, 77.0]");
    assertShows(output, "same memory: true");
    assertShows(output, "[9.539392]");
    assertShows(output, "matmul: inner sizes differ: got (2, 3) and (1, 3)");
  }

  @Test
  void gradientDescent() {
    String output = output(GradientDescent::main);
    assertTrue(lastLoss(output) < 1e-3, output);
    Matcher matcher = Pattern.compile("= +([-0-9.]+), learnt +([-0-9.]+)").matcher(output);
    int points = 0;
    while (matcher.find()) {
      double truth = Double.parseDouble(matcher.group(1));
      assertEquals(truth, Double.parseDouble(matcher.group(2)), 0.1, output);
      points++;
    }
    assertEquals(5, points, output);
  }

  @Test
  void trainTinyLanguageModel() {
    String output = output(TrainTinyLanguageModel::main);
    assertTrue(lastLoss(output) < 0.1, output);
    assertShows(output, "Twinkle, twinkle, little star, how I wonder what you are!\nUp above");
    assertShows(output, "world so high, like a diamond in the sky.");
  }

  @Test
  void matchPicturesAndWords() {
    String output = output(MatchPicturesAndWords::main);
    Matcher matcher = Pattern.compile("named ([0-9]+) of 40").matcher(output);
    assertTrue(matcher.find() && Integer.parseInt(matcher.group(1)) >= 38, output);
  }

  @Test
  void readCheckpointAndAskMetaMorph() {
    writeMetaMorph();
    String output = output(ReadCheckpoint::main, folder.toString());
    assertShows(output, "model.mm_projector.0.weight");
    assertShows(output, "F32(24, 16)");
    assertShows(output, "1 files, ");

    Path picture = folder.resolve("picture.png");
    PictureWriter.write(Picture.filled(20, 30, 0x4080c0), picture);
    output =
        output(AskMetaMorph::main, folder.toString(), picture.toString(), "What colour is it?");
    assertShows(output, " pictures]");
  }

  @Test
  void mistakesAreExplained() {
    assertShows(output(ReadCheckpoint::main), "usage: ReadCheckpoint");
    assertShows(output(ReadCheckpoint::main, folder.toString()), folder + ": no weights");
    assertShows(output(AskMetaMorph::main), "usage: AskMetaMorph FOLDER PICTURE QUESTION");
    String output = output(AskMetaMorph::main, folder.toString(), "x.png", "Why?");
    assertShows(output, folder + ": no model: config.json is missing");
    assertShows(output, "`chrysalis train shapes` makes one");
  }

  /// A model of fresh weights: it answers, if only nonsense.
  private void writeMetaMorph() {
    List<String> specials = BpeTrainer.METAMORPH_SPECIALS;
    Tokenizer tokenizer =
        new BpeTrainer(256 + specials.size(), specials).train(List.of("What colour is it?"));
    int size = tokenizer.vocabSize();
    int[] ends = {tokenizer.idOf("<|eot_id|>")};
    LlamaConfig language =
        new LlamaConfig(
            size, 24, 32, 1, 2, 1, 12, 1e-5, 1e4, Optional.empty(), 96, false, 0, ends, 0.02);
    SiglipVisionConfig vision =
        new SiglipVisionConfig(16, 32, 1, 2, 3, 16, 4, 1e-6, "gelu_pytorch_tanh");
    MetaMorphConfig config =
        new MetaMorphConfig(
            language,
            vision,
            4,
            true,
            1,
            tokenizer.idOf("<image_start>"),
            tokenizer.idOf("<image_end>"));
    Weights weights = Weights.fresh((name, shape) -> MetaMorph.initializer(config, name, shape), 1);
    MetaMorph.load(weights, config);
    tokenizer.save(folder);
    ImageProcessor.siglip(16).save(folder);
    Json.write(folder.resolve("config.json"), config.toJson());
    SafetensorsWriter.writeSharded(folder, "model", weights.tensors(), 1 << 20);
  }
}
