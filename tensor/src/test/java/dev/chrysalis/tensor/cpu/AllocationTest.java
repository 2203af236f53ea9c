package dev.chrysalis.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Compiled kernels keep their vectors in registers. One that does not makes an object for every
/// vector, four or more times the memory of its result; this test tells which.
class AllocationTest {
  private static final int SIZE = 1 << 14;
  private static final int CALLS = 50;
  private static final int ROUNDS = 200;

  /// Far below an object a vector, far above what a call needs.
  private static final long BYTES_A_CALL = 24 * 1024;

  private static final Backend ONE = new CpuBackend(1);

  record Case(Op op, List<Tensor> inputs) {
    @Override
    public String toString() {
      return op.toString();
    }
  }

  static Stream<Case> cases() {
    return Backends.with(
        ONE,
        () -> {
          Tensor x = Ops.normal(DType.F32, 1, 1, SIZE / 256, 256);
          Tensor w = Ops.normal(DType.F32, 1, 2, 256);
          Tensor rows = Ops.uniform(DType.F32, 1, 3, SIZE / 256);
          Tensor picture = x.reshape(1, 16, 32, 32);
          Tensor channels = Ops.normal(DType.F32, 1, 4, 16);
          Tensor groups = Ops.uniform(DType.F32, 1, 5, 1, 4);
          List<Case> cases = new ArrayList<>();
          for (UnaryFn fn : UnaryFn.values()) {
            cases.add(new Case(new Op.Unary(fn), List.of(x)));
            cases.add(new Case(new Op.UnaryGrad(fn), List.of(x, x, x)));
          }
          cases.add(new Case(new Op.SwiGlu(), List.of(x, x)));
          cases.add(new Case(new Op.SwiGluGrad(), List.of(x, x, x)));
          cases.add(new Case(new Op.GeGlu(), List.of(x.reshape(-1, 1024))));
          cases.add(
              new Case(
                  new Op.GeGluGrad(),
                  List.of(x.reshape(-1, 1024), x.reshape(-1, 1024).slice(1, 0, 512))));
          cases.add(
              new Case(new Op.AdamW(0.1, 0.9, 0.99, 1e-8, 0.1, 2), List.of(x, x, x, x.square())));
          cases.add(new Case(new Op.LayerNorm(1e-5), List.of(x, w, w)));
          cases.add(new Case(new Op.LayerNormGrad(), List.of(x, w, rows, rows, x)));
          cases.add(new Case(new Op.RmsNormGrad(), List.of(x, w, rows, x)));
          cases.add(
              new Case(new Op.GroupNorm(4, 1e-5, true), List.of(picture, channels, channels)));
          cases.add(
              new Case(
                  new Op.GroupNormGrad(4, true),
                  List.of(picture, channels, channels, groups, groups, picture)));
          cases.add(new Case(new Op.Softmax(1), List.of(x)));
          cases.add(new Case(new Op.LogSoftmaxGrad(1), List.of(x, x)));
          cases.add(new Case(new Op.Cast(DType.BF16), List.of(x)));
          cases.add(new Case(new Op.Cast(DType.F32), List.of(x.to(DType.BF16))));
          return cases.stream();
        });
  }

  @ParameterizedTest
  @MethodSource("cases")
  void vectorsStayInRegisters(Case c) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS && least > BYTES_A_CALL; round++) { // until it is compiled
      long before = threads.getCurrentThreadAllocatedBytes();
      List<Tensor> outputs = Backends.with(ONE, () -> Ops.runAll(c.op(), c.inputs()));
      for (int i = 1; i < CALLS; i++) {
        ONE.execute(c.op(), c.inputs(), outputs);
      }
      least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / CALLS);
    }
    assertTrue(least <= BYTES_A_CALL, "%s allocates %d bytes a call".formatted(c, least));
  }
}
