package dev.chrysalis.models.llama;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The `llama3` stretching of rotary positions: long waves are slowed by `factor`, short ones stay,
/// those between are blended.
///
/// With wavelength `λ = 2π/f`: `λ < L/high → f`; `λ > L/low → f/factor`; else `(1−s)·f/factor +
/// s·f`, `s = (L/λ − low)/(high − low)`, `L` the original context. Source: `rope_scaling` of
/// Llama-3.1 checkpoints.
public record RopeScaling(
    double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositionEmbeddings) {
  static RopeScaling read(JsonNode json, String source) {
    return new RopeScaling(
        Json.requireDouble(json, source, "factor"),
        Json.requireDouble(json, source, "low_freq_factor"),
        Json.requireDouble(json, source, "high_freq_factor"),
        Json.requireInt(json, source, "original_max_position_embeddings"));
  }

  public RopeScaling {
    if (factor <= 0 || highFreqFactor <= lowFreqFactor || originalMaxPositionEmbeddings < 1) {
      throw new ConfigException(
          "rope_scaling: factor %s, low_freq_factor %s, high_freq_factor %s, original context %d"
              .formatted(factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings));
    }
  }

  ObjectNode toJson() {
    return Json.newObject()
        .put("rope_type", "llama3")
        .put("factor", factor)
        .put("low_freq_factor", lowFreqFactor)
        .put("high_freq_factor", highFreqFactor)
        .put("original_max_position_embeddings", originalMaxPositionEmbeddings);
  }

  /// The scaled angular frequency.
  double apply(double frequency) {
    double turns = originalMaxPositionEmbeddings * frequency / (2 * Math.PI); // L / λ
    if (turns > highFreqFactor) {
      return frequency;
    }
    if (turns < lowFreqFactor) {
      return frequency / factor;
    }
    double s = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return (1 - s) * frequency / factor + s * frequency;
  }
}
