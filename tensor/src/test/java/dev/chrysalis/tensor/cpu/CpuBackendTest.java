package dev.chrysalis.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.cases.BackendCases;
import dev.chrysalis.tensor.cases.OpTable;
import dev.chrysalis.tensor.scalar.ScalarBackend;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CpuBackendTest {
  private static final Backend SCALAR = new ScalarBackend();
  private static final Backend ONE = new CpuBackend(1);
  private static final Backend THREE = new CpuBackend(3);

  static Stream<BackendCases.Case> cases() {
    return BackendCases.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithTheScalarBackend(BackendCases.Case each) {
    assertEquals(Optional.empty(), each.check().apply(THREE));
  }

  private static List<Tensor> run(Backend backend, Op op, List<Tensor> inputs) {
    return Backends.with(backend, () -> Ops.runAll(op, inputs));
  }

  @Test
  void isTheBackendOfChoice() {
    assertEquals("cpu", Backends.current().name());
    assertEquals(Backends.current(), Backends.named("cpu"));
  }

  /// By the kernel that took it, those of `alone` included.
  @Test
  void countsTheKernelsThatRan() {
    Backend backend = new CpuBackend(2);
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
    Tensor halves = x.to(DType.BF16);
    run(backend, new Op.Softmax(1), List.of(x));
    run(backend.alone(), new Op.Softmax(1), List.of(x));
    run(backend, new Op.Softmax(1), List.of(halves));
    run(backend, new Op.Softmax(1), List.of(x.to(DType.F64)));
    run(backend, new Op.Linear(), List.of(x, halves));
    run(backend, new Op.Linear(), List.of(x, x));
    run(backend, new Op.CumSum(1, false), List.of(x));
    run(backend, new Op.Cast(DType.BF16), List.of(x));
    run(backend, new Op.Cast(DType.I64), List.of(x));
    assertEquals(
        Map.of(
            "Softmax", 2L,
            "Softmax in 16 bits, widened", 1L,
            "Softmax by the scalar kernel", 1L,
            "Linear of stored weights", 1L,
            "Linear", 1L,
            "CumSum by the scalar kernel", 1L,
            "Cast", 1L,
            "Cast by the scalar kernel", 1L),
        backend.variants());
  }

  @Test
  void theNumberOfThreadsDoesNotChangeABit() {
    OpTable.rows()
        .forEach(row -> {
          List<Tensor> inputs = Backends.with(SCALAR, row.inputs());
          List<Tensor> one = run(ONE, row.op(), inputs);
          List<Tensor> three = run(THREE, row.op(), inputs);
          for (int k = 0; k < one.size(); k++) {
            assertArrayEquals(bytes(one.get(k)), bytes(three.get(k)), row.name());
          }
        });
  }

  /// Several programs at once on one backend, whose memory goes round between them.
  @Test
  void callersOnSeveralThreadsDoNotDisturbEachOther() throws Exception {
    record Job(OpTable.Row row, List<Tensor> inputs, List<byte[]> expected) {}
    List<Job> jobs =
        OpTable.rows()
            .map(row -> new Job(row, Backends.with(SCALAR, row.inputs()), new ArrayList<>()))
            .filter(job -> job.inputs().stream().mapToLong(Tensor::count).sum() <= 5000)
            .toList();
    jobs.forEach(
        job -> run(THREE, job.row().op(), job.inputs()).forEach(y -> job.expected().add(bytes(y))));
    Callable<Integer> program =
        () -> {
          for (Job job : jobs) {
            Scope.run(() -> {
              List<Tensor> found = run(THREE, job.row().op(), job.inputs());
              for (int k = 0; k < found.size(); k++) {
                assertArrayEquals(job.expected().get(k), bytes(found.get(k)), job.row().name());
              }
            });
          }
          return jobs.size();
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      for (Future<Integer> done : threads.invokeAll(Collections.nCopies(3, program))) {
        assertTrue(done.get() > 500);
      }
    }
  }

  private static byte[] bytes(Tensor x) {
    MemorySegment bytes = x.segment().asSlice(0, x.type().sizeBytes());
    return bytes.toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void aPlainProgramRuns() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Tensor w = Tensor.of(new float[] {1, 0, -1, 2, 1, 0}, 2, 3);
    Tensor y = Ops.linear(x, w).add(x.sum(1, true)).mul(0.5);
    assertArrayEquals(new float[] {2, 5, 6.5f, 14}, y.toFloats());
  }

  @Test
  void updatesWriteInPlace() {
    Tensor p = Tensor.of(new float[] {1, 2}, 2);
    Tensor g = Tensor.of(new float[] {1, -1}, 2);
    Tensor m = Tensor.zeros(DType.F32, 2);
    Tensor v = Tensor.zeros(DType.F32, 2);
    Op step = new Op.AdamW(0.1, 0.9, 0.999, 0, 0, 1);
    Ops.update(step, List.of(p, g, m, v), List.of(p, m, v));
    assertArrayEquals(new float[] {0.9f, 2.1f}, p.toFloats(), 1e-6f);
    assertArrayEquals(new float[] {0.1f, -0.1f}, m.toFloats(), 1e-7f);
  }

  @Test
  void indicesOutsideAreRefused() {
    Tensor table = Tensor.zeros(DType.F32, 4, 3);
    Tensor ids = Tensor.of(new long[] {0, 4}, 2);
    ShapeException e =
        assertThrows(ShapeException.class, () -> Ops.run(new Op.Embedding(), table, ids));
    assertEquals("embedding: index 4 at position 1: need 0 to 3", e.getMessage());
  }
}
