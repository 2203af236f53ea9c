package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class InspectCommandTest {
  @TempDir private Path folder;

  private static JsonNode json(Object path) {
    Run run = Run.of("inspect", path, "--json");
    assertEquals(0, run.status(), run.err());
    assertEquals("", run.err());
    return Json.parse(run.out());
  }

  private static String failure(Object path) {
    Run run = Run.of("inspect", path);
    assertEquals(1, run.status());
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    return run.err();
  }

  private static List<String> names(JsonNode json) {
    return json.get("parts").values().stream().map(part -> part.get("name").stringValue()).toList();
  }

  @Test
  void shardedFolderIsOnePart() {
    JsonNode json = json(Run.fixtures().resolve("llama-tiny/bf16-sharded"));
    assertEquals(List.of("."), names(json));
    JsonNode part = json.get("parts").get(0);
    assertEquals(2, part.get("files").size());
    JsonNode head = part.get("tensors").get(0);
    assertEquals("lm_head.weight", head.get("name").stringValue());
    assertEquals("BF16", head.get("dtype").stringValue());
    assertEquals("[320,64]", head.get("shape").toString());
    assertEquals(2 * 320 * 64, head.get("bytes").longValue());
    assertEquals(2 * part.get("parameters").longValue(), part.get("bytes").longValue());
    assertEquals(json.get("parameters"), part.get("parameters"));
  }

  @Test
  void aGgufFileIsListed() throws IOException {
    Path file = folder.resolve("tokenizer.gguf");
    Path packed = Run.fixtures().resolveSibling("models/src/test/resources/gguf/tokenizer.gguf.gz");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
      Files.copy(in, file);
    }
    JsonNode part = json(file).get("parts").get(0);
    assertEquals("[\"tokenizer.gguf\"]", part.get("files").toString());
    assertEquals("gpt2", part.at("/metadata/tokenizer.ggml.model").stringValue());
    assertTrue(
        part.at("/metadata/tokenizer.ggml.tokens").stringValue().matches("\\d+ texts"),
        part.get("metadata").toString());
  }

  @Test
  void totalsAreThoseOfTheFiles() throws IOException {
    Path unet = Run.fixtures().resolve("diffusion-tiny/unet");
    byte[] file = Files.readAllBytes(unet.resolve("diffusion_pytorch_model.safetensors"));
    int header = (file[0] & 255) | (file[1] & 255) << 8 | (file[2] & 255) << 16;
    assertEquals(file.length - 8 - header, json(unet).get("bytes").longValue());
  }

  @Test
  void stableDiffusionFolderHasAPartForEachSubFolder() {
    JsonNode json = json(Run.fixtures().resolve("diffusion-tiny"));
    assertEquals(
        List.of(
            ".",
            "adapter-mlp",
            "adapter-xattn",
            "adapter-xattnffn",
            "scheduler",
            "unet",
            "vae",
            "vae-legacy-f16"),
        names(json));
    JsonNode unet = json.get("parts").get(5);
    assertEquals("UNet2DConditionModel", unet.get("config").get("_class_name").stringValue());
  }

  @Test
  void metaMorphFolderHasItsDecoderBelow() throws IOException {
    copy(Run.fixtures().resolve("metamorph-tiny"), folder);
    copy(Run.fixtures().resolve("diffusion-tiny/unet"), folder.resolve("decoder/unet"));
    copy(Run.fixtures().resolve("diffusion-tiny/adapter-mlp"), folder.resolve("decoder/adapter"));
    JsonNode json = json(folder);
    assertEquals(List.of(".", "decoder/adapter", "decoder/unet"), names(json));
    long parameters =
        json.get("parts").values().stream()
            .mapToLong(part -> part.get("parameters").longValue())
            .sum();
    assertEquals(parameters, json.get("parameters").longValue());
    Run text = Run.of("inspect", folder);
    assertTrue(text.out().contains(folder + "  (metamorph_llama)"), text.out());
    assertTrue(
        text.out().strip().endsWith("%,d bytes".formatted(json.get("bytes").longValue())),
        text.out());
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> entries = Files.list(from)) {
      for (Path entry : entries.filter(Files::isRegularFile).toList()) {
        Files.copy(entry, to.resolve(entry.getFileName()));
      }
    }
  }

  @Test
  void textNamesEveryTensor() {
    Run run = Run.of("inspect", Run.fixtures().resolve("siglip-tiny"));
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("  model_type: siglip"), run.out());
    assertTrue(run.out().contains("  vision_config.hidden_size: "), run.out());
    assertTrue(run.out().lines().anyMatch(line -> line.matches("  logit_scale +F32 .* 4 bytes")));
  }

  @Test
  void singleFileShowsItsTensorsAndMetadata() throws IOException {
    String header =
        "{\"__metadata__\":{\"who\":\"a\\u001b[2Jb\"},\"t\\u0007\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}";
    Path file = Files.write(folder.resolve("x.safetensors"), file(header, 3));
    Run run = Run.of("inspect", file);
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("who: a\\u001b[2Jb"), run.out());
    assertTrue(run.out().contains("t\\u0007 "), run.out());
    assertTrue(run.out().contains("1 tensors, 3 parameters, 3 bytes"), run.out());
    assertEquals(
        "a\u001b[2Jb", json(file).get("parts").get(0).get("metadata").get("who").stringValue());
  }

  private static byte[] file(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    byte[] file = Arrays.copyOf(new byte[] {(byte) text.length}, 8 + text.length + dataBytes);
    System.arraycopy(text, 0, file, 8, text.length);
    return file;
  }

  @Test
  void truncatedFileIsNamed() throws IOException {
    Path whole = Run.fixtures().resolve("llama-tiny/model.safetensors");
    byte[] bytes = Files.readAllBytes(whole);
    Path half =
        Files.write(folder.resolve("x.safetensors"), Arrays.copyOf(bytes, bytes.length / 2));
    String line = failure(half);
    assertTrue(line.contains(half + ": tensors end at byte"), line);
  }

  @Test
  void lyingHeaderIsRefused() throws IOException {
    String header = "{\"t\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,3]}}";
    Path file = Files.write(folder.resolve("x.safetensors"), file(header, 3));
    assertTrue(failure(file).contains("needs 12 bytes, data_offsets hold 3"), failure(file));
  }

  @Test
  void missingShardIsNamed() throws IOException {
    copy(Run.fixtures().resolve("llama-tiny/bf16-sharded"), folder);
    Files.delete(folder.resolve("model-00002-of-00002.safetensors"));
    assertTrue(failure(folder).contains("shard model-00002-of-00002.safetensors is missing"));
  }

  @Test
  void folderWithoutWeightsSaysWhatItExpects() throws IOException {
    assertTrue(failure(folder).contains("expected model.safetensors"), failure(folder));
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama\"}");
    assertTrue(failure(folder).contains("expected model.safetensors"), failure(folder));
  }

  @Test
  void brokenConfigIsNamed() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": ");
    assertTrue(failure(folder).contains("config.json: line 1"), failure(folder));
  }
}
