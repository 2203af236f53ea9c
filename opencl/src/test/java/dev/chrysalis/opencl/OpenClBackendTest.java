package dev.chrysalis.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.cases.BackendCases;
import dev.chrysalis.tensor.cases.OpTable;
import dev.chrysalis.tensor.device.DeviceInfo;
import dev.chrysalis.tensor.device.KernelId;
import dev.chrysalis.tensor.scalar.ScalarBackend;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenClBackendTest {
  private static final Backend SCALAR = new ScalarBackend();
  private static final OpenClBackend BACKEND = new OpenClBackend();

  @BeforeAll
  static void needsADevice() {
    OpenClDriver.require();
  }

  static Stream<BackendCases.Case> cases() {
    return BackendCases.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithTheScalarBackend(BackendCases.Case each) {
    assertEquals(Optional.empty(), each.check().apply(BACKEND));
  }

  private static List<Tensor> run(Backend backend, Op op, List<Tensor> inputs) {
    return Backends.with(backend, () -> Ops.runAll(op, inputs));
  }

  @Test
  void isFoundByItsNameAndDescribesItself() {
    assertEquals("opencl", Backends.named("opencl").name());
    DeviceInfo first = BACKEND.devices().getFirst();
    assertEquals(0, first.number());
    assertTrue(first.memoryBytes() >= first.largestBytes() && first.largestBytes() > 0);
    assertTrue(BACKEND.description().startsWith(first.label()), BACKEND.description());
  }

  /// A plain program stays on the device; what no kernel takes is counted.
  @Test
  void countsWhatTheHostComputes() {
    long before = BACKEND.onHost();
    float[] found =
        Backends.with(
            BACKEND,
            () -> {
              Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
              Tensor w = Tensor.of(new float[] {1, 0, -1, 2, 1, 0}, 2, 3);
              return Ops.linear(x, w).add(x.sum(1, true)).mul(0.5).toFloats();
            });
    assertArrayEquals(new float[] {2, 5, 6.5f, 14}, found);
    assertEquals(before, BACKEND.onHost());
    Tensor quotient =
        Backends.with(
            BACKEND,
            () -> {
              Tensor seven = Tensor.of(new long[] {7, -7}, 2);
              return Ops.binary(BinaryFn.DIV, seven, Tensor.of(new long[] {2, 2}, 2));
            });
    assertArrayEquals(new long[] {3, -3}, quotient.toLongs());
    assertEquals(before + 1, BACKEND.onHost());
    SortedMap<String, Long> variants = BACKEND.variants();
    assertTrue(variants.get("Binary on the host") >= 1, variants::toString);
    assertTrue(variants.keySet().stream().anyMatch(v -> v.contains(" of ") && v.contains("T_F32")));
  }

  /// Host and device write in turn, to whole blocks and to parts.
  @Test
  void hostAndDeviceSeeWhatTheOtherWrote() {
    Backends.with(
        BACKEND,
        () -> {
          Tensor x = Tensor.zeros(DType.F32, 4, 3);
          Ops.copyInto(Tensor.of(new float[] {1, 2, 3, 4}, 4), x.select(1, 1));
          assertArrayEquals(new float[] {0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0}, x.toFloats());
          x.segment().setAtIndex(Elements.F32, 11, 9);
          assertEquals(19, x.sum().item());
          Ops.copyInto(Tensor.of(new float[] {5, 5, 5}, 3), x.select(0, 3));
          assertEquals(21, x.sum().item());
          return x;
        });
    Tensor onHost = Backends.with(SCALAR, () -> Tensor.zeros(DType.F32, 2, 2));
    Backends.with(
        BACKEND,
        () -> {
          Ops.copyInto(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2).swap(0, 1), onHost);
          return onHost;
        });
    assertArrayEquals(new float[] {1, 3, 2, 4}, onHost.toFloats());
  }

  @ParameterizedTest
  @ValueSource(longs = {4, -1, Long.MIN_VALUE, Long.MAX_VALUE})
  void anIndexOutsideIsRefused(long index) {
    Tensor table = onDevice(() -> Tensor.zeros(DType.F32, 4, 2));
    Tensor ids = onDevice(() -> Tensor.of(new long[] {1, index}, 2));
    ShapeException refused =
        assertThrows(ShapeException.class, () -> onDevice(() -> Ops.embedding(table, ids)));
    assertEquals(
        "embedding: index %d at position 1: need 0 to 3".formatted(index), refused.getMessage());
  }

  private static Tensor onDevice(Supplier<Tensor> body) {
    return Backends.with(BACKEND, body);
  }

  /// More than the device has, in a loop that no scope frees: what nobody holds is collected.
  @Test
  void whatNobodyHoldsIsCollected() {
    long bytes = 200L << 20;
    long rounds = BACKEND.chosen().memoryBytes() / bytes + 5;
    int count = (int) (bytes / Float.BYTES);
    Tensor last = onDevice(() -> Tensor.zeros(DType.F32, 1));
    for (long i = 0; i < rounds; i++) {
      last = onDevice(() -> Tensor.zeros(DType.F32, count));
    }
    assertEquals(0, last.getDouble(count - 1));
  }

  @Test
  void aDeviceThatIsNotThereIsNamed() {
    OpenClBackend none = new OpenClBackend(99);
    BackendException refused = assertThrows(BackendException.class, () -> none.allocate(8));
    assertTrue(
        refused.getMessage().startsWith("opencl: device 99: there are 0 to "), refused::getMessage);
  }

  @Test
  void memoryThatRunsOutIsNamedAndTheNextSmallerRuns() {
    long largest = BACKEND.devices().getFirst().largestBytes();
    int rows = (int) (largest / (4L << 20)) + 1;
    BackendException refused =
        assertThrows(
            BackendException.class,
            () -> Backends.with(BACKEND, () -> Tensor.zeros(DType.F32, rows, 1 << 20)));
    assertTrue(refused.getMessage().contains("has no memory for a block of"), refused::getMessage);
    assertTrue(refused.getMessage().contains("at most " + largest), refused::getMessage);
    assertEquals(8, Backends.with(BACKEND, () -> Ops.fill(DType.F32, 1, 8).sum().item()));
  }

  @Test
  void aKernelThatDoesNotBuildShowsTheLog() {
    OpenClDevice device = OpenClDevice.open(Devices.found().getFirst());
    BackendException refused =
        assertThrows(
            BackendException.class,
            () -> device.programs().kernel(new KernelId("moves.cl", "T_B4 place=0", "move")));
    assertTrue(refused.getMessage().contains("moves.cl does not build with"), refused::getMessage);
    assertTrue(refused.getMessage().contains("error"), refused::getMessage);
  }

  /// Several programs at once on one queue.
  @Test
  void callersOnSeveralThreadsDoNotDisturbEachOther() throws Exception {
    record Job(OpTable.Row row, List<Tensor> inputs, List<double[]> expected) {}
    List<Job> jobs =
        OpTable.rows()
            .map(row -> new Job(row, Backends.with(SCALAR, row.inputs()), new ArrayList<>()))
            .filter(job -> job.inputs().stream().mapToLong(Tensor::count).sum() <= 2000)
            .filter(job -> job.row().name().hashCode() % 4 == 0)
            .toList();
    jobs.forEach(job ->
        run(BACKEND, job.row().op(), job.inputs()).forEach(y -> job.expected().add(y.toDoubles())));
    Callable<Integer> program =
        () -> {
          for (Job job : jobs) {
            Scope.run(() -> {
              List<Tensor> found = run(BACKEND, job.row().op(), job.inputs());
              for (int k = 0; k < found.size(); k++) {
                assertArrayEquals(
                    job.expected().get(k), found.get(k).toDoubles(), job.row().name());
              }
            });
          }
          return jobs.size();
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      for (Future<Integer> done : threads.invokeAll(Collections.nCopies(3, program))) {
        assertTrue(done.get() > 50);
      }
    }
  }

  @Test
  void randomNumbersAreThoseOfTheHost() {
    Op random =
        new Op.Random(
            new TensorType(DType.F32, Shape.of(1003)),
            Op.Random.Distribution.UNIFORM,
            -5,
            1L << 40);
    assertArrayEquals(
        run(SCALAR, random, List.of()).getFirst().toFloats(),
        run(BACKEND, random, List.of()).getFirst().toFloats());
  }
}
