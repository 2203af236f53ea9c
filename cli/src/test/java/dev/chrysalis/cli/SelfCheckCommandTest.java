package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SelfCheckCommandTest {
  @Test
  void theProcessorComputesWhatItShould() {
    Run run =
        Run.of(
            "selfcheck",
            "--backends=cpu",
            "--fixtures",
            Run.fixtures().resolve("llama-tiny"),
            "--model",
            TinyModel.model(),
            "--json");
    assertEquals(0, run.status(), run.out() + run.err());
    JsonNode checked = Json.parse(run.out(), "selfcheck").get(0);
    assertEquals("cpu", checked.get("backend").stringValue());
    List<String> parts = List.of("operations", "golden values", "the model");
    int[] atLeast = {2000, 60, 15};
    for (int i = 0; i < parts.size(); i++) {
      JsonNode part = checked.get("parts").get(i);
      assertEquals(parts.get(i), part.get("what").stringValue());
      assertEquals(0, part.get("failed").intValue(), part.toString());
      assertTrue(part.get("passed").intValue() >= atLeast[i], part.toString());
    }
  }
}
