package dev.chrysalis.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.Op;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/// Peers answer from a process of their own; here that is a shell script in the place of Python.
@DisabledOnOs(OS.WINDOWS)
class PeerTest {
  private static final Timing.Plan SHORT = new Timing.Plan(Duration.ZERO, Duration.ZERO, 2);
  private static final String HELLO =
      "echo '{\"torch\": \"9.9\", \"device\": \"cpu\", \"threads\": 3}'\n";

  @TempDir private Path folder;

  private String interpreter(String body) throws IOException {
    Path file = folder.resolve("python");
    Files.writeString(file, "#!/bin/sh\n" + body);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file.toString();
  }

  private static BenchRow product() {
    return Backends.with(
        Backends.named("scalar"), () -> GemmBench.run(new GemmShape(4, 5, 6), SHORT));
  }

  @Test
  void rowsOfThePeerDoTheSameWorkInItsTime() throws IOException {
    String script =
        HELLO
            + "read request\n"
            + "echo \"$request\" > '%s'\n".formatted(folder.resolve("request"))
            + "echo '{\"median_ms\": 0.5, \"min_ms\": 0.25, \"max_ms\": 1.0, \"runs\": 7}'\n"
            + "read request\n"
            + "echo '{\"unknown\": true}'\n";
    BenchRow ours = product();
    try (TorchPeer peer = TorchPeer.start(interpreter(script), "cpu", 3)) {
      assertEquals("torch-cpu", peer.name());
      assertEquals("PyTorch 9.9 on cpu, 3 threads", peer.description());
      BenchRow its = peer.measure(ours, Json.newObject().put("width", 8), SHORT).orElseThrow();
      assertEquals(new Timing(0.5, 0.25, 1.0, 7), its.timing());
      assertEquals("torch-cpu", its.backend());
      double flops = 2 * 4 * 5 * 6;
      assertEquals(flops / 0.5e-3 * 1e-9, its.rate().value(), 1e-12);
      assertEquals(ours.intensity().orElseThrow(), its.intensity().orElseThrow(), 1e-9 * flops);
      assertTrue(peer.measure(ours, Json.newObject(), SHORT).isEmpty());
    }
    var request = Json.read(folder.resolve("request"));
    assertEquals("gemm", request.get("name").stringValue());
    assertEquals("4x5x6", request.get("shape").stringValue());
    assertEquals(8, request.get("config").get("width").intValue());
  }

  private static String refusal(String python) {
    return assertThrows(PeerException.class, () -> TorchPeer.start(python, "cpu", 1)).getMessage();
  }

  private static String failure(TorchPeer peer) {
    return assertThrows(PeerException.class, () -> peer.measure(product(), Json.newObject(), SHORT))
        .getMessage();
  }

  @Test
  void whatAPeerLacksIsSaid() throws IOException {
    List<Path> before = folders();
    String none = "echo Traceback >&2; echo \"No module named 'torch'\" >&2; exit 1\n";
    assertEquals(
        "peer torch-cpu: ended with 1: No module named 'torch'", refusal(interpreter(none)));
    String chatty = refusal(interpreter("echo 'Welcome to Python'\n"));
    assertTrue(chatty.startsWith("peer torch-cpu: "), chatty);
    String nowhere = folder.resolve("nowhere").toString();
    assertTrue(refusal(nowhere).contains(nowhere));
    String failing =
        HELLO + "read a; echo '{\"error\": \"OutOfMemoryError: 8 GiB\"}'; read b; exit 3\n";
    try (TorchPeer peer = TorchPeer.start(interpreter(failing), "cpu", 1)) {
      assertEquals("OutOfMemoryError: 8 GiB", failure(peer));
      assertEquals("peer torch-cpu: ended with 3", failure(peer));
      assertEquals("peer torch-cpu: ended with 3", failure(peer));
    }
    assertEquals(before, folders());
  }

