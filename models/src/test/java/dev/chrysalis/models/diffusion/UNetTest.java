package dev.chrysalis.models.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.nn.Trace;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UNetTest {
  @Test
  void stableDiffusionHasTheNumberOfWeightsOfThePublishedCheckpoint() {
    Weights w = weightless();
    UNet.load(w, UNetConfig.stableDiffusion15());
    assertEquals(859_520_964, count(w));
  }

  /// All weights are one number that is repeated: they have shapes and no size.
  static Weights weightless() {
    return Weights.fresh(
        (_, _) -> (shape, _, _) -> Tensor.scalar(DType.F32, 0).expand(shape.toArray()), 0);
  }

  static long count(Weights w) {
    return w.tensors().values().stream().mapToLong(Tensor::count).sum();
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "2, 4, 4", "1, 5, 3", "1, 2, 7"})
  void theOutputHasTheSizeOfTheSample(int batch, int height, int width) {
    Tensor sample = Tiny.normal(0, batch, 4, height, width);
    Tensor timesteps = Tensor.of(new long[batch], batch);
    Tensor y = Tiny.unet().forward(sample, timesteps, Tiny.normal(1, batch, 3, Tiny.CONTEXT));
    assertEquals(sample.shape(), y.shape());
    for (double value : y.toDoubles()) {
      assertTrue(Double.isFinite(value));
    }
  }

  @Test
  void rowsOfABatchDoNotSeeEachOther() {
    UNet unet = Tiny.unet();
    Tensor sample = Tiny.normal(0, 2, 4, 4, 4);
    Tensor context = Tiny.normal(1, 2, 3, Tiny.CONTEXT);
    Tensor both = unet.forward(sample, Tensor.of(new long[] {3, 700}, 2), context);
    Tensor second =
        unet.forward(sample.slice(0, 1, 2), Tensor.of(new long[] {700}, 1), context.slice(0, 1, 2));
    assertArrayEquals(second.toDoubles(), both.slice(0, 1, 2).toDoubles(), 1e-5);
  }

  @Test
  void outputDependsOnTimeAndContext() {
    UNet unet = Tiny.unet();
    Tensor sample = Tiny.normal(0, 1, 4, 4, 4);
    Tensor context = Tiny.normal(1, 1, 3, Tiny.CONTEXT);
    Tensor early = Tensor.of(new long[] {10}, 1);
    Tensor y = unet.forward(sample, early, context);
    Tensor later = unet.forward(sample, Tensor.of(new long[] {900}, 1), context);
    Tensor other = unet.forward(sample, early, context.mul(-1));
    assertTrue(later.sub(y).square().sum().item() > 1e-6);
    assertTrue(other.sub(y).square().sum().item() > 1e-6);
  }

  @Test
  void projectionsMayBeMatrices() {
    UNetConfig c = Tiny.unetConfig();
    Weights w = Tiny.weights(1);
    UNet convolutions = UNet.load(w, c);
    Map<String, Tensor> matrices = new HashMap<>(w.tensors());
    matrices.replaceAll((name, tensor) ->
        name.contains(".proj_in.weight") || name.contains(".proj_out.weight")
            ? tensor.reshape(tensor.size(0), tensor.size(1))
            : tensor);
    UNetConfig linear =
        new UNetConfig(
            c.inChannels(),
            c.outChannels(),
            c.blockOutChannels(),
            c.layersPerBlock(),
            c.downBlockTypes(),
            c.upBlockTypes(),
            c.crossAttentionDim(),
            c.attentionHeads(),
            c.normNumGroups(),
            c.normEps(),
            c.flipSinToCos(),
            c.freqShift(),
            true,
            c.sampleSize());
    Weights again = Weights.of("matrices", matrices);
    UNet unet = UNet.load(again, linear);
    again.finish();
    Tensor sample = Tiny.normal(0, 1, 4, 4, 4);
    Tensor t = Tensor.of(new long[] {5}, 1);
    Tensor context = Tiny.normal(1, 1, 3, Tiny.CONTEXT);
    assertArrayEquals(
        convolutions.forward(sample, t, context).toDoubles(),
        unet.forward(sample, t, context).toDoubles(),
        0);
  }

  @Test
  void freshWeightsPredictZero() {
    UNet unet = UNet.load(Weights.fresh(UNet::initializer, 5), Tiny.unetConfig());
    Trace trace = new Trace();
    Tensor y =
        trace.during(() ->
            unet.forward(
                Tiny.normal(0, 1, 4, 4, 4),
                Tensor.of(new long[] {5}, 1),
                Tiny.normal(1, 1, 3, Tiny.CONTEXT)));
    assertEquals(0, y.square().sum().item());
    assertTrue(trace.values().get("up_blocks.1").square().sum().item() > 0);
    assertEquals(Shape.of(1, 8, 2, 2), trace.values().get("down_blocks.0").shape());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    UNet unet = Tiny.unet();
    Tensor t = Tensor.of(new long[] {5}, 1);
    Tensor sample = Tiny.normal(0, 1, 4, 4, 4);
    for (Tensor context : List.of(Tiny.normal(1, 2, 3, Tiny.CONTEXT), Tiny.normal(1, 1, 3, 7))) {
      ShapeException e = assertThrows(ShapeException.class, () -> unet.forward(sample, t, context));
      assertTrue(e.getMessage().startsWith("unet: got sample (1, 4, 4, 4)"), e.getMessage());
    }
  }

  @Test
  void missingWeightsAreListedTogether() {
    Weights w = Tiny.weights(1);
    UNet.load(w, Tiny.unetConfig());
    Map<String, Tensor> some = new HashMap<>(w.tensors());
    some.remove("conv_in.bias");
    some.put("conv_out.bias", Tensor.zeros(DType.F32, 5));
    some.put("surplus", Tensor.zeros(DType.F32, 1));
    Weights broken = Weights.of("broken", some);
    UNet.load(broken, Tiny.unetConfig());
    CheckpointException e = assertThrows(CheckpointException.class, broken::finish);
    for (String name : List.of("conv_in.bias", "conv_out.bias", "surplus", "3 tensors")) {
      assertTrue(e.getMessage().contains(name), e.getMessage());
    }
  }
}
