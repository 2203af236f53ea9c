package dev.chrysalis.zoo.metamorph;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.models.siglip.SiglipVisionConfig;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The `config.json` of a MetaMorph: a LLaMA config with the vision keys of the reference code
/// added.
///
/// @param numImageTokens visual tokens a picture costs; a square number
/// @param normalizeVision whether visual tokens have length 1
/// @param visionCoef weight of the visual loss
public record MetaMorphConfig(
    LlamaConfig language,
    SiglipVisionConfig vision,
    int numImageTokens,
    boolean normalizeVision,
    double visionCoef,
    int imageStartTokenId,
    int imageEndTokenId) {
  public static final String MODEL_TYPE = "metamorph_llama";

  public MetaMorphConfig {
    int side = (int) Math.round(Math.sqrt(numImageTokens));
    if (numImageTokens < 1 || side * side != numImageTokens) {
      throw new ConfigException(
          "metamorph config: num_image_tokens: found %d, need a square number"
              .formatted(numImageTokens));
    }
    for (int id : new int[] {imageStartTokenId, imageEndTokenId}) {
      if (id < 0 || id >= language.vocabSize()) {
        throw new ConfigException(
            "metamorph config: image token id %d is outside of vocab_size %d"
                .formatted(id, language.vocabSize()));
      }
    }
  }

  /// @param source what error messages call it
  public static MetaMorphConfig read(JsonNode json, String source) {
    String type = Json.requireString(json, source, "model_type");
    if (!type.equals(MODEL_TYPE)) {
      throw new ConfigException(
          "%s: model_type: found '%s', need '%s'".formatted(source, type, MODEL_TYPE));
    }
    need(json, source, "mm_projector_type", "mlp2x_gelu");
    need(json, source, "vision_head_type", "mlp");
    need(json, source, "mm_vision_select_feature", "patch");
    need(json, source, "image_token_reduction", "interpolation");
    if (Json.optionalInt(json, source, "mm_vision_select_layer", -1) != -1) {
      throw new ConfigException(source + ": mm_vision_select_layer: only -1 is supported");
    }
    LlamaConfig language = LlamaConfig.read(json, source);
    return new MetaMorphConfig(
        language,
        SiglipVisionConfig.read(
            Json.requireObject(json, source, "mm_vision_config"), source + ": mm_vision_config"),
        Json.requireInt(json, source, "num_image_tokens"),
        Json.optionalBoolean(json, source, "normalize_vision", true),
        Json.optionalDouble(json, source, "vision_coef", 1),
        Json.optionalInt(json, source, "image_start_token_id", language.vocabSize() - 2),
        Json.optionalInt(json, source, "image_end_token_id", language.vocabSize() - 1));
  }

  private static void need(JsonNode json, String source, String key, String expected) {
    String found = Json.optionalString(json, source, key, expected);
    if (!found.equals(expected)) {
      throw new ConfigException(
          "%s: %s: found '%s', need '%s'".formatted(source, key, found, expected));
    }
  }

  public ObjectNode toJson() {
    ObjectNode json =
        language
            .toJson()
            .put("model_type", MODEL_TYPE)
            .put("mm_hidden_size", vision.hiddenSize())
            .put("mm_projector_type", "mlp2x_gelu")
            .put("vision_head_type", "mlp")
            .put("mm_vision_select_layer", -1)
            .put("mm_vision_select_feature", "patch")
            .put("image_token_reduction", "interpolation")
            .put("image_aspect_ratio", "square")
            .put("num_image_tokens", numImageTokens)
            .put("normalize_vision", normalizeVision)
            .put("vision_coef", visionCoef)
            .put("image_start_token_id", imageStartTokenId)
            .put("image_end_token_id", imageEndTokenId);
    json.putArray("architectures").add("MetaMorphLlamaForCausalLM");
    json.set("mm_vision_config", vision.toJson());
    return json;
  }

  /// Visual tokens along one side of a picture.
  public int tokenGrid() {
    return (int) Math.round(Math.sqrt(numImageTokens));
  }
}
