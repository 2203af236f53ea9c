package dev.chrysalis.models.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class UNetConfigTest {
  @Test
  void aConfigWithoutKeysIsThatOfThePythonDefaults() {
    UNetConfig config = UNetConfig.read(Json.newObject(), "config.json");
    assertEquals(List.of(320, 640, 1280, 1280), config.blockOutChannels());
    assertEquals(1280, config.crossAttentionDim());
    assertEquals(List.of(8, 8, 8, 8), config.attentionHeads());
  }

  @Test
  void whatIsWrittenIsReadBack() {
    for (UNetConfig config : List.of(UNetConfig.stableDiffusion15(), Tiny.unetConfig())) {
      assertEquals(config, UNetConfig.read(config.toJson(), "config.json"));
    }
  }

  @Test
  void headsMayDifferByLevel() {
    ObjectNode json = Json.newObject();
    json.putArray("attention_head_dim").add(5).add(10).add(20).add(20);
    assertEquals(List.of(5, 10, 20, 20), UNetConfig.read(json, "c").attentionHeads());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "act_fn | \"gelu\"",
        "class_embed_type | \"timestep\"",
        "addition_embed_type | \"text_time\"",
        "transformer_layers_per_block | [1, 2]",
        "down_block_types | [\"AttnDownBlock2D\", \"DownBlock2D\"]",
        "up_block_types | [\"UpBlock2D\"]",
        "block_out_channels | [30, 64]",
        "block_out_channels | []",
        "attention_head_dim | 5",
        "attention_head_dim | [4]",
        "cross_attention_dim | 0",
        "cross_attention_dim | \"wide\"",
        "layers_per_block | 0",
        "norm_num_groups | 0",
        "resnet_time_scale_shift | \"scale_shift\"",
        "mid_block_type | \"UNetMidBlock2D\"",
        "_class_name | \"UNet2DModel\""
      })
  void whatIsNotSupportedIsNamed(String key, String value) {
    ObjectNode json = UNetConfig.of(4, List.of(32, 64), 1, 32, 4, 8, 8).toJson();
    json.set(key, Json.parse(value));
    ConfigException e =
        assertThrows(ConfigException.class, () -> UNetConfig.read(json, "unet/config.json"));
    assertTrue(e.getMessage().contains(key), e.getMessage());
  }
}
