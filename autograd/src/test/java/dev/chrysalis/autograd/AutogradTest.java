package dev.chrysalis.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.DTypeException;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.OpListener;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class AutogradTest {
  /// On the scalar backend, in a scope after which nothing may be left.
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

  private static Tensor vector(double... values) {
    return Tensor.of(values, values.length);
  }

  @Test
  void valueAndGradients() {
    leavingNothing(_ -> {
      Tensor x = vector(1, 2, 3);
      Tensor w = vector(4, 5, 6);
      Differentiated result =
          Autograd.valueAndGradients(List.of(x, w), () -> x.mul(w).square().sum());
      assertEquals(16 + 100 + 324, result.value().item());
      assertArrayEquals(new double[] {32, 100, 216}, result.gradient(0).toDoubles());
      assertArrayEquals(new double[] {8, 40, 108}, result.gradient(1).toDoubles());
    });
  }

  @Test
  void gradientsOfSeveralUsesAddUp() {
    leavingNothing(_ -> {
      Tensor x = vector(1, 2);
      Differentiated result =
          Autograd.valueAndGradients(List.of(x), () -> x.add(x).add(x.mul(x)).sub(x).sum());
      assertArrayEquals(new double[] {3, 5}, result.gradient(0).toDoubles());
    });
  }

  @Test
  void parametersThatDoNotMatterHaveNone() {
    leavingNothing(_ -> {
      Tensor x = vector(1, 2);
      Tensor unused = vector(3);
      Tensor cut = vector(4, 5);
      Differentiated result =
          Autograd.valueAndGradients(
              List.of(unused, x, cut), () -> x.mul(Autograd.detach(cut)).sum());
      assertTrue(result.gradients().get(0).isEmpty());
      assertArrayEquals(new double[] {4, 5}, result.gradient(1).toDoubles());
      assertTrue(result.gradients().get(2).isEmpty());
      assertThrows(GradientException.class, () -> result.gradient(2));
    });
  }

  @Test
  void theLossMayBeAParameterAndAParameterMayComeTwice() {
    leavingNothing(_ -> {
      Tensor x = vector(7);
      Differentiated result = Autograd.valueAndGradients(List.of(x, x), () -> x);
      assertSame(x, result.value());
      assertArrayEquals(new double[] {1}, result.gradient(0).toDoubles());
      assertSame(result.gradient(0), result.gradient(1));
    });
  }

  @Test
  void gradientsLieInMemoryOfTheirOwn() {
    leavingNothing(_ -> {
      Tensor a = vector(1, 2);
      Tensor b = vector(3, 4);
      Tensor c = vector(5, 6);
      Tensor cotangent = vector(1, 10);
      List<Tensor> inputs = List.of(a, b, c);
      Differentiated result =
          Autograd.vjp(
              inputs, in -> List.of(in.get(0).add(in.get(1)).add(in.get(2))), List.of(cotangent));
      for (int i = 0; i < 3; i++) {
        assertArrayEquals(new double[] {1, 10}, result.gradient(i).toDoubles());
        assertNotSame(cotangent.storage(), result.gradient(i).storage());
        for (int j = 0; j < i; j++) {
          assertNotSame(result.gradient(j).storage(), result.gradient(i).storage());
        }
      }
      Tensor sum = Autograd.valueAndGradients(List.of(a), a::sum).gradient(0);
      assertTrue(sum.isContiguous());
    });
  }

  @Test
  void severalOutputsAndCotangents() {
    leavingNothing(_ -> {
      Tensor x = vector(1, 2);
      Differentiated result =
          Autograd.vjp(
              List.of(x),
              in -> List.of(in.get(0).square(), in.get(0).sum()),
              List.of(vector(1, 10), Tensor.scalar(DType.F64, 100)));
      assertArrayEquals(new double[] {1, 4}, result.values().get(0).toDoubles());
      assertEquals(3, result.values().get(1).item());
      assertArrayEquals(new double[] {102, 140}, result.gradient(0).toDoubles());
    });
  }

  @Test
  void otherOutputsHaveNoPartInTheGradients() {
    leavingNothing(_ -> {
      Tensor x = vector(1, 2);
      Differentiated result =
          Autograd.valuesAndGradients(
              List.of(x), () -> List.of(x.sum(), x.square().sum(), x.exp()));
      assertEquals(5, result.values().get(1).item());
      assertEquals(Math.exp(2), result.values().get(2).getDouble(1));
      assertArrayEquals(new double[] {1, 1}, result.gradient(0).toDoubles());
    });
  }

  @Test
  void scopesInsideTheForwardPassMayClose() {
    leavingNothing(_ -> {
      Tensor x = vector(0.5, 1);
      Differentiated result =
          Autograd.valueAndGradients(
              List.of(x),
              () ->
                  Scope.compute(
                      () -> Scope.compute(() -> x.exp().mul(x)).square().neg().neg().sum()));
      double[] expected = new double[2];
      for (int i = 0; i < 2; i++) {
        double v = x.getDouble(i);
        expected[i] = 2 * v * Math.exp(v) * Math.exp(v) * (1 + v);
      }
      assertArrayEquals(expected, result.gradient(0).toDoubles(), 1e-12);
    });
  }

  @Test
  void onlyWhatGradientsReadIsKeptAndLetGoOnTheWayBack() {
    leavingNothing(backend -> {
      Tensor x = vector(0.5, 1);
      int before = backend.live();
      int[] inside = new int[1];
      List<Integer> live = new ArrayList<>();
      OpListener listener = (_, _, _) -> live.add(backend.live() - before);
      listener.listen(() ->
          Autograd.valueAndGradients(
              List.of(x),
              () -> {
                Tensor y = x;
                for (int i = 0; i < 40; i++) {
                  Tensor last = y;
                  y = Scope.compute(() -> last.mul(0.9).neg().neg().exp().mul(-0.1));
                }
                inside[0] = backend.live() - before;
                return y.sum();
              }));
      // each round leaves its result to the scope around it and the output of exp to the tape
      assertEquals(80, inside[0]);
      int largest = live.stream().mapToInt(count -> count).max().orElseThrow();
      assertTrue(largest <= 90, "at most: " + largest);
      assertTrue(live.getLast() <= 6, "at the end: " + live.getLast());
    });
  }

  @Test
  void nothingIsRecordedOutside() {
    leavingNothing(backend -> {
      Tensor x = vector(1, 2);
      int before = backend.live();
      Scope.run(() -> x.exp().exp().sum());
      assertEquals(before, backend.live());
      assertEquals(false, OpListener.CURRENT.isBound());
    });
  }

  @Test
  void withoutRecordingGivesConstants() {
    leavingNothing(backend -> {
      Tensor x = vector(2, 3);
      Differentiated result =
          Autograd.valueAndGradients(
              List.of(x),
              () -> {
                Tensor constant = Autograd.withoutRecording(x::square);
                return constant.mul(x).sum();
              });
      assertArrayEquals(new double[] {4, 9}, result.gradient(0).toDoubles());
      assertEquals(4.0, Autograd.withoutRecording(() -> x.square().getDouble(0)));
    });
  }

  @Test
  void listenersAroundHearEveryOp() {
    leavingNothing(_ -> {
      Tensor x = vector(2, 3);
      List<Op> heard = new ArrayList<>();
      OpListener listener = (op, _, _) -> heard.add(op);
      listener.listen(() ->
          Autograd.valueAndGradients(
              List.of(x), () -> Autograd.withoutRecording(x::exp).mul(x).sum()));
      assertTrue(heard.stream().anyMatch(op -> op instanceof Op.Unary), heard.toString());
      assertTrue(heard.stream().anyMatch(op -> op instanceof Op.Expand), heard.toString());
    });
  }

  @Test
  void failuresLeaveNothingBehind() {
    leavingNothing(backend -> {
      Tensor x = vector(2, 3);
      int before = backend.live();
      assertThrows(
          IllegalStateException.class,
          () ->
              Autograd.valueAndGradients(
                  List.of(x),
                  () -> {
                    x.exp().square();
                    throw new IllegalStateException("forward");
                  }));
      assertEquals(before, backend.live());
      assertThrows(
          GradientException.class,
          () ->
              Autograd.valueAndGradients(
                  List.of(x),
                  () -> {
                    Tensor y = Ops.run(new Op.SoftmaxGrad(0), x.exp(), x);
                    return y.exp().square().sum();
                  }));
      assertEquals(before, backend.live());
    });
  }

  @Test
  void wrongUseIsRefused() {
    leavingNothing(_ -> {
      Tensor x = vector(2, 3);
      Tensor ids = Tensor.of(new long[] {1}, 1);
      assertThrows(ShapeException.class, () -> Autograd.valueAndGradients(List.of(x), x::exp));
      assertThrows(DTypeException.class, () -> Autograd.valueAndGradients(List.of(ids), x::sum));
      assertThrows(DTypeException.class, () -> Autograd.valueAndGradients(List.of(x), () -> ids));
      assertThrows(ShapeException.class, () -> Autograd.vjp(List.of(x), in -> in, List.of()));
      assertThrows(
          ShapeException.class, () -> Autograd.vjp(List.of(x), in -> in, List.of(vector(1))));
    });
  }

  @Test
  void nestedCallsGiveSecondDerivatives() {
    leavingNothing(_ -> {
      Tensor x = vector(2, 3);
      Differentiated second =
          Autograd.valueAndGradients(
              List.of(x),
              () ->
                  Autograd.valueAndGradients(List.of(x), () -> x.mul(x).mul(x).sum())
                      .gradient(0)
                      .sum());
      assertArrayEquals(new double[] {12, 18}, second.gradient(0).toDoubles(), 1e-12);
    });
  }
}
