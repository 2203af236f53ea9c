package dev.chrysalis.models.llama;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.gguf.GgufFile;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.tensor.safetensors.SafetensorsFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The golden LLaMA, written as GGUF the way llama.cpp's converter does.
class LlamaGgufTest {
  private static final Path SET = fixtures().resolve("llama-tiny");
  private static final int F32 = 0;
  private static final int Q5_0 = 6;

  @TempDir private Path folder;

  private static Path fixtures() {
    String given = System.getProperty("chrysalis.fixtures");
    if (given != null) {
      return Path.of(given);
    }
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("fixtures"))) {
      folder = folder.getParent();
    }
    return folder.resolve("fixtures");
  }

  private static LlamaConfig config() {
    return LlamaConfig.read(Json.readObject(SET.resolve("config.json")), "config.json");
  }

  @Test
  void logitsAreThoseOfTheCheckpoint() throws IOException {
    Path path = write(metadata(), tensors(), F32);
    try (GgufFile file = GgufFile.open(path);
        SafetensorsFile golden = SafetensorsFile.open(SET.resolve("io.safetensors"))) {
      LlamaConfig found = LlamaGguf.config(file);
      assertEquals(config().vocabSize(), found.vocabSize());
      assertEquals(config().numKeyValueHeads(), found.numKeyValueHeads());
      assertArrayEquals(new Rope(config()).frequencies(), new Rope(found).frequencies(), 1e-8);
      Tensor logits = LlamaGguf.load(file).forward(golden.get("input_ids"));
      float[] wanted = golden.get("logits").toFloats();
      float largest = 0;
      for (float value : wanted) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertArrayEquals(wanted, logits.toFloats(), 1e-5f * largest);
    }
  }

  @Test
  void whatDoesNotFitIsNamed() throws IOException {
    Map<String, Tensor> tensors = tensors();
    tensors.put("blk.0.attn_q.bias", Tensor.of(new float[4], 4));
    tensors.remove("output_norm.weight");
    try (GgufFile file = GgufFile.open(write(metadata(), tensors, F32))) {
      String message =
          assertThrows(CheckpointException.class, () -> LlamaGguf.load(file)).getMessage();
      assertTrue(message.contains("missing model.norm.weight"), message);
      assertTrue(message.contains("unused model.layers.0.attn_q.bias"), message);
    }
  }

  @Test
  void otherModelsAndStoragesAreRefused() throws IOException {
    Map<String, Object> metadata = metadata();
    metadata.put("general.architecture", "qwen2");
    try (GgufFile file = GgufFile.open(write(metadata, tensors(), F32))) {
      String message = assertThrows(ConfigException.class, () -> LlamaGguf.load(file)).getMessage();
      assertTrue(message.contains("found Text[value=qwen2], need llama"), message);
    }
    Map<String, Object> lacking = metadata();
    lacking.remove("llama.block_count");
    try (GgufFile file = GgufFile.open(write(lacking, tensors(), F32))) {
      assertTrue(
          assertThrows(ConfigException.class, () -> LlamaGguf.load(file))
              .getMessage()
              .endsWith("llama.block_count is missing"));
    }
    Map<String, Tensor> one = Map.of("token_embd.weight", Tensor.of(new float[64], 64));
    try (GgufFile file = GgufFile.open(write(metadata(), one, Q5_0))) {
      String message =
          assertThrows(CheckpointException.class, () -> LlamaGguf.load(file)).getMessage();
      assertTrue(message.contains("'token_embd.weight': Q5_0 is not read"), message);
    }
  }

  // ---- writing

  private static Map<String, Object> metadata() {
    LlamaConfig c = config();
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("general.architecture", "llama");
    metadata.put("llama.embedding_length", c.hiddenSize());
    metadata.put("llama.feed_forward_length", c.intermediateSize());
    metadata.put("llama.block_count", c.numHiddenLayers());
    metadata.put("llama.attention.head_count", c.numAttentionHeads());
    metadata.put("llama.attention.head_count_kv", c.numKeyValueHeads());
    metadata.put("llama.attention.layer_norm_rms_epsilon", (float) c.rmsNormEps());
    metadata.put("llama.rope.freq_base", (float) c.ropeTheta());
    metadata.put("llama.context_length", c.maxPositionEmbeddings());
    return metadata;
  }

  private static Map<String, Tensor> tensors() {
    LlamaConfig c = config();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    double[] frequencies = new Rope(config()).frequencies();
    float[] factors = new float[frequencies.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (float) (Math.pow(c.ropeTheta(), -2.0 * i / c.headDim()) / frequencies[i]);
    }
    tensors.put("rope_freqs.weight", Tensor.of(factors, factors.length));
    try (Checkpoint checkpoint = Checkpoint.open(SET)) {
      for (String name : checkpoint.names()) {
        tensors.put(nameOf(name), pairs(checkpoint.get(name), name, c));
      }
    }
    return tensors;
  }

  private static String nameOf(String name) {
    return name.replace("model.layers.", "blk.")
        .replace("input_layernorm", "attn_norm")
        .replace("post_attention_layernorm", "ffn_norm")
        .replaceAll("self_attn\\.([qkv])_proj", "attn_$1")
        .replace("self_attn.o_proj", "attn_output")
        .replaceAll("mlp\\.(gate|up|down)_proj", "ffn_$1")
        .replace("model.embed_tokens", "token_embd")
        .replace("model.norm", "output_norm")
        .replace("lm_head", "output");
  }

  /// Rows `i` and `i + d/2` of a head of query or key become neighbours.
  private static Tensor pairs(Tensor weight, String name, LlamaConfig c) {
    float[] values = weight.toFloats();
    if (!name.matches(".*self_attn\\.[qk]_proj\\.weight")) {
      return Tensor.of(values, weight.shape().toArray());
    }
    int columns = weight.size(1);
    float[] turned = new float[values.length];
    for (int row = 0; row < weight.size(0); row++) {
      int inHead = row % c.headDim();
      int half = c.headDim() / 2;
      int to = row - inHead + 2 * (inHead % half) + inHead / half;
      System.arraycopy(values, row * columns, turned, to * columns, columns);
    }
    return Tensor.of(turned, weight.size(0), columns);
  }

  private Path write(Map<String, Object> metadata, Map<String, Tensor> tensors, int type)
      throws IOException {
    Bytes out = new Bytes();
    out.i32(0x46554747).i32(3).i64(tensors.size()).i64(metadata.size());
    metadata.forEach((key, value) -> {
      out.text(key);
      switch (value) {
        case Integer i -> out.i32(4).i32(i);
        case Float f -> out.i32(6).i32(Float.floatToIntBits(f));
        default -> out.i32(8).text(value.toString());
      }
    });
    Bytes data = new Bytes();
    tensors.forEach((name, tensor) -> {
      out.text(name).i32(tensor.rank());
      for (int axis = tensor.rank() - 1; axis >= 0; axis--) {
        out.i64(tensor.size(axis));
      }
      out.i32(type).i64(data.size());
      if (type == F32) {
        for (float value : tensor.toFloats()) {
          data.i32(Float.floatToIntBits(value));
        }
      } else {
        data.zeros(44);
      }
      data.pad();
    });
    out.pad();
    out.bytes.writeBytes(data.bytes.toByteArray());
    return Files.write(folder.resolve("model.gguf"), out.bytes.toByteArray());
  }

  private static final class Bytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    int size() {
      return bytes.size();
    }

    Bytes i32(int value) {
      bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
      return this;
    }

    Bytes i64(long value) {
      return i32((int) value).i32((int) (value >> 32));
    }

    Bytes text(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      i64(utf8.length);
      bytes.writeBytes(utf8);
      return this;
    }

    void zeros(int count) {
      bytes.writeBytes(new byte[count]);
    }

    void pad() {
      zeros((32 - bytes.size() % 32) % 32);
    }
  }
}
