package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.image.PictureWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What users get wrong: one line that says what, the right exit status, and nothing written.
class BadInputTest {
  /// @param words arguments split at blanks; `@name` is a file of the test's folder, `_` a blank
  record Case(int status, String expected, String words) {
    @Override
    public String toString() {
      return words.length() > 90 ? words.substring(0, 90) + "..." : words;
    }
  }

  /// 8.8 TB.
  private static final long VAST = 8L << 40;

  @TempDir private Path folder;

  static Stream<Case> wrongUsage() {
    return Stream.of(
        new Case(2, "Missing required parameter: 'QUESTION'", "ask"),
        new Case(2, "QUESTION: is empty", "ask @empty"),
        new Case(2, "PROMPT: is empty", "draw _ -o @new.png"),
        new Case(2, "control character U+0007 at position 2", "ask a\u0007b"),
        new Case(2, "control character U+001B at position 1", "draw \u001b[2J -o @new.png"),
        new Case(2, "half of a surrogate pair (U+D83D) at position 3", "ask ab\ud83d"),
        new Case(2, "half of a surrogate pair (U+DC00)", "ask \ud83e\udd8b\udc00"),
        new Case(2, "Missing required option: '--out=FILE'", "draw circle"),
        new Case(2, "'--steps': got 0, need 1 to 999", "draw circle -o @new.png --steps 0"),
        new Case(2, "'--guidance': got NaN", "draw circle -o @new.png --guidance NaN"),
        new Case(2, "'--temperature': got -1.0", "ask hi --temperature -1"),
        new Case(2, "'--max-new-tokens': got 0", "ask hi --max-new-tokens 0"),
        new Case(2, "'--seed'", "ask hi --seed many"),
        new Case(2, "got 'mauve', need white, black", "ask hi --background mauve"),
        new Case(2, "'--samples': got 0", "eval shapes --samples 0"),
        new Case(2, "got 'sight', need tokenizer, siglip", "train shapes --stages sight"),
        new Case(2, "'--scale': got 0.0", "train shapes --scale 0"),
        new Case(2, "mutually exclusive", "train shapes --fresh --resume"),
        new Case(2, "got 'gpt-2', need llama-3.2-1b, llama-3.1-8b", "init gpt-2 @new"),
        new Case(2, "'--dtype'", "init sd-1.5 @new --dtype q2_k"),
        new Case(2, "got 'metal', need some of [cuda, opencl]", "bundle -o @new --backend metal"),
        new Case(2, "got 0.0, need more than 0, at most 1", "generate --model x --top-p 0 hi"),
        new Case(2, "PROMPT: is empty", "generate --model x @empty"),
        new Case(2, "'--checkpoint-every': got -1.0", "train shapes --checkpoint-every -1"));
  }

