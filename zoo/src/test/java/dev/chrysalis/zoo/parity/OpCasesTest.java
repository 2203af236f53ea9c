package dev.chrysalis.zoo.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.SafetensorsFile;
import dev.chrysalis.tensor.scalar.ScalarBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Every case of the `ops` fixture that is made of ops, on the scalar backend.
class OpCasesTest {
  private static final Set<String> NOT_OPS = Set.of("adamw", "clip_grad_norm", "lr_schedule");
  private static final Backend SCALAR = new ScalarBackend();

  static Stream<Arguments> cases() throws IOException {
    JsonNode fixture = JsonMapper.builder().build().readTree(Files.readString(ops("ops.json")));
    JsonNode tolerances = fixture.get("tolerance").get("per_case");
    double otherwise = fixture.get("tolerance").get("default").doubleValue();
    return StreamSupport.stream(fixture.get("cases").spliterator(), false)
        .filter(c -> !NOT_OPS.contains(c.get("op").stringValue()))
        .map(c -> {
          String id = c.get("id").stringValue();
          double tolerance = tolerances.has(id) ? tolerances.get(id).doubleValue() : otherwise;
          return Arguments.of(id, c, tolerance);
        });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void forwardMatchesFixture(String id, JsonNode c, double tolerance) {
    try (SafetensorsFile file = SafetensorsFile.open(ops("ops.safetensors"))) {
      Backends.with(SCALAR, () -> compare(id, c, tolerance, file));
    }
  }

  private static List<Tensor> compare(
      String id, JsonNode c, double tolerance, SafetensorsFile file) {
    Map<String, Tensor> inputs = new HashMap<>();
    for (JsonNode name : c.get("inputs")) {
      inputs.put(name.stringValue(), file.get(id + "/in." + name.stringValue()));
    }
    List<Tensor> outputs =
        OpCases.run(c.get("op").stringValue(), c.get("attrs"), inputs).orElseThrow();
    int i = 0;
    for (JsonNode name : c.get("outputs")) {
      Tensor expected = file.get(id + "/out." + name.stringValue());
      assertClose(name.stringValue(), expected, outputs.get(i++), tolerance);
    }
    assertEquals(i, outputs.size(), "number of outputs");
    return outputs;
  }

  private static void assertClose(String name, Tensor expected, Tensor found, double tolerance) {
    assertEquals(expected.type(), found.type(), name);
    boolean exact = expected.dtype() != DType.F32;
    double[] e = expected.toDoubles();
    double[] y = found.toDoubles();
    double limit = 1;
    for (double value : e) {
      limit = Math.max(limit, Math.abs(value));
    }
    limit *= exact ? 0 : tolerance;
    for (int i = 0; i < e.length; i++) {
      boolean equal = e[i] == y[i] || (Double.isNaN(e[i]) && Double.isNaN(y[i]));
      assertTrue(
          equal || Math.abs(e[i] - y[i]) <= limit,
          "%s[%d]: expected %s, found %s, tolerance %s".formatted(name, i, e[i], y[i], limit));
    }
  }

  @Test
  void unknownOpsAreNotGuessed() {
    JsonNode none = JsonMapper.builder().build().createObjectNode();
    assertEquals(Optional.empty(), OpCases.run("convolve_everything", none, Map.of()));
    NOT_OPS.forEach(op -> assertEquals(Optional.empty(), OpCases.run(op, none, Map.of())));
  }

  /// A file of the fixture, whose folder is a system property or lies above the working directory.
  private static Path ops(String file) {
    Optional<Path> chosen =
        Optional.ofNullable(System.getProperty("chrysalis.fixtures")).map(Path::of);
    return chosen.orElseGet(OpCasesTest::fixtures).resolve("ops").resolve(file);
  }

  private static Path fixtures() {
    return Stream.iterate(
            Path.of("").toAbsolutePath(), folder -> folder != null, folder -> folder.getParent())
        .map(folder -> folder.resolve("fixtures"))
        .filter(folder -> Files.exists(folder.resolve("ops/ops.json")))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no fixtures folder above this one"));
  }
}
