package dev.chrysalis.autograd;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.DTypeException;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class GradCheckTest {
  private static void onScalar(Runnable body) {
    Backends.with(
        Backends.named("scalar"),
        () -> {
          Scope.run(body);
          return true;
        });
  }

  @Test
  void rightGradientsPass() {
    onScalar(() ->
        GradCheck.f64()
            .check(
                in -> in.get(0).matmul(in.get(1)).exp(),
                List.of(Ops.normal(DType.F64, 1, 0, 2, 3), Ops.normal(DType.F64, 1, 1, 3, 2))));
  }

  @Test
  void wrongGradientsAreNamed() {
    onScalar(() -> {
      List<Tensor> inputs = List.of(Ops.normal(DType.F64, 1, 0, 3), Ops.normal(DType.F64, 1, 1, 3));
      AssertionError missing =
          assertThrows(
              AssertionError.class,
              () -> GradCheck.f64().check(in -> in.get(0).mul(Autograd.detach(in.get(1))), inputs));
      assertTrue(missing.getMessage().contains("input 1"), missing.getMessage());
      assertThrows(
          AssertionError.class,
          () ->
              GradCheck.f64()
                  .tolerance(1e-4)
                  .check(in -> in.get(0).mul(Autograd.detach(in.get(0))).add(in.get(1)), inputs));
    });
  }

  @Test
  void otherFloatsAreRefused() {
    onScalar(() ->
        assertThrows(
            DTypeException.class,
            () ->
                GradCheck.f64().check(in -> in.get(0).exp(), List.of(Ops.fill(DType.F32, 1, 2)))));
  }
}
