package dev.chrysalis.models.siglip;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Activation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The `text_config` of a SigLIP checkpoint.
public record SiglipTextConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int maxPositionEmbeddings,
    int projectionSize,
    double layerNormEps,
    String hiddenAct) {
  public SiglipTextConfig {
    if (numAttentionHeads < 1 || hiddenSize < 1 || hiddenSize % numAttentionHeads != 0) {
      throw new ConfigException(
          "siglip text config: hidden_size %d is no multiple of num_attention_heads %d"
              .formatted(hiddenSize, numAttentionHeads));
    }
    if (vocabSize < 1 || maxPositionEmbeddings < 1 || numHiddenLayers < 1 || projectionSize < 1) {
      throw new ConfigException(
          "siglip text config: vocab_size %d, max_position_embeddings %d, num_hidden_layers %d, projection_size %d"
              .formatted(vocabSize, maxPositionEmbeddings, numHiddenLayers, projectionSize));
    }
    Activation.named(hiddenAct);
  }

  /// @param source what error messages call it
  public static SiglipTextConfig read(JsonNode json, String source) {
    int hidden = Json.requireInt(json, source, "hidden_size");
    return new SiglipTextConfig(
        Json.requireInt(json, source, "vocab_size"),
        hidden,
        Json.requireInt(json, source, "intermediate_size"),
        Json.requireInt(json, source, "num_hidden_layers"),
        Json.requireInt(json, source, "num_attention_heads"),
        Json.requireInt(json, source, "max_position_embeddings"),
        Json.optionalInt(json, source, "projection_size", hidden),
        Json.optionalDouble(json, source, "layer_norm_eps", 1e-6),
        Json.optionalString(json, source, "hidden_act", "gelu_pytorch_tanh"));
  }

  public ObjectNode toJson() {
    return Json.newObject()
        .put("model_type", "siglip_text_model")
        .put("vocab_size", vocabSize)
        .put("hidden_size", hiddenSize)
        .put("intermediate_size", intermediateSize)
        .put("num_hidden_layers", numHiddenLayers)
        .put("num_attention_heads", numAttentionHeads)
        .put("max_position_embeddings", maxPositionEmbeddings)
        .put("projection_size", projectionSize)
        .put("layer_norm_eps", layerNormEps)
        .put("hidden_act", hiddenAct)
        .put("attention_dropout", 0.0);
  }

  EncoderShape encoder() {
    return new EncoderShape(
        hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, layerNormEps, hiddenAct);
  }
}
