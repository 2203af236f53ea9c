package dev.chrysalis.models.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.node.ObjectNode;

class VisualAdapterTest {
  private static VisualAdapterConfig config(VisualAdapterConfig.Mode mode) {
    return new VisualAdapterConfig(mode, 5, 7, 6, 4, 2, 3, 9, 0);
  }

  @ParameterizedTest
  @EnumSource(VisualAdapterConfig.Mode.class)
  void everyModeGivesRowsOfTheContext(VisualAdapterConfig.Mode mode) {
    Weights fresh = Weights.fresh(VisualAdapter::initializer, 1);
    VisualAdapter adapter = VisualAdapter.load(fresh, config(mode));
    int rows = mode == VisualAdapterConfig.Mode.MLP ? 8 : 4;
    assertEquals(Shape.of(2, rows, 6), adapter.forward(Tiny.normal(0, 2, 8, 5)).shape());
    assertThrows(ShapeException.class, () -> adapter.forward(Tiny.normal(0, 2, 8, 6)));
    assertEquals(
        config(mode), VisualAdapterConfig.read(config(mode).toJson(), "model_config.json"));
  }

  @Test
  void learnedPositionsAreAdded() {
    VisualAdapterConfig plain = config(VisualAdapterConfig.Mode.MLP);
    VisualAdapterConfig placed = plain.withPositions(8);
    assertEquals(placed, VisualAdapterConfig.read(placed.toJson(), "model_config.json"));
    Weights fresh = Weights.fresh(VisualAdapter::initializer, 1);
    VisualAdapter adapter = VisualAdapter.load(fresh, placed);
    Tensor features = Tiny.normal(0, 2, 8, 5);
    Tensor without =
        VisualAdapter.load(Weights.of("same", fresh.tensors()), plain).forward(features);
    float[] difference = adapter.forward(features).sub(without).toFloats();
    float[] positions = fresh.tensors().get("position_embeddings").toFloats();
    for (int i = 0; i < difference.length; i++) {
      assertEquals(positions[i % positions.length], difference[i], 1e-5f);
    }
    assertThrows(ShapeException.class, () -> adapter.forward(Tiny.normal(0, 2, 7, 5)));
  }

  /// The published visualizer: 2 layers from 1152 over 2048 to 768.
  @Test
  void thePublishedAdapterHasTheKnownNumberOfWeights() {
    Weights w = UNetTest.weightless();
    VisualAdapter.load(w, VisualAdapterConfig.mlp(1152, 2048, 768, 2, 77));
    assertEquals(3_940_608, UNetTest.count(w));
  }

  @ParameterizedTest
  @CsvSource({
    "mode, \"encdec\"",
    "num_layers, 0",
    "num_heads, 4",
    "num_tokens, 10",
    "input_dim, -1",
    "num_positions, 3"
  })
  void whatIsNotSupportedIsNamed(String key, String value) {
    ObjectNode json = config(VisualAdapterConfig.Mode.XATTN).toJson();
    json.set(key, Json.parse(value));
    ConfigException e =
        assertThrows(
            ConfigException.class, () -> VisualAdapterConfig.read(json, "model_config.json"));
    assertTrue(e.getMessage().contains(key), e.getMessage());
  }
}
