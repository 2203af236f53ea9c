package dev.chrysalis.models.siglip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import org.junit.jupiter.api.Test;

class SiglipVisionTest {
  private static final SiglipVisionConfig WITH_HEAD =
      new SiglipVisionConfig(16, 32, 1, 2, 3, 16, 4, 1e-6, "gelu_pytorch_tanh");

  @Test
  void aTowerNeedsNoPoolingHead() {
    SiglipVisionConfig config = WITH_HEAD.withoutHead();
    assertEquals(config, SiglipVisionConfig.read(config.toJson(), "config.json"));
    assertEquals(WITH_HEAD, SiglipVisionConfig.read(WITH_HEAD.toJson(), "config.json"));

    Weights weights = Weights.fresh(Siglip::initializer, 1);
    SiglipVision tower = SiglipVision.load(weights, config);
    assertTrue(weights.tensors().keySet().stream().noneMatch(name -> name.startsWith("head")));

    Tensor pixels = Ops.normal(DType.F32, 1, 1, 2, 3, 16, 16);
    assertEquals(Shape.of(2, 16, 16), tower.lastHiddenState(pixels).shape());
    assertThrows(IllegalStateException.class, () -> tower.pooled(pixels));
  }

  @Test
  void matchingNeedsThePoolingHead() {
    SiglipTextConfig text = new SiglipTextConfig(64, 16, 32, 1, 2, 8, 16, 1e-6, "gelu");
    SiglipVisionConfig vision = WITH_HEAD.withoutHead();
    assertThrows(ConfigException.class, () -> new Siglip.Config(vision, text));
  }
}
