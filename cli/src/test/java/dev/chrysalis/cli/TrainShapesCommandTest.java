package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.zoo.train.ShapesStage;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class TrainShapesCommandTest {
  private static final Pattern CHECKPOINT = Pattern.compile("checkpoint-(\\d+)\\.safetensors");
  private static final int SCALE = 20;
  private static final int STEPS = 120;

  @TempDir private Path folder;

  @Test
  void everyStageSaysWhatItReached() {
    List<String> lines = TinyModel.run().out().lines().toList();
    assertEquals("tokenizer: 512 tokens", lines.getFirst());
    for (int i = 1; i < ShapesStage.values().length; i++) {
      String reached =
          ShapesStage.values()[i].label()
              + ": \\d+ steps, loss \\d.*; \\d.\\d+e\\+\\d+ FLOP, \\d+\\.\\d GFLOP/s, \\d+ s";
      assertTrue(lines.get(i).matches(reached), lines.get(i));
    }
    assertEquals("model: " + TinyModel.model(), lines.getLast());
    assertTrue(Files.exists(TinyModel.model().resolve("config.json")));
  }

  @Test
  void finishedTrainingIsNotDoneAgainAndOptionsNeedNotBeRepeated() throws IOException {
    Path result = TinyModel.training().resolve("vpit").resolve("result.safetensors");
    byte[] before = Files.readAllBytes(result);
    Path target = folder.resolve("model");
    Run run = Run.of("train", "shapes", "--out", TinyModel.training(), "--assemble", target);
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("vpit: done before; 6 steps, loss "), run.out());
    assertArrayEquals(before, Files.readAllBytes(result));
    for (String file : List.of("model.safetensors", "config.json", "tokenizer.json")) {
      assertEquals(-1, Files.mismatch(TinyModel.model().resolve(file), target.resolve(file)), file);
    }
    assertFalse(hasLeftOvers(target));
  }

  private static boolean hasLeftOvers(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.anyMatch(file -> file.getFileName().toString().startsWith("."));
    }
  }

  @Test
  void ownFilesBesideAModelStayWhenItIsReplaced() throws IOException {
    Path target = TinyModel.copy(TinyModel.model(), folder.resolve("model"));
    Files.writeString(target.resolve("README.md"), "card");
    Files.write(target.resolve("model.safetensors"), new byte[5]);
    Run run = Run.of("train", "shapes", "--out", TinyModel.training(), "--assemble", target);
    assertEquals(0, run.status(), run.err());
    assertEquals("card", Files.readString(target.resolve("README.md")));
    Path weights = Path.of("model.safetensors");
    assertEquals(-1, Files.mismatch(TinyModel.model().resolve(weights), target.resolve(weights)));
  }

  @Test
  void stagesRunAlone() throws IOException {
    Path run = prepared("facts", 1);
    assertEquals(0, language(run).status());
    assertTrue(Files.exists(run.resolve("language").resolve("result.safetensors")));
    assertFalse(Files.exists(run.resolve("siglip")), "language needs no sight");
  }

  @Test
  void partsOfAModelAreTakenAndWithholdingFactsChangesTheRest() throws IOException {
    Path out = folder.resolve("withheld");
    Run run = Run.of(withheld(out));
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("siglip: done before"), run.out());
    Path model = out.resolve("model");
    for (String part :
        List.of(
            "tokenizer.json",
            "decoder/unet/diffusion_pytorch_model.safetensors",
            "decoder/vae/diffusion_pytorch_model.safetensors",
            "decoder/adapter/adapter.safetensors")) {
      assertEquals(-1, Files.mismatch(TinyModel.model().resolve(part), model.resolve(part)), part);
    }
    String tower = "model.vision_tower.vision_tower.encoder.layers.1.mlp.fc1.weight";
    String word = "lm_head.weight";
    try (Checkpoint before = Checkpoint.open(TinyModel.model());
        Checkpoint after = Checkpoint.open(model)) {
      assertArrayEquals(floats(before, tower), floats(after, tower));
      assertFalse(Arrays.equals(floats(before, word), floats(after, word)));
    }
  }

  private static float[] floats(Checkpoint checkpoint, String name) {
    return checkpoint.get(name).to(DType.F32).toFloats();
  }

  private Object[] withheld(Path out) {
    return new Object[] {
      "train", "shapes", "--tiny", "--withhold-facts", "--from", TinyModel.model(), "--out", out
    };
  }

  @Test
  void aStageThatIsNamedIsTrainedAndNotTaken() throws IOException {
    Path out = folder.resolve("decoder");
    Object[] words = {
      "train", "shapes", "--tiny", "--from", TinyModel.model(), "--stages=decoder", "--out", out
    };
    Run run = Run.of(words);
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("decoder: 4 steps, loss "), run.out());
    assertTrue(Files.exists(out.resolve("siglip").resolve("result.safetensors")));
    assertFalse(Files.exists(out.resolve("siglip").resolve("summary.txt")), "taken, not trained");
    Run again = Run.of("train", "shapes", "--out", out, "--stages=decoder");
    assertTrue(again.out().contains("decoder: done before"), again.out() + again.err());
  }

  @Test
  void threeStepsFurtherAreCloseToTheModelItStartsFrom() throws IOException {
    Path out = folder.resolve("further");
    Object[] words = {
      "train",
      "shapes",
      "--tiny",
      "--scale=0.5",
      "--seed=9",
      "--continue",
      TinyModel.model(),
      "--out",
      out
    };
    Run run = Run.of(words);
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("vpit: 3 steps, loss "), run.out());
    assertCloseToTinyModel(out.resolve("model"), 0.6);
  }

  @Test
  void namedStagesOfAContinuedTrainingBeginWithItsWeights() throws IOException {
    Path out = folder.resolve("again");
    Object[] words = {
      "train",
      "shapes",
      "--tiny",
      "--scale=0.5",
      "--seed=9",
      "--continue",
      TinyModel.model(),
      "--stages=language,alignment,vpit,assemble",
      "--out",
      out
    };
    Run run = Run.of(words);
    assertEquals(0, run.status(), run.err());
    for (String stage : List.of("language: 3 steps", "alignment: 2 steps", "vpit: 3 steps")) {
      assertTrue(run.out().contains(stage), run.out());
    }
    assertCloseToTinyModel(out.resolve("model"), 0.9);
    try (Checkpoint looking = Checkpoint.open(out.resolve("looking/result.safetensors"))) {
      assertTrue(
          looking.names().stream().allMatch(name -> name.contains("vision_tower")),
          "a language model that is trained again is not replaced by the old one");
    }
  }

  /// No row of a matrix has moved by more than `most` times its length, and the vision tower not at
  /// all. Fresh weights would lie further away than their length.
  private static void assertCloseToTinyModel(Path model, double most) throws IOException {
    try (Checkpoint before = Checkpoint.open(TinyModel.model());
        Checkpoint after = Checkpoint.open(model)) {
      for (String name : before.names()) {
        float[] old = floats(before, name);
        float[] now = floats(after, name);
        if (name.contains("vision_tower")) {
          assertArrayEquals(old, now, name);
        } else if (before.type(name).shape().rank() == 2) {
          assertFalse(Arrays.equals(old, now), name);
          int columns = before.type(name).shape().size(1);
          for (int at = 0; at < old.length; at += columns) {
            double moved =
                distance(
                    Arrays.copyOfRange(old, at, at + columns),
                    Arrays.copyOfRange(now, at, at + columns));
            assertTrue(moved < most, "%s: row %d: %s".formatted(name, at / columns, moved));
          }
        }
      }
    }
  }

  /// Relative to the length of `before`.
  private static double distance(float[] before, float[] after) {
    double length = 0;
    double difference = 0;
    for (int i = 0; i < before.length; i++) {
      length += before[i] * before[i];
      difference += (after[i] - before[i]) * (after[i] - before[i]);
    }
    return Math.sqrt(difference / length);
  }

  @Test
  void partsOfAnotherSizeAreRefused() {
    Path out = folder.resolve("full");
    Run run = Run.of("train", "shapes", "--from", TinyModel.model(), "--out", out);
    assertEquals(1, run.status());
    assertTrue(run.err().contains("tokens: found 512, this training needs 1024"), run.err());
    Run again = Run.of("train", "shapes", "--out", out);
    assertEquals(1, again.status());
    assertTrue(again.err().contains("lacks some; give --from again"), again.err());
  }

  /// A folder as a killed run leaves it behind the tokenizer's stage.
  private Path prepared(String name, int scale) throws IOException {
    Path run = Files.createDirectories(folder.resolve(name));
    TinyModel.copy(TinyModel.training().resolve("tokenizer"), run.resolve("tokenizer"));
    Files.writeString(
        run.resolve("recipe.json"),
        "{\"tiny\": true, \"seed\": 1, \"scale\": %d, \"facts\": true, \"borrowed\": false,"
                .formatted(scale)
            + " \"continued\": false}");
    return run;
  }

  private static Run language(Path run) {
    return Run.of("train", "shapes", "--out", run, "--stages=language");
  }

  @Test
  @Timeout(300)
  void killedProcessGoesOnBitForBit() throws Exception {
    Path whole = prepared("whole", SCALE);
    assertEquals(0, language(whole).status());
    Path killed = prepared("killed", SCALE);
    for (int step : new int[] {15, 40}) {
      killAt(step, killed);
    }
    Run resumed = language(killed);
    assertEquals(0, resumed.status(), resumed.err());
    assertTrue(resumed.err().contains("language: goes on at step "), resumed.err());
    Path result = Path.of("language", "result.safetensors");
    assertEquals(-1, Files.mismatch(whole.resolve(result), killed.resolve(result)));
    try (Stream<Path> files = Files.list(killed.resolve("language"))) {
      assertTrue(files.noneMatch(file -> file.toString().endsWith(".part")));
    }
  }

  /// Starts the program in a process of its own and kills it, without any warning, as soon as it
  /// has written the checkpoint of `step` or a later one.
  private void killAt(int step, Path run) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("train", "shapes", "--out", run.toString()));
    command.addAll(List.of("--stages=language", "--checkpoint-every=0"));
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(Redirect.to(log.toFile()))
            .redirectErrorStream(true)
            .start();
    try {
      while (newest(run.resolve("language")) < step) {
        assertTrue(process.isAlive(), () -> "ended by itself: " + read(log));
        Thread.sleep(5);
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertNotEquals(0, process.exitValue());
    assertTrue(newest(run.resolve("language")) < STEPS, "killed too late to show anything");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static int newest(Path stage) throws IOException {
    if (!Files.exists(stage)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(stage)) {
      return files
          .map(file -> CHECKPOINT.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .mapToInt(m -> Integer.parseInt(m.group(1)))
          .max()
          .orElse(0);
    }
  }

  @Test
  void twoTrainingsDoNotShareAFolder() throws Exception {
    Path run = prepared("locked", 1);
    assertEquals(0, language(run).status());
    ProcessBuilder holder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            LockHolder.class.getName(),
            run.toString());
    Process process = holder.redirectError(Redirect.INHERIT).start();
    try {
      assertEquals('1', process.getInputStream().read());
      Run second = language(run);
      assertEquals(1, second.status());
      assertTrue(second.err().contains("another training runs in this folder"), second.err());
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertEquals(0, language(run).status()); // the lock died with its holder
  }

  /// Holds the lock of a folder until killed.
  static final class LockHolder {
    private LockHolder() {}

    public static void main(String[] args) throws Exception {
      try (FileChannel _ = ShapesRun.lock(Path.of(args[0]))) {
        System.out.print(1);
        System.out.flush();
        Thread.sleep(60_000);
      }
    }
  }
}
