package dev.chrysalis.models.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class LatentDiffusionTest {
  private static final LatentDiffusion.Settings SETTINGS = new LatentDiffusion.Settings(3, 2, 11);

  private static List<Picture> draw(LatentDiffusion pipeline, LatentDiffusion.Settings settings) {
    return pipeline.draw(Tiny.normal(0, 2, 4, 5), 8, 6, settings, LatentDiffusion.Progress.NONE);
  }

  @Test
  void onePictureForEachRowOfFeatures() {
    List<String> heard = new ArrayList<>();
    List<Picture> pictures =
        Tiny.pipeline()
            .draw(
                Tiny.normal(0, 2, 4, 5),
                8,
                6,
                SETTINGS,
                (done, total) -> heard.add(done + "/" + total));
    assertEquals(List.of("1/3", "2/3", "3/3"), heard);
    assertEquals(2, pictures.size());
    assertEquals(8, pictures.getFirst().height());
    assertEquals(6, pictures.getFirst().width());
    assertFalse(Arrays.equals(pictures.get(0).rgb(), pictures.get(1).rgb()));
  }

  @Test
  void aSeedFixesThePicture() {
    LatentDiffusion pipeline =
        Tiny.pipeline()
            .withSampler(Ddpm.of(NoiseSchedule.stableDiffusion(), PredictionType.EPSILON));
    byte[] first = draw(pipeline, SETTINGS).getFirst().rgb();
    assertArrayEquals(first, draw(pipeline, SETTINGS).getFirst().rgb());
    byte[] other = draw(pipeline, new LatentDiffusion.Settings(3, 2, 12)).getFirst().rgb();
    assertFalse(Arrays.equals(first, other));
  }

  @Test
  void guidanceMixesBothPredictions() {
    UNet unet = Tiny.unet();
    Tensor x = Tiny.normal(0, 1, 4, 4, 4);
    Tensor context = Tiny.normal(1, 1, 3, Tiny.CONTEXT);
    Tensor c = GuidedUNet.of(unet, context, 1).forward(x, 300);
    Tensor u = GuidedUNet.of(unet, context.mul(0), 1).forward(x, 300);
    Tensor found = GuidedUNet.of(unet, context, 3).forward(x, 300);
    assertArrayEquals(u.add(c.sub(u).mul(3)).toDoubles(), found.toDoubles(), 1e-4);
    assertTrue(c.sub(u).square().sum().item() > 1e-6);
  }

  @Test
  void theContextIsFilledUpWithZeros() {
    LatentDiffusion pipeline = Tiny.pipeline();
    Tensor context = pipeline.context(Tiny.normal(0, 1, 4, 5));
    assertEquals(Shape.of(1, 9, Tiny.CONTEXT), context.shape());
    assertEquals(0, context.slice(1, 4, 9).square().sum().item());
    ShapeException e =
        assertThrows(ShapeException.class, () -> pipeline.context(Tiny.normal(0, 1, 10, 5)));
    assertTrue(e.getMessage().contains("got 10 rows"), e.getMessage());
  }

  @Test
  void bytesAreRoundedAndClamped() {
    Tensor image = Tensor.of(new float[] {-3, -1, 0, 0.5f, 1, 9}, 1, 3, 1, 2);
    Tensor bytes = LatentDiffusion.toBytes(image);
    assertEquals(Shape.of(1, 1, 2, 3), bytes.shape());
    assertEquals(DType.U8, bytes.dtype());
    // pixel 0: channels -3, 0, 1; pixel 1: -1, 0.5, 9; 127.5 rounds to even
    assertArrayEquals(new long[] {0, 128, 255, 0, 191, 255}, bytes.toLongs());
  }

  @Test
  void sizesThatDoNotFitAreRefused() {
    ShapeException e =
        assertThrows(
            ShapeException.class,
            () ->
                Tiny.pipeline()
                    .draw(Tiny.normal(0, 1, 4, 5), 7, 8, SETTINGS, LatentDiffusion.Progress.NONE));
    assertTrue(e.getMessage().contains("7 x 8"), e.getMessage());
  }

  @Test
  void partsThatDoNotFitAreRefused() {
    VisualAdapter wide =
        VisualAdapter.load(
            Weights.fresh(VisualAdapter::initializer, 1),
            VisualAdapterConfig.mlp(5, 7, Tiny.CONTEXT + 1, 2, 9));
    LatentDiffusion p = Tiny.pipeline();
    assertThrows(
        ConfigException.class, () -> new LatentDiffusion(p.unet(), p.vae(), wide, p.sampler()));
  }

  // ---- folders ----

  private static void write(Path folder) {
    Weights unet = Tiny.weights(1);
    UNet.load(unet, Tiny.unetConfig());
    Weights vae = Tiny.weights(2);
    AutoencoderKl.load(vae, Tiny.vaeConfig());
    Weights adapter = Tiny.weights(3);
    VisualAdapter.load(adapter, Tiny.adapterConfig());
    DiffusionFolder.write(
        folder,
        new DiffusionFolder.Part<>(Tiny.unetConfig(), unet.tensors()),
        new DiffusionFolder.Part<>(Tiny.vaeConfig(), vae.tensors()),
        new DiffusionFolder.Part<>(Tiny.adapterConfig(), adapter.tensors()),
        Tiny.pipeline().sampler());
  }

  @Test
  void aFolderThatIsWrittenDrawsTheSamePicture(@TempDir Path folder) {
    write(folder);
    try (DiffusionFolder files = DiffusionFolder.open(folder)) {
      assertArrayEquals(
          draw(Tiny.pipeline(), SETTINGS).getFirst().rgb(),
          draw(files.pipeline(), SETTINGS).getFirst().rgb());
    }
  }

  @Test
  void brokenFoldersAreRefused(@TempDir Path folder) throws IOException {
    assertThrows(ConfigException.class, () -> DiffusionFolder.open(folder.resolve("none")));
    write(folder);
    ObjectNode config = Json.readObject(folder.resolve("unet/config.json"));
    config.put("cross_attention_dim", 5);
    Json.write(folder.resolve("unet/config.json"), config);
    Files.delete(folder.resolve("vae/diffusion_pytorch_model.safetensors"));
    ObjectNode index = Json.readObject(folder.resolve("model_index.json"));
    try (DiffusionFolder files = DiffusionFolder.open(folder)) {
      CheckpointException shapes = assertThrows(CheckpointException.class, files::unet);
      assertTrue(shapes.getMessage().contains("attn2.to_k.weight"), shapes.getMessage());
      assertThrows(CheckpointException.class, files::vae);
    }
    index.remove("unet");
    Json.write(folder.resolve("model_index.json"), index);
    ConfigException e = assertThrows(ConfigException.class, () -> DiffusionFolder.open(folder));
    assertTrue(e.getMessage().contains("unet"), e.getMessage());
  }

  // ---- training ----

  @Test
  void theLossOfAnUntrainedNetworkIsThatOfPredictingNothing() {
    UNet unet = UNet.load(Weights.fresh(UNet::initializer, 5), Tiny.unetConfig());
    NoiseSchedule schedule = NoiseSchedule.stableDiffusion();
    Tensor latents = Tiny.normal(0, 2, 4, 4, 4);
    Tensor noise = Tiny.normal(1, 2, 4, 4, 4);
    Tensor context = Tiny.normal(2, 2, 3, Tiny.CONTEXT);
    Tensor t = Tensor.of(new long[] {10, 900}, 2);
    Tensor kept = Tensor.of(new float[] {0, 1}, 2);
    DiffusionLoss epsilon = new DiffusionLoss(unet, schedule, PredictionType.EPSILON);
    assertEquals(
        noise.square().mean().item(), epsilon.loss(latents, noise, t, context, kept).item(), 1e-5);
    DiffusionLoss velocity = new DiffusionLoss(unet, schedule, PredictionType.V_PREDICTION);
    assertEquals(
        schedule.velocity(latents, noise, t).square().mean().item(),
        velocity.loss(latents, noise, t, context, kept).item(),
        1e-5);
  }

  @Test
  void droppedConditionsChangeNothing() {
    DiffusionLoss loss =
        new DiffusionLoss(Tiny.unet(), NoiseSchedule.stableDiffusion(), PredictionType.EPSILON);
    Tensor latents = Tiny.normal(0, 1, 4, 4, 4);
    Tensor noise = Tiny.normal(1, 1, 4, 4, 4);
    Tensor context = Tiny.normal(2, 1, 3, Tiny.CONTEXT);
    Tensor t = Tensor.of(new long[] {10}, 1);
    double[] found =
        IntStream.range(0, 4)
            .mapToDouble(i ->
                loss.loss(
                        latents,
                        noise,
                        t,
                        context.mul(i % 2 == 0 ? 1 : -1),
                        Tensor.of(new float[] {i / 2}, 1))
                    .item())
            .toArray();
    assertEquals(found[0], found[1]);
    assertTrue(Math.abs(found[2] - found[3]) > 1e-6);
  }

  @Test
  void conditionsAreDroppedAsOftenAsAsked() {
    Tensor kept = DiffusionLoss.keep(4000, 0.3, 5, 6);
    assertEquals(0.7, kept.mean().item(), 0.03);
    assertArrayEquals(kept.toFloats(), DiffusionLoss.keep(4000, 0.3, 5, 6).toFloats());
    assertEquals(8, DiffusionLoss.keep(8, 0, 1, 1).sum().item());
    assertEquals(0, DiffusionLoss.keep(8, 1, 1, 1).sum().item());
    DiffusionLoss loss =
        new DiffusionLoss(Tiny.unet(), NoiseSchedule.stableDiffusion(), PredictionType.EPSILON);
    long[] timesteps = loss.timesteps(4000, 1, 2).toLongs();
    assertTrue(Arrays.stream(timesteps).allMatch(t -> t >= 0 && t < 1000));
    assertEquals(499.5, Arrays.stream(timesteps).average().orElseThrow(), 20);
  }
}
