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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource({"cuda-bf16, true", "cuda-cublas, false", "cuda-bf16-cublas, true"})
  void othersAreThereForWhoeverNamesThem(String name, boolean rounds) {
    Backend found =
        Backends.all().stream().filter(b -> b.name().equals(name)).findFirst().orElseThrow();
    assertEquals(rounds, found.roundsOperands());
    assertTrue(found.priority() < 0 && found.isVariant());
  }
}
