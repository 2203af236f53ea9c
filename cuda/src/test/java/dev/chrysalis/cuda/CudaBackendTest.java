package dev.chrysalis.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.cases.BackendCases;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CudaBackendTest {
  private static final CudaBackend BACKEND = new CudaBackend();

  @Test
  void aMissingDriverIsNamed() {
    assumeTrue(!BACKEND.isAvailable(), "there is a driver");
    String said = assertThrows(BackendException.class, BACKEND::devices).getMessage();
    assertTrue(
        said.startsWith("cuda: libcuda.so.1 is not there") || said.startsWith("cuda: the driver"),
        said);
    assertEquals(said, BACKEND.description());
    assertEquals(
        said, assertThrows(BackendException.class, () -> BACKEND.allocate(8)).getMessage());
  }

  @Test
  void agreesWithTheScalarBackend() {
    assumeTrue(BACKEND.isAvailable(), BACKEND.description());
    hold(BACKEND);
  }

  @Test
  void roundedOperandsAgreeWithinWhatRoundingChanges() {
    assumeTrue(BACKEND.isAvailable(), BACKEND.description());
    hold(new CudaBf16Backend());
  }

  private static void hold(Backend backend) {
    BackendCases.of(backend)
        .forEach(each -> assertEquals(Optional.empty(), each.check().apply(backend), each.name()));
  }

  @Test
  void theRoundingBackendIsThereForWhoeverNamesIt() {
    Backend found =
        Backends.all().stream().filter(b -> b.name().equals("cuda-bf16")).findFirst().orElseThrow();
    assertTrue(found.roundsOperands() && found.priority() < 0);
  }
}