  static Stream<Case> failures() {
    return Stream.of(
        new Case(
            1, "model 'nothing': no such folder, and no shipped model", "ask hi --model nothing"),
        new Case(1, "text.txt': no such folder", "ask hi --model @text.txt"),
        new Case(1, "bare: no model: config.json is missing", "ask hi --model @bare"),
        new Case(1, "model.safetensors", "ask hi --model @truncated"),
        new Case(1, "vast: its weights need 8796.1 GB, there are", "ask hi --model @vast"),
        new Case(1, "vast: its weights need 8796.1 GB, there are", "bench llm --model @vast"),
        new Case(
            1, "diffusion_pytorch_model.safetensors", "draw hi -o @new.png --model @halfdecoder"),
        new Case(
            1, "cannot draw: there is no folder decoder/", "draw hi -o @new.png --model @mute"),
        new Case(1, "cannot draw", "demo --out @new --model @mute"),
        new Case(1, "found 'gpt9', need 'metamorph_llama'", "ask hi --model @unknown"),
        new Case(1, "tokenizer.json", "ask hi --model @wordless"),
        new Case(
            1, "size: found 48 x 64, the model's image_size is 64", "ask hi --model @squashed"),
        new Case(1, "image_token_reduction: found 'pooling'", "ask hi --model @pooled"),
        new Case(1, "image_end_token_id: found 3, the tokenizer has", "ask hi --model @muddled"),
        new Case(1, "model.layers.2.mlp.down_proj.weight", "ask hi --model @deeper"),
        new Case(1, "none.png: got no such file", "ask hi --image @none.png"),
        new Case(1, "text.txt: got", "ask hi --image @text.txt"),
        new Case(1, "bare: got a folder", "ask hi --image @bare"),
        new Case(1, "huge.png: got", "ask hi --image @huge.png"),
        new Case(1, "cut.png: got a PNG chunk", "draw hi -o @new.png --image @cut.png"),
        new Case(
            1,
            "65 pictures of 16 positions each: the context holds 1024",
            "ask hi" + " --image @red.png".repeat(65)),
        new Case(
            1,
            "positions (16 for each of 63 pictures)",
            "ask " + "hi_".repeat(200) + " --image @red.png".repeat(63)),
        new Case(1, "are free", "draw " + "word_".repeat(1200) + " -o @new.png"),
        new Case(1, "bare: is a folder", "draw hi -o @bare"),
        new Case(1, "its folder does not exist", "draw hi -o @deep/new.png"),
        new Case(1, "text.txt is not a folder", "draw hi -o @text.txt/new.png"),
        new Case(1, "is not a folder", "chat --out @text.txt"),
        new Case(1, "is not a folder", "demo --out @text.txt"),
        new Case(1, "is not a folder", "eval shapes --pictures @text.txt"),
        new Case(1, "is not a folder", "train shapes --tiny --out @text.txt"),
        new Case(1, "no model folder, so it is not replaced", "init sd-1.5 @strange"),
        new Case(1, "no recipe.json that says which", "train shapes --tiny --out @strange"),
        new Case(1, "strange: is not empty", "bundle -o @strange"),
        new Case(1, "strange: no model: config.json is missing", "generate --model @strange hi"),
        new Case(
            1, "none: no such model: need a folder or a GGUF file", "generate --model @none hi"),
        new Case(1, "text.txt: ", "generate --model @text.txt hi"),
        new Case(1, "backend: got 'metal', need one of", "selfcheck --backends metal"),
        new Case(1, "recipe.json", "train shapes --tiny --out @damaged"),
        new Case(1, "is not empty, and --fresh", "train shapes --tiny --fresh --out @strange"),
        new Case(
            1,
            "holds the training {\"tiny\": true, \"seed\": 1",
            "train shapes --seed 2 --out @begun"),
        new Case(
            1,
            "no model folder, so it is not replaced",
            "train shapes --tiny --out @begun --assemble @strange"));
  }

