package dev.chrysalis.models.llama;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.gguf.GgufFile;
import dev.chrysalis.tensor.gguf.GgufTensor;
import dev.chrysalis.tensor.gguf.GgufType;
import dev.chrysalis.tensor.gguf.GgufValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A LLaMA in a GGUF file: its metadata as a config, its tensors under the names of Hugging Face
/// checkpoints.
///
/// | GGUF | Hugging Face |
/// |---|---|
/// | `token_embd` | `model.embed_tokens` |
/// | `blk.{i}.attn_norm`, `ffn_norm` | `model.layers.{i}.input_layernorm`, `post_attention_layernorm` |
/// | `blk.{i}.attn_q`, `k`, `v`, `output` | `model.layers.{i}.self_attn.q_proj`, `k`, `v`, `o_proj` |
/// | `blk.{i}.ffn_gate`, `up`, `down` | `model.layers.{i}.mlp.gate_proj`, `up`, `down` |
/// | `output_norm`, `output` | `model.norm`, `lm_head`; without `output` the table is tied |
///
/// The file turns neighbouring pairs of a head, `(2i, 2i + 1)`, where the checkpoint turns `(i, i +
/// d/2)`: the rows of query and key are put into the checkpoint's order.
public final class LlamaGguf {
  private static final String ARCHITECTURE = "general.architecture";
  private static final String FACTORS = "rope_freqs.weight";
  private static final Pattern LAYER = Pattern.compile("blk\\.(\\d{1,5})\\.(.+)");

  private static final Map<String, String> OUTER =
      Map.of(
          "token_embd.weight", "model.embed_tokens.weight",
          "output_norm.weight", "model.norm.weight",
          "output.weight", "lm_head.weight");

  private static final Map<String, String> INNER =
      Map.of(
          "attn_norm.weight", "input_layernorm.weight",
          "ffn_norm.weight", "post_attention_layernorm.weight",
          "attn_q.weight", "self_attn.q_proj.weight",
          "attn_k.weight", "self_attn.k_proj.weight",
          "attn_v.weight", "self_attn.v_proj.weight",
          "attn_output.weight", "self_attn.o_proj.weight",
          "ffn_gate.weight", "mlp.gate_proj.weight",
          "ffn_up.weight", "mlp.up_proj.weight",
          "ffn_down.weight", "mlp.down_proj.weight");

  private final GgufFile file;

  private LlamaGguf(GgufFile file) {
    this.file = file;
  }

  /// The model, with matrices in the form they are stored in; the file must stay open as long as it
  /// is used.
  ///
  /// @throws ConfigException if the metadata are not those of a LLaMA
  /// @throws CheckpointException if tensors are missing, left over or of the wrong shape, all named
  public static Llama load(GgufFile file) {
    LlamaConfig config = config(file);
    LlamaGguf gguf = new LlamaGguf(file);
    Weights weights =
        Weights.asStored(file.path().toString(), gguf.tensors(config), gguf.formats());
    Llama model = Llama.load(weights, config);
    weights.finish();
    return model;
  }

  /// The config that the metadata make.
  public static LlamaConfig config(GgufFile file) {
    return new LlamaGguf(file).config();
  }

  private LlamaConfig config() {
    GgufValue architecture = file.metadata().get(ARCHITECTURE);
    if (!new GgufValue.Text("llama").equals(architecture)) {
      throw new ConfigException(
          "%s: %s: found %s, need llama".formatted(file.path(), ARCHITECTURE, architecture));
    }
    int hidden = whole("llama.embedding_length");
    int heads = whole("llama.attention.head_count");
    if (heads < 1 || hidden < 1) {
      throw new ConfigException(
          "%s: llama.embedding_length %d, llama.attention.head_count %d: need 1 or more"
              .formatted(file.path(), hidden, heads));
    }
    return new LlamaConfig(
        whole("llama.vocab_size", this::tableRows),
        hidden,
        whole("llama.feed_forward_length"),
        whole("llama.block_count"),
        heads,
        whole("llama.attention.head_count_kv", () -> heads),
        whole("llama.attention.key_length", () -> hidden / heads),
        real("llama.attention.layer_norm_rms_epsilon", Optional.empty()),
        real("llama.rope.freq_base", Optional.of(10_000.0)),
        scaling(),
        whole("llama.context_length"),
        !file.tensors().containsKey("output.weight"),
        whole("tokenizer.ggml.bos_token_id", () -> 1),
        file.metadata().containsKey("tokenizer.ggml.eos_token_id")
            ? new int[] {whole("tokenizer.ggml.eos_token_id")}
            : new int[0],
        0.02);
  }

