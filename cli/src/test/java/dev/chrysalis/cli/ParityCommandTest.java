package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ParityCommandTest {
  private static final Path OPS = Run.fixtures().resolve("ops");

  @TempDir private Path folder;

  @Test
  void everyCaseIsALineAndTheLastCounts() {
    Run run = Run.of("parity", OPS, "--backend", "scalar");
    assertEquals(0, run.status(), run.out());
    assertEquals("", run.err());
    List<String> lines = run.out().lines().toList();
    int cases = lines.size() - 1;
    assertEquals("parity: %d passed, 0 failed".formatted(cases), lines.getLast());
    assertTrue(cases > 100, lines.getLast());
    String add = lines.stream().filter(line -> line.startsWith("ops/abs/")).findFirst().orElse("");
    assertTrue(add.matches("ops/abs/\\S+  error \\S+  tolerance \\S+  ok"), add);
  }

  /// All sets that compute, and what `devices` says of the device they ran on.
  @Test
  void allSetsPassOnOpenCl() {
    Run devices = Run.withOpenCl();
    assertEquals(0, Json.parse(devices.out()).get(0).get("number").intValue());
    for (String set :
        List.of("ops", "llama-tiny", "siglip-tiny", "metamorph-tiny", "diffusion-tiny")) {
      Run run = Run.of("parity", Run.fixtures().resolve(set), "--backend", "opencl");
      assertEquals(0, run.status(), () -> set + run.out() + run.err());
      assertTrue(run.out().contains(" passed, 0 failed"), run.out());
    }
  }

  @Test
  void jsonIsTheWholeAnswer() {
    Run run = Run.of("parity", OPS, "--backend", "scalar", "--json");
    assertEquals(0, run.status());
    assertEquals("", run.err());
    JsonNode json = Json.parse(run.out());
    assertEquals("scalar", json.get("backend").stringValue());
    assertEquals(0, json.get("failed").intValue());
    assertEquals(json.get("cases").size(), json.get("passed").intValue());
    assertTrue(
        List.copyOf(json.get("cases").get(0).propertyNames())
            .containsAll(
                List.of("set", "name", "error", "tolerance", "rule", "passed", "message")));
  }

  @Test
  void brokenValueFailsItsCaseAlone() throws IOException {
    byte[] values = Files.readAllBytes(OPS.resolve("ops.safetensors"));
    values[values.length - 1] ^= 0x41; // sign and exponent of the last number
    Files.write(folder.resolve("ops.safetensors"), values);
    Files.copy(OPS.resolve("ops.json"), folder.resolve("ops.json"));
    Run run = Run.of("parity", folder, "--backend", "scalar", "--json");
    assertEquals(1, run.status());
    JsonNode json = Json.parse(run.out());
    assertTrue(json.get("failed").intValue() >= 1, run.out());
    assertTrue(json.get("passed").intValue() > 100, run.out());
  }

  @Test
  void severalFoldersAreCountedTogether() {
    Path tokenizer = Run.fixtures().resolve("tokenizer");
    Run one = Run.of("parity", tokenizer, "--json");
    Run two = Run.of("parity", tokenizer, tokenizer, "--json");
    assertEquals(0, one.status(), one.out());
    assertEquals(
        2 * Json.parse(one.out()).get("passed").intValue(),
        Json.parse(two.out()).get("passed").intValue());
  }

  @Test
  void unknownSetHasFailed() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"gpt9\"}");
    Files.writeString(folder.resolve("expected.json"), "{}");
    Run run = Run.of("parity", folder);
    assertEquals(1, run.status());
    assertTrue(run.out().contains("found 'gpt9'"), run.out());
    assertTrue(run.out().strip().endsWith("parity: 0 passed, 1 failed"), run.out());
  }

  @Test
  void emptyFolderHasFailed() {
    Run run = Run.of("parity", folder);
    assertEquals(1, run.status());
    assertTrue(run.out().strip().endsWith("parity: 0 passed, 1 failed"), run.out());
  }

  @Test
  void missingFolderStopsBeforeTheWork() {
    Run run = Run.of("parity", OPS, folder.resolve("none"), "--json");
    assertEquals(1, run.status());
    assertEquals("", run.out());
    assertEquals(
        "chrysalis: %s: no such folder".formatted(folder.resolve("none")), run.err().strip());
  }

  @Test
  void unknownBackendIsWrongUsage() {
    Run run = Run.of("parity", OPS, "--backend", "abacus");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("got 'abacus', need one of"), run.err());
    assertTrue(run.err().contains("scalar"), run.err());
  }
}