  /// Those of peers among the temporary ones.
  private static List<Path> folders() throws IOException {
    try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return all.filter(path -> path.getFileName().toString().startsWith("chrysalis-peer"))
          .sorted()
          .toList();
    }
  }

  /// Where PyTorch is: it has a counterpart for each kind of work that has one.
  @Test
  void pytorchDoesTheSameWork() {
    Optional<TorchPeer> found =
        Stream.of("python3", "/usr/bin/python3").flatMap(PeerTest::torch).findFirst();
    assumeTrue(found.isPresent(), "no PyTorch here");
    ObjectNode llama =
        Json.newObject()
            .put("vocab_size", 50)
            .put("hidden_size", 32)
            .put("intermediate_size", 64)
            .put("num_hidden_layers", 2)
            .put("num_attention_heads", 4)
            .put("num_key_value_heads", 2)
            .put("rms_norm_eps", 1e-5)
            .put("rope_theta", 10_000)
            .put("tie_word_embeddings", true);
    ObjectNode vision =
        Json.newObject()
            .put("hidden_size", 32)
            .put("intermediate_size", 64)
            .put("num_hidden_layers", 2)
            .put("num_attention_heads", 4)
            .put("image_size", 16)
            .put("patch_size", 4)
            .put("layer_norm_eps", 1e-6)
            .put("images", 2);
    Map<String, ObjectNode> configs =
        Map.of(
            "pp8",
            llama,
            "tg4",
            llama,
            "siglip",
            vision,
            "train_step",
            new TrainBench.Size(2, 12, 3, 5, 4, 9).toJson());
    List<String> works =
        List.of(
            "gemm 4x5x6",
            "conv 2x3x4x5x6x3",
            "attention 1x2x3x4x5",
            "attention 1x2x4x4x5:causal",
            "add 4x5",
            "gelu_tanh 4x5",
            "softmax 4x5",
            "layer_norm 4x5",
            "rms_norm 4x5",
            "pp8 ",
            "tg4 ",
            "siglip ",
            "train_step ");
    Timing second = new Timing(1000, 1000, 1000, 1);
    try (TorchPeer peer = found.get()) {
      for (String work : works) {
        String name = work.split(" ")[0];
        BenchRow row = BenchRow.of(name, work.substring(name.length() + 1), second, Rate.gflops(1));
        ObjectNode config = configs.getOrDefault(name, Json.newObject());
        assertEquals(2, peer.measure(row, config, SHORT).orElseThrow().timing().runs(), work);
      }
      BenchRow other = BenchRow.of("vae_decode", "", second, Rate.gflops(1));
      assertTrue(peer.measure(other, Json.newObject(), SHORT).isEmpty());
    }
  }

  private static Stream<TorchPeer> torch(String python) {
    try {
      return Stream.of(TorchPeer.start(python, "cpu", 1));
    } catch (PeerException e) {
      return Stream.empty();
    }
  }

  /// A peer that needs one second for everything that it can do.
  private record Steady(String name) implements Peer {
    @Override
    public String description() {
      return name;
    }

    @Override
    public Optional<BenchRow> measure(BenchRow row, ObjectNode config, Timing.Plan plan) {
      if (config.has("broken")) {
        throw new PeerException("cannot");
      }
      return row.shape().equals("2x2x2")
          ? Optional.empty()
          : Optional.of(row.by(name, plan.minRuns(), new Timing(1000, 1000, 1000, plan.minRuns())));
    }

    @Override
    public void close() {}
  }

  @Test
  void comparisonAsksBackendsThenPeers() {
    Backend scalar = Backends.named("scalar");
    Backend wrong = new WrongBackend(scalar, Op.MatMul.class::isInstance);
    List<String> asked = new ArrayList<>();
    List<Comparison.Task> tasks =
        List.of(
            task("a", "4x5x6", Json.newObject(), Optional.empty()),
            task("b", "2x2x2", Json.newObject(), Optional.empty()),
            task("c", "3x3x3", Json.newObject().put("broken", 1), Optional.empty()),
            task(
                "d",
                "5x5x5",
                Json.newObject(),
                Optional.of(new Timing.Plan(Duration.ZERO, Duration.ZERO, 9))));
    Comparison.Result result =
        Comparison.run(
            List.of(scalar, wrong),
            List.of(new Steady("peer")),
            new Comparison.Limits(new GemmShape(8, 8, 8), 16),
            tasks,
            Optional.empty(),
            SHORT,
            (what, where) -> asked.add(what + " " + where));
    assertEquals(List.of("scalar"), List.copyOf(result.roofs().keySet()));
    assertEquals(
        List.of("roofs scalar", "roofs " + wrong.name(), "a scalar", "a " + wrong.name(), "a peer"),
        asked.subList(0, 5));
    Map<String, Comparison.Line> lines = new HashMap<>();
    result.lines().forEach(line -> lines.put(line.name() + line.shape(), line));
    Comparison.Line first = lines.get("gemm4x5x6");
    double ours = first.rows().get("scalar").timing().medianMs();
    assertEquals(ours / 1000, first.speedUp("scalar", "peer").orElseThrow(), 1e-12);
    assertEquals(Set.of("scalar"), lines.get("gemm2x2x2").rows().keySet());
    assertEquals(Map.of("peer", "cannot"), lines.get("gemm3x3x3").problems());
    assertEquals(9, lines.get("gemm5x5x5").rows().get("peer").timing().runs());
    assertTrue(lines.get("a").problems().get(wrong.name()).contains("gemm 4x5x6: entry ["));
  }

  private static Comparison.Task task(
      String name, String shape, ObjectNode config, Optional<Timing.Plan> ownPlan) {
    return new Comparison.Task(
        name, config, ownPlan, plan -> List.of(GemmBench.run(GemmShape.parse(shape), plan)));
  }

  /// 100 GFLOP/s and 10 GB/s: below 10 operations a byte the memory is the limit.
  @Test
  void roofsLimitByOperationsOrBytes() {
    Roofs roofs = new Roofs(100, 10);
    assertEquals(50, roofs.at(5));
    assertEquals(100, roofs.at(20));
    Timing second = new Timing(1000, 1000, 1000, 1);
    Rate flops = Rate.gflops(25);
    Rate bytes = Rate.gbytes(5);
    assertEquals(0.25, fraction(roofs, flops));
    assertEquals(0.5, fraction(roofs, flops, bytes));
    assertEquals(0.5, fraction(roofs, bytes));
    BenchRow neither = BenchRow.of("a", "", second, Rate.tokens(2));
    assertTrue(roofs.fraction(neither).isEmpty());
    assertFalse(neither.intensity().isPresent());
  }

  private static double fraction(Roofs roofs, Rate... rates) {
    Timing second = new Timing(1000, 1000, 1000, 1);
    return roofs.fraction(BenchRow.of("a", "", second, rates)).orElseThrow();
  }
}
