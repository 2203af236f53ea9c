package dev.chrysalis.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecomputeTest {
  private static final int LAYERS = 6;

  private static void leavingNothing(Consumer<CountingBackend> body) {
    CountingBackend backend = new CountingBackend(Backends.named("scalar"));
    Backends.with(
        backend,
        () -> {
          Scope.run(() -> body.accept(backend));
          return true;
        });
    assertEquals(0, backend.live(), "storages left");
  }

  /// `x, w_1, …`
  private static List<Tensor> parameters() {
    List<Tensor> parameters = new ArrayList<>();
    parameters.add(Ops.normal(DType.F32, 5, 0, 3, 8));
    for (int i = 1; i <= LAYERS; i++) {
      parameters.add(Ops.normal(DType.F32, 5, i, 8, 8));
    }
    return parameters;
  }

  private static Tensor layer(Tensor x, Tensor w) {
    Tensor h = Ops.linear(x, w).unary(UnaryFn.GELU).softmax(-1).exp();
    return x.add(Ops.linear(h, w));
  }

  private static Tensor loss(List<Tensor> parameters, boolean recompute) {
    Tensor x = parameters.getFirst();
    for (Tensor w : parameters.subList(1, parameters.size())) {
      Tensor last = x;
      x = recompute ? Recompute.block(() -> layer(last, w)) : layer(last, w);
    }
    return x.square().mean();
  }

  private static void assertSameBits(Differentiated expected, Differentiated found) {
    assertArrayEquals(expected.value().toFloats(), found.value().toFloats(), 0);
    for (int i = 0; i < expected.gradients().size(); i++) {
      assertArrayEquals(
          expected.gradient(i).toFloats(), found.gradient(i).toFloats(), 0, "gradient " + i);
    }
  }

  @Test
  void gradientsAreTheSameBits() {
    leavingNothing(_ -> {
      List<Tensor> p = parameters();
      Differentiated plain = Autograd.valueAndGradients(p, () -> loss(p, false));
      assertSameBits(plain, Autograd.valueAndGradients(p, () -> loss(p, true)));
      assertTrue(plain.gradient(1).toFloats()[0] != 0);
    });
  }

  @Test
  void blocksMayStandInBlocks() {
    leavingNothing(_ -> {
      List<Tensor> p = parameters();
      Differentiated plain = Autograd.valueAndGradients(p, () -> loss(p, false));
      assertSameBits(
          plain, Autograd.valueAndGradients(p, () -> Recompute.block(() -> loss(p, true))));
    });
  }

  private static int peak(CountingBackend backend, Supplier<Differentiated> body) {
    backend.takePeak();
    Scope.run(body::get);
    return backend.takePeak();
  }

  @Test
  void lessIsKept() {
    leavingNothing(backend -> {
      List<Tensor> p = parameters();
      int plain = peak(backend, () -> Autograd.valueAndGradients(p, () -> loss(p, false)));
      int less = peak(backend, () -> Autograd.valueAndGradients(p, () -> loss(p, true)));
      assertTrue(less < plain - LAYERS, "peak %d, plain %d".formatted(less, plain));
    });
  }

  @Test
  void whatTheBlockReadsOutlivesItsScope() {
    leavingNothing(_ -> {
      Tensor x = Ops.normal(DType.F32, 1, 0, 4);
      Tensor w = Ops.normal(DType.F32, 1, 1, 4);
      Differentiated result =
          Autograd.valueAndGradients(
              List.of(x, w),
              () ->
                  Scope.compute(() -> {
                    Tensor constant = Ops.fill(DType.F32, 3, 4);
                    Tensor shared = w.mul(2);
                    return Recompute.block(() -> x.mul(constant).mul(shared)).sum();
                  }));
      for (int i = 0; i < 4; i++) {
        assertEquals(6 * w.getDouble(i), result.gradient(0).getDouble(i), 1e-5);
        assertEquals(6 * x.getDouble(i), result.gradient(1).getDouble(i), 1e-5);
      }
    });
  }

  @Test
  void severalOutputsOfWhichSomeAreUsed() {
    leavingNothing(_ -> {
      Tensor x = Tensor.of(new double[] {1, 3, 2}, 3);
      Differentiated result =
          Autograd.valueAndGradients(
              List.of(x),
              () -> {
                List<Tensor> made =
                    Recompute.blockAll(() -> List.of(x.exp(), x, x.square(), Ops.argMax(x, 0)));
                return made.get(1).mul(made.get(2)).sum().add(made.get(3).to(DType.F64));
              });
      assertArrayEquals(new double[] {3, 27, 12}, result.gradient(0).toDoubles(), 1e-12);
      assertEquals(1 + 27 + 8 + 1, result.value().item(), 1e-12);
    });
  }

  @Test
  void constantBlocksAreNotRunAgain() {
    leavingNothing(_ -> {
      Tensor x = Tensor.of(new double[] {1, 3}, 2);
      Tensor c = Tensor.of(new double[] {5, 7}, 2);
      int[] runs = new int[1];
      Differentiated result =
          Autograd.valueAndGradients(
              List.of(x),
              () -> {
                Tensor constant =
                    Recompute.block(() -> {
                      runs[0]++;
                      return c.mul(2);
                    });
                return constant.mul(x).sum();
              });
      assertEquals(1, runs[0]);
      assertArrayEquals(new double[] {10, 14}, result.gradient(0).toDoubles());
    });
  }

  @Test
  void outsideOfGradientsTheBlockJustRuns() {
    leavingNothing(_ -> {
      Tensor x = Tensor.of(new double[] {1, 3}, 2);
      assertArrayEquals(new double[] {1, 9}, Recompute.block(x::square).toDoubles());
    });
  }

  @Test
  void failuresLeaveNothingBehind() {
    leavingNothing(_ -> {
      Tensor x = Tensor.of(new double[] {1, 3}, 2);
      int[] runs = new int[1];
      List<Tensor> parts = IntStream.range(0, 3).mapToObj(i -> Ops.fill(DType.F64, i, 2)).toList();
      assertThrows(
          GradientException.class,
          () ->
              Autograd.valueAndGradients(
                  List.of(x),
                  () ->
                      Recompute.block(() -> Ops.cat(0, parts.subList(0, ++runs[0])).mul(x.sum()))
                          .sum()));
      assertThrows(
          IllegalStateException.class,
          () ->
              Autograd.valueAndGradients(
                  List.of(x),
                  () ->
                      Recompute.block(() -> {
                        x.exp();
                        throw new IllegalStateException("inside");
                      })));
    });
  }
}
