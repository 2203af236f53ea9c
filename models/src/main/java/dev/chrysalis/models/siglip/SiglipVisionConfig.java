package dev.chrysalis.models.siglip;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Activation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The `vision_config` of a SigLIP checkpoint.
///
/// @param useHead `vision_use_head`: whether there is a pooling head, which makes one vector of a
///   picture; `true` where a checkpoint does not say
public record SiglipVisionConfig(
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int numChannels,
    int imageSize,
    int patchSize,
    double layerNormEps,
    String hiddenAct,
    boolean useHead) {
  public SiglipVisionConfig {
    if (numAttentionHeads < 1 || hiddenSize < 1 || hiddenSize % numAttentionHeads != 0) {
      throw new ConfigException(
          "siglip vision config: hidden_size %d is no multiple of num_attention_heads %d"
              .formatted(hiddenSize, numAttentionHeads));
    }
    if (patchSize < 1 || imageSize < patchSize || numHiddenLayers < 1 || intermediateSize < 1) {
      throw new ConfigException(
          "siglip vision config: image_size %d, patch_size %d, num_hidden_layers %d, intermediate_size %d"
              .formatted(imageSize, patchSize, numHiddenLayers, intermediateSize));
    }
    Activation.named(hiddenAct);
  }

  /// With a pooling head.
  public SiglipVisionConfig(
      int hiddenSize,
      int intermediateSize,
      int numHiddenLayers,
      int numAttentionHeads,
      int numChannels,
      int imageSize,
      int patchSize,
      double layerNormEps,
      String hiddenAct) {
    this(
        hiddenSize,
        intermediateSize,
        numHiddenLayers,
        numAttentionHeads,
        numChannels,
        imageSize,
        patchSize,
        layerNormEps,
        hiddenAct,
        true);
  }

  /// The same tower without a pooling head, which those do not need who look at patches alone.
  public SiglipVisionConfig withoutHead() {
    return new SiglipVisionConfig(
        hiddenSize,
        intermediateSize,
        numHiddenLayers,
        numAttentionHeads,
        numChannels,
        imageSize,
        patchSize,
        layerNormEps,
        hiddenAct,
        false);
  }

  /// @param source what error messages call it
  public static SiglipVisionConfig read(JsonNode json, String source) {
    return new SiglipVisionConfig(
        Json.requireInt(json, source, "hidden_size"),
        Json.requireInt(json, source, "intermediate_size"),
        Json.requireInt(json, source, "num_hidden_layers"),
        Json.requireInt(json, source, "num_attention_heads"),
        Json.optionalInt(json, source, "num_channels", 3),
        Json.requireInt(json, source, "image_size"),
        Json.requireInt(json, source, "patch_size"),
        Json.optionalDouble(json, source, "layer_norm_eps", 1e-6),
        Json.optionalString(json, source, "hidden_act", "gelu_pytorch_tanh"),
        Json.optionalBoolean(json, source, "vision_use_head", true));
  }

  public ObjectNode toJson() {
    ObjectNode json =
        Json.newObject()
            .put("model_type", "siglip_vision_model")
            .put("hidden_size", hiddenSize)
            .put("intermediate_size", intermediateSize)
            .put("num_hidden_layers", numHiddenLayers)
            .put("num_attention_heads", numAttentionHeads)
            .put("num_channels", numChannels)
            .put("image_size", imageSize)
            .put("patch_size", patchSize)
            .put("layer_norm_eps", layerNormEps)
            .put("hidden_act", hiddenAct)
            .put("attention_dropout", 0.0);
    return useHead ? json : json.put("vision_use_head", false);
  }

  /// Patches along one side: `⌊imageSize / patchSize⌋`.
  public int grid() {
    return imageSize / patchSize;
  }

  EncoderShape encoder() {
    return new EncoderShape(
        hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, layerNormEps, hiddenAct);
  }
}
