package dev.chrysalis.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void whatAPeerLacksIsSaid() throws IOException {
    String none =
        "echo 'Traceback' >&2; echo \"ModuleNotFoundError: No module named 'torch'\" >&2; exit 1\n";
    var missing =
        assertThrows(PeerException.class, () -> TorchPeer.start(interpreter(none), "cpu", 1));
    assertEquals(
        "peer torch-cpu: ModuleNotFoundError: No module named 'torch'", missing.getMessage());
    String nowhere = folder.resolve("nowhere").toString();
    var absent = assertThrows(PeerException.class, () -> TorchPeer.start(nowhere, "cpu", 1));
    assertTrue(absent.getMessage().contains(nowhere), absent.getMessage());
    String failing =
        HELLO
            + "read request; echo '{\"error\": \"OutOfMemoryError: 8 GiB\"}'; read request; exit 3\n";
    try (TorchPeer peer = TorchPeer.start(interpreter(failing), "cpu", 1)) {
      var full =
          assertThrows(PeerException.class, () -> peer.measure(product(), Json.newObject(), SHORT));
      assertEquals("OutOfMemoryError: 8 GiB", full.getMessage());
      var ended =
          assertThrows(PeerException.class, () -> peer.measure(product(), Json.newObject(), SHORT));
      assertEquals("peer torch-cpu: it ended with 3", ended.getMessage());
    }
  }

  /// 100 GFLOP/s and 10 GB/s: below 10 operations a byte the memory is the limit.
  @Test
  void roofsLimitByOperationsOrBytes() {
    Roofs roofs = new Roofs(100, 10);
    assertEquals(50, roofs.at(5));
    assertEquals(100, roofs.at(20));
    Timing second = new Timing(1000, 1000, 1000, 1);
    Rate flops = new Rate.Gflops(25);
    assertEquals(0.25, roofs.fraction(BenchRow.of("a", "", second, flops)));
    assertEquals(
        0.5, roofs.fraction(BenchRow.of("a", "", second, flops, new Rate.GbytesPerSecond(5))));
    assertEquals(0.2, roofs.fraction(BenchRow.of("a", "", second, new Rate.GbytesPerSecond(2))));
    BenchRow neither = BenchRow.of("a", "", second, new Rate.TokensPerSecond(2));
    assertTrue(Double.isNaN(roofs.fraction(neither)));
    assertFalse(neither.intensity().isPresent());
  }
}
