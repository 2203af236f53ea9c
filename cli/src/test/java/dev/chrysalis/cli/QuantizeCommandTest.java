package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.image.PictureReader;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizeCommandTest {
  private static final Path MODEL =
      Run.fixtures().resolveSibling("zoo").resolve("pretrained").resolve("metamorph-shapes");

  @TempDir private Path folder;

  /// The shipped model in blocks: smaller, sees nearly the same, answers and draws.
  @ParameterizedTest
  @CsvSource({"q8_0, 0.55, 0.999", "q4_0, 0.31, 0.9"})
  void aModelInBlocksDoesWhatItDid(String dtype, double size, double cosine) throws Exception {
    Path small = folder.resolve("small");
    Run run = Run.of("quantize", MODEL, "-o", small, "--dtype", dtype);
    assertEquals(0, run.status(), run.err());
    assertTrue(
        Files.size(small.resolve("model.safetensors"))
            < size * Files.size(MODEL.resolve("model.safetensors")),
        run.out());
    for (String same :
        List.of(
            "config.json",
            "tokenizer.json",
            "README.md",
            "decoder/vae/diffusion_pytorch_model.safetensors",
            "decoder/model_index.json")) {
      assertArrayEquals(
          Files.readAllBytes(MODEL.resolve(same)), Files.readAllBytes(small.resolve(same)), same);
    }
    String listed = Run.of("inspect", small).out();
    assertTrue(
        listed.matches(
            "(?s).*model\\.layers\\.0\\.mlp\\.up_proj\\.weight +%s +\\(704, 256\\).*"
                .formatted(dtype.toUpperCase(Locale.ROOT))),
        listed);
    Path picture = Path.of(QuantizeCommandTest.class.getResource("/pictures/red-disc.png").toURI());
    try (MetaMorphFolder before = MetaMorphFolder.read(MODEL);
        MetaMorphFolder after = MetaMorphFolder.read(small)) {
      Tensor seen = before.see(new PictureReader().read(picture));
      Tensor seenNow = after.see(new PictureReader().read(picture));
      double found = seen.mul(seenNow).sum().item() / seen.size(0); // rows of length 1
      assertTrue(found > cosine, "cosine " + found);
    }
    Run asked = Run.of("ask", "--model", small, "--image", picture, "What color is the circle?");
    assertEquals(0, asked.status(), asked.err());
    assertTrue(asked.out().contains("red"), asked.out());
    Run drawn =
        Run.of(
            "draw", "--model", small, "a red circle", "-o", folder.resolve("out.png"), "--steps=2");
    assertEquals(0, drawn.status(), drawn.err());

    Run again = Run.of("quantize", small, "-o", folder.resolve("again"), "--dtype", dtype);
    assertEquals(1, again.status());
    assertEquals(
        "chrysalis: %s: weights are stored as [%s] already; start from the folder they were made of"
            .formatted(small.resolve("model.safetensors"), dtype.toUpperCase(Locale.ROOT)),
        again.err().strip());
    assertFalse(Files.exists(folder.resolve("again")));
  }

  @Test
  void whatIsNoModelIsRefused() throws IOException {
    Path out = folder.resolve("out");
    Run run = Run.of("quantize", folder, "-o", out, "--dtype", "q8_0");
    assertEquals(1, run.status());
    assertEquals(
        "chrysalis: %s: no model: neither config.json nor model_index.json is there"
            .formatted(folder),
        run.err().strip());
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"bert\"}");
    Run other = Run.of("quantize", folder, "-o", out, "--dtype", "q8_0");
    assertEquals(
        "chrysalis: %s: model_type: found 'bert', need llama, siglip or metamorph_llama"
            .formatted(folder.resolve("config.json")),
        other.err().strip());
    assertFalse(Files.exists(out));
    assertEquals(2, Run.of("quantize", MODEL, "-o", out, "--dtype", "q6_k").status());
  }

  /// A checkpoint that names a format nobody knows.
  @Test
  void anUnknownFormatIsNamed() throws IOException {
    Path file = folder.resolve("model.safetensors");
    String header = "{\"__metadata__\":{\"block_format\":\"q3_k\"}}";
    byte[] bytes = new byte[8 + header.length()];
    bytes[0] = (byte) header.length();
    System.arraycopy(header.getBytes(StandardCharsets.US_ASCII), 0, bytes, 8, header.length());
    Files.write(file, bytes);
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      String message =
          assertThrows(CheckpointException.class, checkpoint::blockFormats).getMessage();
      assertEquals(
          file + ": block_format: found 'q3_k', need one of [Q8_0, Q4_0, Q4_K, Q6_K]", message);
    }
  }
}
