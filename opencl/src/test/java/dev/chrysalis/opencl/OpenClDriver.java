package dev.chrysalis.opencl;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.chrysalis.tensor.BackendException;

/// Whether this machine can run these tests.
final class OpenClDriver {
  private OpenClDriver() {}

  /// Leaves a test aside where there is no device; where `CHRYSALIS_REQUIRE_OPENCL` is set, that is
  /// a failure.
  static void require() {
    String problem = "no OpenCL device";
    try {
      if (!Devices.found().isEmpty()) {
        return;
      }
    } catch (BackendException e) {
      problem = e.getMessage();
    }
    if (System.getenv("CHRYSALIS_REQUIRE_OPENCL") != null) {
      fail(problem);
    }
    abort(problem);
  }
}
