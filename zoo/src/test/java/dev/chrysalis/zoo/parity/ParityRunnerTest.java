package dev.chrysalis.zoo.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backends;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// All golden sets, on both backends.
class ParityRunnerTest {
  @ParameterizedTest(name = "{0} on {1}: {2} cases")
  @CsvSource({
    "ops, cpu, 324",
    "ops, scalar, 324",
    "llama-tiny, cpu, 66",
    "llama-tiny, scalar, 66",
    "siglip-tiny, cpu, 171",
    "siglip-tiny, scalar, 171",
    "metamorph-tiny, cpu, 144",
    "metamorph-tiny, scalar, 144",
    "diffusion-tiny, cpu, 566",
    "tokenizer, cpu, 4603"
  })
  void everyCaseOfTheSet(String set, String backend, int count) {
    Path folder = GoldenCopy.fixtures().resolve(set);
    List<ParityCase> cases = Backends.with(Backends.named(backend), () -> ParityRunner.run(folder));
    assertEquals(List.of(), cases.stream().filter(one -> !one.passed()).toList());
    assertEquals(count, cases.size());
    assertEquals(count, cases.stream().map(ParityCase::name).distinct().count());
    for (ParityCase one : cases) {
      assertEquals(set, one.set());
      assertTrue(one.error() <= one.tolerance(), one::toString);
    }
  }

  /// What is shown without being counted.
  @ParameterizedTest
  @CsvSource({"llama-tiny, bf16.logits_bf16_compute"})
  void informationalCasesDoNotCount(String set, String name) {
    List<ParityCase> cases = ParityRunner.run(GoldenCopy.fixtures().resolve(set));
    List<ParityCase> shown = cases.stream().filter(ParityCase::isInformational).toList();
    assertEquals(List.of(name), shown.stream().map(ParityCase::name).toList());
    assertTrue(shown.getFirst().error() > 0, "bf16 rounds");
    ParityReport report = new ParityReport("cpu", cases);
    assertEquals(cases.size() - 1, report.passed() + report.failed());
    assertEquals(cases.size() - 1, report.toJson().path("cases").size());
    assertEquals(1, report.toJson().path("informational").size());
    assertFalse(shown.getFirst().failed());
  }
}
