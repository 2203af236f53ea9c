package dev.chrysalis.models.llama;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import java.util.Optional;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The `config.json` of a LLaMA checkpoint.
///
/// @param eosTokenIds ids that end an answer; several in Llama 3.1
/// @param initializerRange deviation of fresh weights
public record LlamaConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int numKeyValueHeads,
    int headDim,
    double rmsNormEps,
    double ropeTheta,
    Optional<RopeScaling> ropeScaling,
    int maxPositionEmbeddings,
    boolean tieWordEmbeddings,
    int bosTokenId,
    int[] eosTokenIds,
    double initializerRange) {
  public LlamaConfig {
    check(vocabSize > 0, "vocab_size", vocabSize, "1 or more");
    check(hiddenSize > 0, "hidden_size", hiddenSize, "1 or more");
    check(intermediateSize > 0, "intermediate_size", intermediateSize, "1 or more");
    check(numHiddenLayers > 0, "num_hidden_layers", numHiddenLayers, "1 or more");
    check(numAttentionHeads > 0, "num_attention_heads", numAttentionHeads, "1 or more");
    check(
        numKeyValueHeads > 0 && numAttentionHeads % numKeyValueHeads == 0,
        "num_key_value_heads",
        numKeyValueHeads,
        "a divisor of num_attention_heads " + numAttentionHeads);
    check(headDim > 0 && headDim % 2 == 0, "head_dim", headDim, "an even number");
    if (ropeScaling.isPresent()
        && ropeScaling.get() instanceof RopeScaling.Factors scaling
        && scaling.factors().size() != headDim / 2) {
      check(false, "rope factors", scaling.factors().size(), "head_dim / 2 = " + headDim / 2);
    }
    check(maxPositionEmbeddings > 0, "max_position_embeddings", maxPositionEmbeddings, "1 or more");
    eosTokenIds = eosTokenIds.clone();
  }

  private static void check(boolean ok, String key, int found, String need) {
    if (!ok) {
      throw new ConfigException("llama config: %s: found %d, need %s".formatted(key, found, need));
    }
  }

  /// LLaMA 3.2 1B, as its `config.json` has it.
  public static LlamaConfig llama32With1B() {
    return llama3(128_256, 2048, 8192, 16, 32, 64, 32, true);
  }

  /// LLaMA 3.1 8B, as its `config.json` has it.
  public static LlamaConfig llama31With8B() {
    return llama3(128_256, 4096, 14_336, 32, 32, 128, 8, false);
  }

  /// This configuration with more or fewer tokens.
  public LlamaConfig withVocabSize(int size) {
    return new LlamaConfig(
        size,
        hiddenSize,
        intermediateSize,
        numHiddenLayers,
        numAttentionHeads,
        numKeyValueHeads,
        headDim,
        rmsNormEps,
        ropeTheta,
        ropeScaling,
        maxPositionEmbeddings,
        tieWordEmbeddings,
        bosTokenId,
        eosTokenIds,
        initializerRange);
  }

  private static LlamaConfig llama3(
      int vocab,
      int hidden,
      int intermediate,
      int layers,
      int heads,
      int headDim,
      double stretch,
      boolean tied) {
    return new LlamaConfig(
        vocab,
        hidden,
        intermediate,
        layers,
        heads,
        8,
        headDim,
        1e-5,
        500_000,
        Optional.of(new RopeScaling.Llama3(stretch, 1, 4, 8192)),
        131_072,
        tied,
        128_000,
        new int[] {128_001, 128_008, 128_009},
        0.02);
  }

  /// Reads a config in the layout of transformers 4 (`rope_theta`, `rope_scaling`) or 5
  /// (`rope_parameters`).
  ///
  /// @param source what error messages call it
  public static LlamaConfig read(JsonNode json, String source) {
    int hidden = Json.requireInt(json, source, "hidden_size");
    int heads = Json.requireInt(json, source, "num_attention_heads");
    refuse(json, source, "attention_bias");
    refuse(json, source, "mlp_bias");
    String act = Json.optionalString(json, source, "hidden_act", "silu");
    if (!act.equals("silu")) {
      throw new ConfigException("%s: hidden_act: found '%s', need 'silu'".formatted(source, act));
    }
    if (!Json.has(json, "head_dim") && (heads < 1 || hidden % heads != 0)) {
      throw new ConfigException(
          "%s: hidden_size %d is no multiple of num_attention_heads %d"
              .formatted(source, hidden, heads));
    }
    Optional<ObjectNode> parameters = Json.findObject(json, source, "rope_parameters");
    JsonNode theta = parameters.isPresent() ? parameters.get() : json;
    Optional<ObjectNode> scaling =
        parameters.isPresent() ? parameters : Json.findObject(json, source, "rope_scaling");
    return new LlamaConfig(
        Json.requireInt(json, source, "vocab_size"),
        hidden,
        Json.requireInt(json, source, "intermediate_size"),
        Json.requireInt(json, source, "num_hidden_layers"),
        heads,
        Json.optionalInt(json, source, "num_key_value_heads", heads),
        Json.optionalInt(json, source, "head_dim", heads < 1 ? 0 : hidden / heads),
        Json.requireDouble(json, source, "rms_norm_eps"),
        Json.optionalDouble(theta, source, "rope_theta", 10000),
        scaling.flatMap(node -> RopeScaling.read(node, source)),
        Json.optionalInt(json, source, "max_position_embeddings", 2048),
        Json.optionalBoolean(json, source, "tie_word_embeddings", false),
        Json.optionalInt(json, source, "bos_token_id", 1),
        eos(json, source),
        Json.optionalDouble(json, source, "initializer_range", 0.02));
  }

  private static void refuse(JsonNode json, String source, String key) {
    if (Json.optionalBoolean(json, source, key, false)) {
      throw new ConfigException(
          "%s: %s: found true, only false is supported".formatted(source, key));
    }
  }

  private static int[] eos(JsonNode json, String source) {
    if (!Json.has(json, "eos_token_id")) {
      return new int[0];
    }
    return json.get("eos_token_id").isArray()
        ? Json.requireInts(json, source, "eos_token_id")
        : new int[] {Json.requireInt(json, source, "eos_token_id")};
  }

  /// The config as transformers reads it.
  public ObjectNode toJson() {
    ObjectNode json =
        Json.newObject()
            .put("model_type", "llama")
            .put("vocab_size", vocabSize)
            .put("hidden_size", hiddenSize)
            .put("intermediate_size", intermediateSize)
            .put("num_hidden_layers", numHiddenLayers)
            .put("num_attention_heads", numAttentionHeads)
            .put("num_key_value_heads", numKeyValueHeads)
            .put("head_dim", headDim)
            .put("hidden_act", "silu")
            .put("attention_bias", false)
            .put("mlp_bias", false)
            .put("rms_norm_eps", rmsNormEps)
            .put("rope_theta", ropeTheta)
            .put("max_position_embeddings", maxPositionEmbeddings)
            .put("tie_word_embeddings", tieWordEmbeddings)
            .put("bos_token_id", bosTokenId)
            .put("initializer_range", initializerRange);
    ropeScaling.ifPresent(scaling -> json.set("rope_scaling", scaling.toJson()));
    ArrayNode eos = json.putArray("eos_token_id");
    IntStream.of(eosTokenIds).forEach(eos::add);
    return json;
  }

  /// Whether `id` ends an answer.
  public boolean isEos(int id) {
    for (int eos : eosTokenIds) {
      if (eos == id) {
        return true;
      }
    }
    return false;
  }
}
