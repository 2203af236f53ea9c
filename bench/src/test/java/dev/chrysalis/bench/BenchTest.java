package dev.chrysalis.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.diffusion.AutoencoderKlConfig;
import dev.chrysalis.models.diffusion.UNetConfig;
import dev.chrysalis.models.siglip.SiglipVisionConfig;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.zoo.storage.WeightStorage;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class BenchTest {
  private static final Timing.Plan SHORT = new Timing.Plan(Duration.ZERO, Duration.ZERO, 2);
  private static final Backend SCALAR = Backends.named("scalar");

  private static BenchRow gemm(Backend backend, GemmShape shape) {
    return Backends.with(backend, () -> GemmBench.run(shape, SHORT));
  }

  @Test
  void gemmRowSaysWhatWasMeasured() {
    ObjectNode row = gemm(SCALAR, new GemmShape(5, 7, 3)).toJson();
    assertEquals(
        List.of(
            "name",
            "shape",
            "dtype",
            "backend",
            "threads",
            "median_ms",
            "min_ms",
            "max_ms",
            "gflops",
            "gbytes_per_s"),
        List.copyOf(row.propertyNames()));
    assertEquals("gemm", row.get("name").stringValue());
    assertEquals("5x7x3", row.get("shape").stringValue());
    assertEquals("f32", row.get("dtype").stringValue());
    assertEquals("scalar", row.get("backend").stringValue());
    double flops = 2 * 5 * 7 * 3;
    double rate = flops / (row.get("median_ms").doubleValue() * 1e-3) * 1e-9;
    assertEquals(rate, row.get("gflops").doubleValue(), 1e-9 * rate);
    double bytes = 4.0 * (5 * 3 + 3 * 7 + 5 * 7);
    assertEquals(flops / bytes, rate / row.get("gbytes_per_s").doubleValue(), 1e-9);
  }

  @Test
  void wrongResultIsNotTimed() {
    assertWrong(
        Op.MatMul.class, () -> GemmBench.run(new GemmShape(4, 6, 8), SHORT), "gemm 4x6x8: entry [");
    assertWrong(
        Op.Conv2d.class,
        () -> ConvBench.run(ConvShape.parse("2x3x4x5x6x3"), DType.F32, SHORT),
        "conv 2x3x4x5x6x3: entry [");
    assertWrong(
        Op.Attention.class,
        () -> AttentionBench.run(AttentionShape.parse("1x2x3x4x5:causal"), DType.F32, SHORT),
        "attention 1x2x3x4x5:causal: entry [");
  }

  /// Elements of 16 bits are held to what rounding changes.
  @Test
  void halvesAreTimed() {
    for (DType dtype : new DType[] {DType.BF16, DType.F16}) {
      BenchRow gemm =
          Backends.with(SCALAR, () -> GemmBench.run(new GemmShape(9, 40, 70), dtype, SHORT));
      BenchRow attention =
          Backends.with(
              SCALAR,
              () -> AttentionBench.run(AttentionShape.parse("1x2x9x9x8:causal"), dtype, SHORT));
      BenchRow conv =
          Backends.with(SCALAR, () -> ConvBench.run(ConvShape.parse("1x3x4x5x6x3"), dtype, SHORT));
      for (BenchRow row : List.of(gemm, attention, conv)) {
        assertEquals(dtype.name().toLowerCase(Locale.ROOT), row.dtype());
        assertTrue(row.rate().value() > 0);
      }
    }
  }

  private static void assertWrong(
      Class<? extends Op> op, Supplier<BenchRow> bench, String beginning) {
    assertTrue(Backends.with(SCALAR, bench).rate().value() > 0);
    var wrong = new WrongBackend(SCALAR, op::isInstance);
    var e = assertThrows(BenchException.class, () -> Backends.with(wrong, bench));
    assertTrue(e.getMessage().startsWith(beginning), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "1024", "2x2", "2x2x2x2", "axbxc", "2x2x-2", "2X2X2", "9999999999x1x1"})
  void gemmShapeIsThreeSizes(String text) {
    var e = assertThrows(IllegalArgumentException.class, () -> GemmShape.parse(text));
    assertTrue(e.getMessage().contains("'" + text + "', need MxNxK"), e.getMessage());
  }

  @Test
  void gemmShapeKeepsTheOrderOfItsSizes() {
    assertEquals(new GemmShape(2, 30, 400), GemmShape.parse("2x30x400"));
    assertThrows(IllegalArgumentException.class, () -> GemmShape.parse("0x1x1"));
  }

  @ParameterizedTest
  @EnumSource
  void rowKernelIsCheckedAndCounted(RowKernel kernel) {
    BenchRow row = Backends.with(SCALAR, () -> RowKernelBench.run(kernel, 6, 10, SHORT));
    int floats =
        switch (kernel) {
          case ADD -> 3 * 60;
          case GELU_TANH, SOFTMAX -> 2 * 60;
          case LAYER_NORM -> 2 * 60 + 2 * 10 + 2 * 6;
          case RMS_NORM -> 2 * 60 + 10 + 6;
        };
    double bytes = row.rate().value() * 1e9 * row.timing().medianMs() * 1e-3;
    assertEquals(4.0 * floats, bytes, 1e-6 * bytes);
    assertEquals("6x10", row.shape());
    assertTrue(row.toJson().has("gbytes_per_s"));
  }

  @ParameterizedTest
  @EnumSource
  void wrongRowKernelIsNotTimed(RowKernel kernel) {
    var wrong = new WrongBackend(SCALAR, op -> !(op instanceof Op.Random || op instanceof Op.Fill));
    var e =
        assertThrows(
            BenchException.class,
            () -> Backends.with(wrong, () -> RowKernelBench.run(kernel, 6, 10, SHORT)));
    assertTrue(e.getMessage().contains(kernel + " on (6, 10): entry (5, 9)"), e.getMessage());
  }

  private static final TrainBench.Size TINY = new TrainBench.Size(2, 12, 3, 5, 4, 9);

  @Test
  void trainReportsTheProductAndTheStep() {
    List<BenchRow> rows =
        Backends.with(SCALAR, () -> TrainBench.run(TINY, new GemmShape(8, 8, 8), SHORT));
    assertEquals(List.of("gemm", "train_step"), rows.stream().map(BenchRow::name).toList());
    double ratio = rows.get(1).rate().value() / rows.get(0).rate().value();
    assertEquals(ratio, rows.get(1).toJson().get("ratio_to_sgemm").doubleValue(), 1e-12);
    assertTrue(rows.get(0).ratioToSgemm().isEmpty());
  }

  @Test
  void trainCountsTheOperationsOfProductsAndAttention() {
    TrainBench train = Backends.with(SCALAR, () -> new TrainBench(TINY));
    train.step();
    long rows = 4 * 5;
    long matrices = 2 * 12L * (4 * 12 + 4 * 12 + 4 * 12) + 9 * 12; // q k v out, up, down; head
    long linear = 3 * 2 * rows * matrices; // forward, and twice that backward
    long pairs = 4 * 3 * 5 * 5; // B·H·T·T
    long attention = 2 * (2 * (2 + 5) * pairs * 4 / 2); // layers; causal: half
    assertEquals(linear + attention, train.flops());
  }

  @Test
  void trainingLowersTheLossFromThatOfGuessing() {
    TrainBench train = Backends.with(SCALAR, () -> new TrainBench(TINY));
    double first = train.step();
    assertEquals(Math.log(9), first, 0.1);
    double last = first;
    for (int i = 0; i < 30; i++) {
      last = train.step();
    }
    assertTrue(last < 0.95 * first, first + " to " + last);
  }

  @Test
  void trainingThatDoesNotLearnIsNotReported() {
    var stuck = new IdleOptimizer(SCALAR);
    var e =
        assertThrows(
            BenchException.class,
            () -> Backends.with(stuck, () -> TrainBench.run(TINY, new GemmShape(8, 8, 8), SHORT)));
    assertTrue(e.getMessage().contains("need a fall"), e.getMessage());
  }

  @Test
  void badSizesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new TrainBench.Size(1, 10, 3, 5, 4, 9));
    assertThrows(IllegalArgumentException.class, () -> new TrainBench.Size(1, 9, 3, 5, 0, 9));
  }

  @ParameterizedTest
  @EnumSource(
      value = WeightStorage.class,
      names = {"F32", "Q8_0"})
  void towersAndDecodersAreMeasuredBelowTheProduct(WeightStorage storage) {
    SiglipVisionConfig vision =
        new SiglipVisionConfig(32, 64, 2, 4, 3, 16, 8, 1e-6, "gelu_pytorch_tanh");
    List<BenchRow> seen = VisionBench.run(vision, storage, 2, SHORT);
    assertEquals(List.of("gemm", "siglip"), seen.stream().map(BenchRow::name).toList());
    UNetConfig unet =
        new UNetConfig(
            4,
            4,
            List.of(32, 64),
            1,
            List.of("CrossAttnDownBlock2D", "DownBlock2D"),
            List.of("UpBlock2D", "CrossAttnUpBlock2D"),
            32,
            List.of(2, 2),
            8,
            1e-5,
            true,
            0,
            false,
            8);
    AutoencoderKlConfig vae = new AutoencoderKlConfig(3, 3, 4, List.of(16, 32), 1, 8, 1, 16);
    List<BenchRow> drawn = DrawBench.run(unet, vae, storage, 3, SHORT);
    assertEquals(
        List.of("gemm", "unet_step", "vae_decode", "picture"),
        drawn.stream().map(BenchRow::name).toList());
    List<BenchRow> step = DrawBench.unet(unet, storage, SHORT);
    List<BenchRow> decoded = DrawBench.decoder(vae, 8, storage, SHORT);
    assertEquals(drawn.get(1).shape(), step.getLast().shape());
    assertEquals(drawn.get(2).shape(), decoded.getLast().shape());
    for (List<BenchRow> rows : List.of(seen, drawn, step, decoded)) {
      for (BenchRow row : rows.subList(1, rows.size())) {
        ObjectNode json = row.toJson();
        assertEquals(storage.label(), json.get("dtype").stringValue());
        assertTrue(json.get("images_per_s").doubleValue() > 0);
        assertEquals(
            json.get("gflops").doubleValue() / rows.getFirst().rate().value(),
            json.get("fraction_of_roof").doubleValue(),
            1e-9);
      }
    }
  }
}
