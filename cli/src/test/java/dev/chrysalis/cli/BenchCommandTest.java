package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.Llama;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import dev.chrysalis.zoo.storage.WeightStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class BenchCommandTest {
  private static final String THREADS = "chrysalis.threads";
  private Optional<String> threads;

  @BeforeEach
  void keepThreads() {
    threads = Optional.ofNullable(System.getProperty(THREADS));
  }

  @AfterEach
  void restoreThreads() {
    threads.ifPresentOrElse(
        value -> System.setProperty(THREADS, value), () -> System.clearProperty(THREADS));
  }

  private static JsonNode rows(Object... args) {
    Run run = Run.of(args);
    assertEquals(0, run.status(), run.err());
    return Json.parse(run.out());
  }

  @Test
  void gemmPrintsARowForEachShape() {
    JsonNode rows = rows("bench", "gemm", "--shape", "8x9x10,1x2x3", "--seconds", "0", "--json");
    assertEquals(2, rows.size());
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
        List.copyOf(rows.get(0).propertyNames()));
    assertEquals("8x9x10", rows.get(0).get("shape").stringValue());
    assertEquals("1x2x3", rows.get(1).get("shape").stringValue());
    assertTrue(rows.get(0).get("gflops").doubleValue() > 0);
  }

  @Test
  void gemmTextIsALineForEachShape() {
    Run run = Run.of("bench", "gemm", "--shape", "8x9x10", "--seconds", "0", "--backend", "scalar");
    assertEquals(0, run.status(), run.err());
    assertTrue(
        run.out().matches("gemm +8x9x10  f32  scalar  1 threads  median .* GFLOP/s .* GB/s\\R"),
        run.out());
  }

  @ParameterizedTest
  @CsvSource({
    "conv, 2x3x5x7x9x3, 34020",
    "conv, 1x2x1x1x4x1, 16",
    "attention, 1x2x3x4x5, 480",
    "attention, 2x1x4x4x3:causal, 192"
  })
  void opsCountWhatTheyDo(String op, String shape, double flops) {
    JsonNode row = rows("bench", op, "--shape", shape, "--seconds", "0", "--json").get(0);
    assertEquals(shape, row.get("shape").stringValue());
    double counted = row.get("gflops").doubleValue() * row.get("median_ms").doubleValue() * 1e6;
    assertEquals(flops, counted, 1e-6 * flops);
  }

  @Test
  void rowsMeasureBytes() {
    JsonNode rows = rows("bench", "rows", "--shape", "4x8", "--seconds", "0", "--json");
    assertEquals(5, rows.size());
    assertTrue(rows.get(0).get("gbytes_per_s").doubleValue() > 0);
  }

  @Test
  void trainComparesWithTheProduct() {
    JsonNode rows =
        rows(
            "bench",
            "train",
            "--json",
            "--seconds=0",
            "--layers=1",
            "--width=8",
            "--heads=2",
            "--tokens=4",
            "--batch=2",
            "--vocab=8");
    assertEquals("gemm", rows.get(0).get("name").stringValue());
    assertEquals("1024x1024x1024", rows.get(0).get("shape").stringValue());
    assertEquals("train_step", rows.get(1).get("name").stringValue());
    double ratio =
        rows.get(1).get("gflops").doubleValue() / rows.get(0).get("gflops").doubleValue();
    assertEquals(ratio, rows.get(1).get("ratio_to_sgemm").doubleValue(), 1e-9 * ratio);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bf16", "q8_0"})
  void llmMeasuresReadingAndMaking(String dtype, @TempDir Path folder) {
    LlamaConfig config =
        new LlamaConfig(
            64, 32, 64, 2, 4, 2, 8, 1e-5, 10_000, Optional.empty(), 64, false, 1, new int[] {2}, 1);
    Weights weights = Weights.fresh((name, shape) -> Llama.initializer(config, name, shape), 1);
    Llama.load(weights, config);
    WeightStorage storage = WeightStorage.valueOf(dtype.toUpperCase(Locale.ROOT));
    Map<String, Tensor> stored = new LinkedHashMap<>();
    weights
        .tensors()
        .forEach((name, tensor) ->
            stored.put(name, storage.store(tensor, weights.matrices().contains(name))));
    SafetensorsWriter.write(folder.resolve("model.safetensors"), stored, storage.metadata());
    Json.write(folder.resolve("config.json"), config.toJson());
    JsonNode rows =
        rows("bench", "llm", "--model", folder, "-p5", "-n3", "-r2", "--seconds=0", "--json");
    assertEquals(
        List.of("gemm", "pp5", "read", "tg3"),
        rows.values().stream().map(row -> row.get("name").stringValue()).toList());
    JsonNode read = rows.get(1);
    JsonNode made = rows.get(3);
    assertEquals(dtype, read.get("dtype").stringValue());
    assertEquals(
        5e3 / read.get("median_ms").doubleValue(), read.get("tokens_per_s").doubleValue(), 1e-6);
    assertEquals(
        read.get("gflops").doubleValue() / rows.get(0).get("gflops").doubleValue(),
        read.get("fraction_of_roof").doubleValue(),
        1e-9);
    assertEquals(
        made.get("gbytes_per_s").doubleValue() / rows.get(2).get("gbytes_per_s").doubleValue(),
        made.get("fraction_of_roof").doubleValue(),
        1e-9);
    assertTrue(made.get("heap_bytes_per_token").doubleValue() > 0, made.toString());
  }

  @Test
  void llmMeasuresTheLanguageModelOfAMetaMorph() {
    Path model = Run.fixtures().resolveSibling("zoo").resolve("pretrained/metamorph-shapes");
    JsonNode rows = rows("bench", "llm", "--model", model, "-p4", "-n0", "--seconds=0", "--json");
    assertEquals("pp4", rows.get(1).get("name").stringValue());
    assertEquals("llama 0.00 B", rows.get(1).get("shape").stringValue());
  }

  @Test
  void threadsThatABackendDoesNotTakeAreSaid() {
    Run run =
        Run.of(
            "bench",
            "gemm",
            "--shape=2x2x2",
            "--seconds=0",
            "--backend=scalar",
            "--threads=2",
            "--json");
    assertEquals(0, run.status(), run.err());
    assertEquals("chrysalis: backend scalar computes with 1 threads, not 2", run.err().strip());
    assertEquals(1, Json.parse(run.out()).get(0).get("threads").intValue());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gemm --shape 3x4",
        "gemm --shape 0x1x1",
        "gemm --threads 0",
        "gemm --threads x",
        "gemm --seconds -1",
        "gemm --seconds NaN",
        "conv --shape 1x2x3x4x5",
        "conv --shape 1x2x3x4x5x2",
        "attention --shape 1x2x3x4",
        "attention --shape 1x1x4x3x2:causal",
        "rows --shape 0x3",
        "rows --shape 3",
        "llm",
        "vision --images 0",
        "vision --dtype q3",
        "draw --steps -1",
        "llm --model x -p -1",
        "llm --model x -r 0",
        "train --heads 5",
        "train --batch 0"
      })
  void wrongValuesAreWrongUsage(String words) {
    Run run = Run.of((Object[]) ("bench " + words).split(" "));
    assertEquals(2, run.status(), run.err());
    assertEquals("", run.out());
    assertTrue(run.err().startsWith("chrysalis: "), run.err());
    assertEquals(2, run.err().lines().count(), run.err());
  }

  /// Everything once on one backend. There is no such Python: that is said, and by the status too.
  @Test
  void compareMeasuresAllAndSaysWhatIsNotThere(@TempDir Path folder) throws IOException {
    Path page = folder.resolve("page.html");
    Run run =
        Run.of(
            "bench",
            "compare",
            "--backends",
            "cpu",
            "--seconds",
            "0",
            "--json",
            "-o",
            page,
            "--peer",
            "torch",
            "--python",
            "no-python");
    assertEquals(1, run.status(), run.err());
    assertTrue(run.err().contains("measured without it: peer torch: "), run.err());
    Set<String> names = new HashSet<>();
    for (JsonNode row : Json.parse(run.out())) {
      assertFalse(row.has("problem"), row::toString);
      names.add(row.get("name").stringValue());
    }
    assertTrue(
        names.containsAll(
            Set.of(
                "roofs",
                "gemm",
                "conv",
                "attention",
                "softmax",
                "pp64",
                "tg16",
                "siglip",
                "unet_step",
                "vae_decode",
                "train_step")),
        names::toString);
    String html = Files.readString(page);
    assertTrue(html.contains("<polyline") && html.contains("Kernels that cpu ran"));
  }

  @Test
  void comparePeersAreNamed() {
    Run run = Run.of("bench", "compare", "--peer", "jax");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("torch"), run.err());
  }

  @Test
  void verboseTellsWhichKernelsRan() {
    Run run = Run.of("bench", "gemm", "--shape", "8x9x10", "--seconds", "0", "--verbose");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.err().matches("(?s).*cpu: [\\d,]+ x MatMul\\R.*"), run.err());
  }
}