  private int tableRows() {
    GgufTensor table = file.tensors().get("token_embd.weight");
    if (table == null) {
      throw new ConfigException(
          file.path() + ": neither llama.vocab_size nor token_embd.weight is there");
    }
    return table.shape().size(0);
  }

  private Optional<RopeScaling> scaling() {
    if (!file.tensors().containsKey(FACTORS)) {
      return Optional.empty();
    }
    List<Double> factors = new ArrayList<>();
    for (double factor : file.get(FACTORS).toDoubles()) {
      factors.add(factor);
    }
    return Optional.of(new RopeScaling.Factors(factors));
  }

  private int whole(String key) {
    return whole(
        key,
        () -> {
          throw new ConfigException("%s: %s is missing".formatted(file.path(), key));
        });
  }

  private int whole(String key, IntSupplier fallback) {
    return switch (file.metadata().get(key)) {
      case null -> fallback.getAsInt();
      case GgufValue.Whole(long value) when value >= 0 && value <= Integer.MAX_VALUE -> (int) value;
      case GgufValue other -> throw wrong(key, other, "a whole number");
    };
  }

  private double real(String key, Optional<Double> fallback) {
    return switch (file.metadata().get(key)) {
      case null ->
          fallback.orElseThrow(
              () -> new ConfigException("%s: %s is missing".formatted(file.path(), key)));
      case GgufValue.Real(double value) -> value;
      case GgufValue other -> throw wrong(key, other, "a number");
    };
  }

  private ConfigException wrong(String key, GgufValue found, String need) {
    return new ConfigException(
        "%s: %s: found %s, need %s".formatted(file.path(), key, found, need));
  }

  // ---- tensors

  private Map<String, Tensor> tensors(LlamaConfig config) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (String name : file.tensors().keySet()) {
      if (!name.equals(FACTORS)) {
        tensors.put(nameOf(name), inOrder(name, config));
      }
    }
    return tensors;
  }

  private static String nameOf(String name) {
    Matcher layer = LAYER.matcher(name);
    if (layer.matches()) {
      String inner = INNER.getOrDefault(layer.group(2), layer.group(2));
      return "model.layers." + Integer.parseInt(layer.group(1)) + "." + inner;
    }
    return OUTER.getOrDefault(name, name);
  }

  /// Formats of the tensors that stay blocks.
  private Map<String, BlockFormat> formats() {
    Map<String, BlockFormat> formats = new LinkedHashMap<>();
    file.tensors()
        .forEach((name, tensor) ->
            format(tensor.type()).ifPresent(format -> formats.put(nameOf(name), format)));
    return formats;
  }

  private static Optional<BlockFormat> format(GgufType type) {
    return switch (type) {
      case Q8_0 -> Optional.of(BlockFormat.Q8_0);
      case Q4_0 -> Optional.of(BlockFormat.Q4_0);
      case Q4_K -> Optional.of(BlockFormat.Q4_K);
      case Q6_K -> Optional.of(BlockFormat.Q6_K);
      case F32, F16, BF16, F64, I8, I32, I64 -> Optional.empty();
      case Q4_1, Q5_0, Q5_1, Q8_1, Q2_K, Q3_K, Q5_K, Q8_K -> Optional.empty();
    };
  }

  private Tensor inOrder(String name, LlamaConfig config) {
    Tensor weight = stored(name);
    int d = config.headDim();
    boolean turned = name.endsWith(".attn_q.weight") || name.endsWith(".attn_k.weight");
    if (!turned || weight.rank() != 2 || weight.size(0) % d != 0) {
      return weight; // what does not fit is named when the model is loaded
    }
    int columns = weight.size(1);
    return weight
        .reshape(weight.size(0) / d, d / 2, 2, columns)
        .swap(1, 2)
        .reshape(weight.size(0), columns);
  }

  private Tensor stored(String name) {
    GgufType type = file.tensors().get(name).type();
    return switch (type) {
      case Q8_0, Q4_0, Q4_K, Q6_K -> file.blocks(name);
      case F32, F16, BF16 -> file.get(name);
      case F64 -> file.get(name).to(DType.F32);
      case Q4_1, Q5_0, Q5_1, Q8_1, Q2_K, Q3_K, Q5_K, Q8_K, I8, I32, I64 ->
          throw new CheckpointException(
              "%s: tensor '%s': %s is not read; F32, F16, BF16, Q8_0, Q4_0, Q4_K and Q6_K are"
                  .formatted(file.path(), name, type));
    };
  }
}
