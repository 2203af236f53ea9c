package dev.chrysalis.models.diffusion;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The `model_config.json` of an adapter.
///
/// @param inputDim width of the visual features
/// @param hiddenDim width between the layers of an `mlp`
/// @param outputDim width of the UNet's context
/// @param numTokens learned tokens of the modes that attend
/// @param numHeads heads of the modes that attend
/// @param contextRows rows that the context is filled up to with zeros; 77 in Stable Diffusion
/// @param numPositions features that an `mlp` tells apart by learned positions; 0, as in the
///   published ones, for none
public record VisualAdapterConfig(
    Mode mode,
    int inputDim,
    int hiddenDim,
    int outputDim,
    int numTokens,
    int numLayers,
    int numHeads,
    int contextRows,
    int numPositions) {
  /// Rows of the context that Stable Diffusion 1 was trained with.
  public static final int STABLE_DIFFUSION_ROWS = 77;

  private static final String MODEL = "adapter";

  /// What the adapter is made of.
  public enum Mode {
    /// Linear layers with norms.
    MLP("mlp"),
    /// Learned tokens that attend to the features.
    XATTN("xattn"),
    /// The same with a feed-forward network after each attention.
    XATTNFFN("xattnffn");

    private final String configName;

    Mode(String configName) {
      this.configName = configName;
    }

    /// The name in configs.
    public String configName() {
      return configName;
    }

    static Optional<Mode> named(String name) {
      return Arrays.stream(values()).filter(mode -> mode.configName.equals(name)).findFirst();
    }
  }

  public VisualAdapterConfig {
    Supported.check(inputDim > 0, MODEL, "input_dim", inputDim, "1 or more");
    Supported.check(hiddenDim > 0, MODEL, "hidden_dim", hiddenDim, "1 or more");
    Supported.check(outputDim > 0, MODEL, "output_dim", outputDim, "1 or more");
    Supported.check(numLayers > 0, MODEL, "num_layers", numLayers, "1 or more");
    Supported.check(contextRows > 0, MODEL, "context_rows", contextRows, "1 or more");
    Supported.check(
        numPositions >= 0 && (numPositions == 0 || mode == Mode.MLP),
        MODEL,
        "num_positions",
        numPositions,
        "0, or more for an mlp");
    if (mode != Mode.MLP) {
      Supported.check(
          numTokens > 0 && numTokens <= contextRows,
          MODEL,
          "num_tokens",
          numTokens,
          "1 to context_rows " + contextRows);
      Supported.check(
          numHeads > 0 && outputDim % numHeads == 0,
          MODEL,
          "num_heads",
          numHeads,
          "a divisor of output_dim " + outputDim);
    }
  }

  /// Linear layers with norms: `inputDim → hiddenDim → … → outputDim`.
  public static VisualAdapterConfig mlp(
      int inputDim, int hiddenDim, int outputDim, int numLayers, int contextRows) {
    return new VisualAdapterConfig(
        Mode.MLP, inputDim, hiddenDim, outputDim, contextRows, numLayers, 1, contextRows, 0);
  }

  /// This configuration with learned positions of `count` features.
  public VisualAdapterConfig withPositions(int count) {
    return new VisualAdapterConfig(
        mode, inputDim, hiddenDim, outputDim, numTokens, numLayers, numHeads, contextRows, count);
  }

  /// This configuration with another size of the context.
  public VisualAdapterConfig withContextRows(int rows) {
    return new VisualAdapterConfig(
        mode, inputDim, hiddenDim, outputDim, numTokens, numLayers, numHeads, rows, numPositions);
  }

  /// Reads a config; `context_rows`, which the published ones do not have, is 77 when absent.
  ///
  /// @param source what error messages call it
  public static VisualAdapterConfig read(JsonNode json, String source) {
    Json.asObject(json, source);
    String name = Json.requireString(json, source, "mode");
    Mode mode =
        Mode.named(name)
            .orElseThrow(() ->
                new ConfigException(
                    "%s: mode: found '%s', supported are %s"
                        .formatted(
                            source,
                            name,
                            List.of(Mode.values()).stream().map(Mode::configName).toList())));
    int output = Json.requireInt(json, source, "output_dim");
    return new VisualAdapterConfig(
        mode,
        Json.requireInt(json, source, "input_dim"),
        Json.optionalInt(json, source, "hidden_dim", output),
        output,
        Json.optionalInt(json, source, "num_tokens", STABLE_DIFFUSION_ROWS),
        Json.requireInt(json, source, "num_layers"),
        Json.optionalInt(json, source, "num_heads", 8),
        Json.optionalInt(json, source, "context_rows", STABLE_DIFFUSION_ROWS),
        Json.optionalInt(json, source, "num_positions", 0));
  }

  public ObjectNode toJson() {
    return Json.newObject()
        .put("mode", mode.configName())
        .put("input_dim", inputDim)
        .put("hidden_dim", hiddenDim)
        .put("output_dim", outputDim)
        .put("num_tokens", numTokens)
        .put("num_layers", numLayers)
        .put("num_heads", numHeads)
        .put("context_rows", contextRows)
        .put("num_positions", numPositions);
  }
}
