package dev.chrysalis.models.llama;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// How rotary positions are stretched for contexts longer than the first training had.
public sealed interface RopeScaling {
  /// The scaled angular frequency of pair `index`.
  double apply(int index, double frequency);

  /// The `rope_scaling` entry of a config.
  ObjectNode toJson();

  /// @param json the `rope_scaling` entry; empty for a scaling by nothing
  static Optional<RopeScaling> read(JsonNode json, String source) {
    String type =
        Json.optionalString(
            json, source, "rope_type", Json.optionalString(json, source, "type", "default"));
    return switch (type) {
      case "default" -> Optional.empty();
      case "llama3" -> Optional.of(Llama3.read(json, source));
      default ->
          throw new ConfigException(
              "%s: rope_type: found '%s', need 'llama3' or 'default'".formatted(source, type));
    };
  }

  /// `llama3`: long waves are slowed by `factor`, short ones stay, those between are blended.
  ///
  /// With wavelength `λ = 2π/f`: `λ < L/high → f`; `λ > L/low → f/factor`; else `(1−s)·f/factor +
  /// s·f`, `s = (L/λ − low)/(high − low)`, `L` the original context. Source: `rope_scaling` of
  /// Llama-3.1 checkpoints.
  record Llama3(
      double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositionEmbeddings)
      implements RopeScaling {
    private static Llama3 read(JsonNode json, String source) {
      return new Llama3(
          Json.requireDouble(json, source, "factor"),
          Json.requireDouble(json, source, "low_freq_factor"),
          Json.requireDouble(json, source, "high_freq_factor"),
          Json.requireInt(json, source, "original_max_position_embeddings"));
    }

    public Llama3 {
      if (factor <= 0 || highFreqFactor <= lowFreqFactor || originalMaxPositionEmbeddings < 1) {
        throw new ConfigException(
            "rope_scaling: factor %s, low_freq_factor %s, high_freq_factor %s, original context %d"
                .formatted(factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings));
      }
    }

    @Override
    public ObjectNode toJson() {
      return Json.newObject()
          .put("rope_type", "llama3")
          .put("factor", factor)
          .put("low_freq_factor", lowFreqFactor)
          .put("high_freq_factor", highFreqFactor)
          .put("original_max_position_embeddings", originalMaxPositionEmbeddings);
    }

    @Override
    public double apply(int index, double frequency) {
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

  /// Every frequency is divided by a factor of its own, as GGUF files spell `llama3` out in
  /// `rope_freqs.weight`. In a config it is a `longrope` whose short and long factors are the same.
  record Factors(List<Double> factors) implements RopeScaling {
    public Factors {
      factors = List.copyOf(factors);
      for (double factor : factors) {
        if (!(factor > 0 && factor < Double.POSITIVE_INFINITY)) {
          throw new ConfigException("rope factors: found %s, need above 0".formatted(factor));
        }
      }
    }

    @Override
    public ObjectNode toJson() {
      ObjectNode json = Json.newObject().put("rope_type", "longrope").put("attention_factor", 1.0);
      for (String key : List.of("short_factor", "long_factor")) {
        ArrayNode array = json.putArray(key);
        factors.forEach(array::add);
      }
      return json;
    }

    @Override
    public double apply(int index, double frequency) {
      return frequency / factors.get(index);
    }
  }
}
