package dev.chrysalis.models.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class AutoencoderKlTest {
  @Test
  void stableDiffusionHasTheNumberOfWeightsOfThePublishedCheckpoint() {
    Weights w = UNetTest.weightless();
    AutoencoderKl.load(w, AutoencoderKlConfig.stableDiffusion15());
    assertEquals(83_653_863, UNetTest.count(w));
  }

  @Test
  void whatIsWrittenIsReadBackAndTheScalingFactorHasADefault() {
    AutoencoderKlConfig config = Tiny.vaeConfig();
    assertEquals(config, AutoencoderKlConfig.read(config.toJson(), "config.json"));
    ObjectNode old = config.toJson();
    old.remove("scaling_factor");
    assertEquals(0.18215, AutoencoderKlConfig.read(old, "config.json").scalingFactor());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "block_out_channels | [4, 9]",
        "down_block_types | [\"DownEncoderBlock2D\", \"AttnDownEncoderBlock2D\"]",
        "use_quant_conv | false",
        "shift_factor | 0.1",
        "latents_mean | [0]",
        "scaling_factor | 0",
        "latent_channels | 0"
      })
  void whatIsNotSupportedIsNamed(String key, String value) {
    ObjectNode json = Tiny.vaeConfig().toJson();
    json.set(key, Json.parse(value));
    ConfigException e =
        assertThrows(ConfigException.class, () -> AutoencoderKlConfig.read(json, "config.json"));
    assertTrue(e.getMessage().contains(key), e.getMessage());
  }

  @Test
  void sizesHalveAndDouble() {
    AutoencoderKl vae = Tiny.vae();
    LatentDistribution latents = vae.encode(Tiny.normal(0, 2, 3, 6, 10));
    assertEquals(Shape.of(2, 4, 3, 5), latents.mean().shape());
    assertEquals(Shape.of(2, 3, 6, 10), vae.decode(latents.mean()).shape());
    ShapeException e =
        assertThrows(ShapeException.class, () -> vae.encode(Tiny.normal(0, 1, 3, 6, 7)));
    assertTrue(e.getMessage().contains("(1, 3, 6, 7)"), e.getMessage());
    assertThrows(ShapeException.class, () -> vae.decode(Tiny.normal(0, 1, 3, 4, 4)));
  }

  @Test
  void distributionSamplesAndMeasures() {
    Tensor moments = Tensor.of(new float[] {0, 2, 0, -50}, 1, 4, 1, 1);
    LatentDistribution d = LatentDistribution.of(moments);
    assertArrayEquals(new double[] {0, -30}, d.logvar().toDoubles());
    Tensor sample = d.sample(Tensor.of(new float[] {3, 3}, 1, 2, 1, 1));
    assertArrayEquals(new double[] {3, 2 + 3 * Math.exp(-15)}, sample.toDoubles(), 1e-6);
    double second = 0.5 * (4 + Math.exp(-30) - 1 + 30); // the first one is standard normal: 0
    assertArrayEquals(new double[] {second}, d.kl().toDoubles(), 1e-5);
  }

  @Test
  void olderCheckpointsAreRead(@TempDir Path folder) {
    Weights fresh = Tiny.weights(2);
    AutoencoderKl vae = AutoencoderKl.load(fresh, Tiny.vaeConfig());
    Map<String, Tensor> old = new HashMap<>();
    fresh
        .tensors()
        .forEach((name, tensor) -> {
          String legacy =
              name.replace("to_q", "query")
                  .replace("to_k", "key")
                  .replace("to_v", "value")
                  .replace("to_out.0", "proj_attn");
          boolean matrix = !legacy.equals(name) && tensor.rank() == 2;
          old.put(legacy, matrix ? tensor.reshape(tensor.size(0), tensor.size(1), 1, 1) : tensor);
        });
    assertTrue(old.containsKey("encoder.mid_block.attentions.0.proj_attn.bias"));
    SafetensorsWriter.write(folder.resolve("old.safetensors"), old, Map.of());
    try (Checkpoint file = Checkpoint.open(folder.resolve("old.safetensors"))) {
      Weights w = AutoencoderKl.weights(file);
      AutoencoderKl again = AutoencoderKl.load(w, Tiny.vaeConfig());
      w.finish();
      Tensor latents = Tiny.normal(0, 1, 4, 2, 2);
      assertArrayEquals(vae.decode(latents).toDoubles(), again.decode(latents).toDoubles(), 0);
    }
  }

  @Test
  void freshWeightsKeepPicturesFinite() {
    AutoencoderKl vae =
        AutoencoderKl.load(Weights.fresh(AutoencoderKl::initializer, 3), Tiny.vaeConfig());
    Tensor image = Tiny.normal(0, 1, 3, 8, 8);
    Tensor decoded = vae.decode(vae.encode(image).sample(Tensor.zeros(DType.F32, 1, 4, 4, 4)));
    assertEquals(image.shape(), decoded.shape());
    assertTrue(Double.isFinite(decoded.sum().item()));
  }
}