  @BeforeEach
  void layOutThings() throws IOException {
    Files.createDirectory(folder.resolve("bare"));
    Files.writeString(folder.resolve("text.txt"), "no picture at all");
    PictureWriter.write(Picture.filled(40, 40, 0xFF0000), folder.resolve("red.png"));
    byte[] noise = new byte[64 * 64 * 3];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (byte) (i * i * 31 >> 3);
    }
    byte[] png = PictureWriter.png(new Picture(64, 64, noise));
    Files.write(folder.resolve("cut.png"), Arrays.copyOf(png, png.length / 2));
    Files.write(folder.resolve("huge.png"), hugePng());
    Files.createDirectories(folder.resolve("strange").resolve("siglip"));
    Files.writeString(Files.createDirectory(folder.resolve("damaged")).resolve("recipe.json"), "{");
    Files.writeString(
        Files.createDirectory(folder.resolve("begun")).resolve("recipe.json"),
        "{\"tiny\": true, \"seed\": 1, \"scale\": 1, \"facts\": true, \"borrowed\": false,"
            + " \"continued\": false}");
    Path vast = Files.createDirectory(folder.resolve("vast")).resolve("model.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(vast.toFile(), "rw")) {
      file.setLength(VAST); // takes no room on the disk
    }
  }

  /// A PNG whose header alone is there, of 60,000 x 60,000 pixels.
  private static byte[] hugePng() {
    ByteBuffer png = ByteBuffer.allocate(33);
    png.putLong(0x89504E470D0A1A0AL).putInt(13);
    png.put("IHDR".getBytes(StandardCharsets.US_ASCII)).putInt(60_000).putInt(60_000);
    png.put(new byte[] {8, 2, 0, 0, 0});
    CRC32 crc = new CRC32();
    crc.update(png.array(), 12, 17);
    return png.putInt((int) crc.getValue()).array();
  }

  private void damagedModel(String name) throws IOException {
    Path model = folder.resolve(name);
    if (!List.of(
            "truncated",
            "halfdecoder",
            "mute",
            "unknown",
            "wordless",
            "deeper",
            "squashed",
            "pooled",
            "muddled")
        .contains(name)) {
      return;
    }
    TinyModel.copy(TinyModel.model(), model);
    switch (name) {
      case "truncated" -> halve(model.resolve("model.safetensors"));
      case "halfdecoder" ->
          halve(model.resolve("decoder/unet/diffusion_pytorch_model.safetensors"));
      case "mute" -> TinyModel.delete(model.resolve("decoder"));
      case "unknown" ->
          edit(model.resolve("config.json"), s -> s.replace("metamorph_llama", "gpt9"));
      case "deeper" ->
          edit(
              model.resolve("config.json"),
              s -> s.replaceFirst("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"));
      case "squashed" ->
          edit(
              model.resolve("preprocessor_config.json"),
              s -> s.replaceFirst("\"height\": 64", "\"height\": 48"));
      case "muddled" ->
          edit(
              model.resolve("config.json"),
              s -> s.replaceFirst("\"image_end_token_id\": \\d+", "\"image_end_token_id\": 3"));
      case "pooled" ->
          edit(model.resolve("config.json"), s -> s.replace("interpolation", "pooling"));
      case "wordless" -> Files.delete(model.resolve("tokenizer.json"));
      default -> throw new AssertionError(name);
    }
  }

  private static void halve(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
  }

  private static void edit(Path file, UnaryOperator<String> change) throws IOException {
    Files.writeString(file, change.apply(Files.readString(file)));
  }

  @ParameterizedTest
  @MethodSource({"wrongUsage", "failures"})
  void isSaidInOneLineAndLeavesNothingBehind(Case c) throws IOException {
    List<String> args = new ArrayList<>();
    for (String word : c.words().split(" ")) {
      if (word.startsWith("@")) {
        damagedModel(word.substring(1));
      }
      args.add(
          word.equals("@empty")
              ? ""
              : word.startsWith("@")
                  ? folder.resolve(word.substring(1)).toString()
                  : word.replace('_', ' '));
    }
    boolean talks = List.of("ask", "draw", "chat", "demo", "eval").contains(args.getFirst());
    if (talks && !args.contains("--model")) {
      args.add("--model=" + TinyModel.model());
    }
    Map<String, Long> before = listing();
    Run run = Typed.of("", args.toArray());
    assertEquals(c.status(), run.status(), run.err());
    assertEquals("", run.out());
    List<String> lines = run.err().lines().toList();
    assertTrue(lines.getFirst().startsWith("chrysalis: "), run.err());
    assertTrue(lines.getFirst().contains(c.expected()), run.err());
    assertEquals(c.status() == 2 ? 2 : 1, lines.size(), run.err());
    if (c.status() == 2) {
      assertTrue(lines.getLast().startsWith("Try 'chrysalis "), run.err());
    }
    assertEquals(before, listing());
  }

  /// Who only talks reads no decoder.
  @Test
  void aBrokenDecoderKeepsNobodyFromTalking() throws IOException {
    damagedModel("halfdecoder");
    Run run = Typed.of("", "ask", "--model", folder.resolve("halfdecoder").toString(), "hello");
    assertEquals(0, run.status(), run.err());
  }

  private Map<String, Long> listing() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> !Files.isDirectory(file) || !file.equals(folder))
          .collect(
              Collectors.toMap(
                  Path::toString,
                  file -> Files.isDirectory(file) ? -1 : file.toFile().length(),
                  (a, b) -> a,
                  TreeMap::new));
    }
  }

  @Test
  void failedDrawingLeavesTheOlderPicture() throws IOException {
    byte[] before = Files.readAllBytes(folder.resolve("red.png"));
    Run run =
        Run.of(
            "draw",
            "word ".repeat(1200),
            "-o",
            folder.resolve("red.png"),
            "--model",
            TinyModel.model());
    assertEquals(1, run.status());
    assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(folder.resolve("red.png"))));
  }

  @Test
  void tracesComeOnlyWithVerbose() {
    Run run = Run.of("ask", "hi", "--model", "nothing", "--verbose");
    assertEquals(1, run.status());
    assertTrue(run.err().contains("\tat dev.chrysalis."), run.err());
  }
}
