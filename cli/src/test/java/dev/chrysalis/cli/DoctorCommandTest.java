package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class DoctorCommandTest {
  @Test
  void everythingIsLookedAt() {
    Run run = Run.of("doctor", "--json", "--model", TinyModel.model());
    assertEquals(0, run.status(), run.out());
    List<String> looked = new ArrayList<>();
    for (JsonNode finding : Json.parse(run.out(), "doctor")) {
      looked.add(finding.get("what").stringValue());
      assertEquals(
          finding.get("state").stringValue().equals("ok"),
          finding.get("remedy").stringValue().isEmpty(),
          finding.toString());
    }
    assertEquals(
        List.of(
            "JDK",
            "compiler",
            "backend",
            "backend",
            "backend",
            "backend",
            "processors",
            "memory",
            "model"),
        looked);
    String text = Run.of("doctor").out();
    assertTrue(text.contains("ok       compiler   C2"), text);
    assertTrue(text.matches("(?s).*cpu: vectors of \\d+ bits, \\d+ threads.*"), text);
  }

  @Test
  void aJvmThatCompilesNoVectorCodeIsNamedWithItsRemedy() throws Exception {
    Process doctor = start("-XX:TieredStopAtLevel=1", "doctor");
    String out = new String(doctor.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, doctor.waitFor(), out);
    assertTrue(
        out.contains(
            "slow     compiler   the JVM stops compiling at level 1; start it without"
                + " -XX:TieredStopAtLevel"),
        out);
    Process ask = start("-Xint", "ask", "hi", "--model", "nothing");
    String err = new String(ask.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, ask.waitFor(), err);
    assertTrue(err.contains("chrysalis: runs slowly: the JVM interprets"), err);
  }

  private static Process start(String option, String... words) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(option);
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(words));
    return new ProcessBuilder(command).start();
  }
}
