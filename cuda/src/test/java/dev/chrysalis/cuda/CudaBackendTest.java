package dev.chrysalis.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.BackendCases;
import dev.chrysalis.tensor.BackendException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
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

  /// What every backend is held to.
  @Nested
  class OnADevice extends BackendCases {
    @BeforeEach
    void needsADevice() {
      assumeTrue(BACKEND.isAvailable(), BACKEND.description());
    }

    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }
}
