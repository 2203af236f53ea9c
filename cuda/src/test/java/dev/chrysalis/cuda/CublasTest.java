package dev.chrysalis.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.Argument;
import dev.chrysalis.tensor.device.Block;
import dev.chrysalis.tensor.device.Device;
import dev.chrysalis.tensor.device.DeviceBackend;
import dev.chrysalis.tensor.device.DeviceInfo;
import dev.chrysalis.tensor.device.Grid;
import dev.chrysalis.tensor.device.KernelId;
import dev.chrysalis.tensor.device.Work;
import dev.chrysalis.tensor.scalar.ScalarBackend;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/// How products are put to cuBLAS: a library that computes what the manual of
/// `cublasGemmStridedBatchedEx` says takes its place, on a device in the host's memory.
class CublasTest {
  private static final long HANDLE = 77;

  private static final Map<Integer, DType> TYPES =
      Map.of(0, DType.F32, 2, DType.F16, 14, DType.BF16);

  /// The manual's function, in terms of addresses. A pitch may not be shorter than a column.
  private static int multiply(
      int refusal,
      long handle,
      int opA,
      int opB,
      int m,
      int n,
      int k,
      MemorySegment alpha,
      long a,
      int typeA,
      int lda,
      long strideA,
      long b,
      int typeB,
      int ldb,
      long strideB,
      MemorySegment beta,
      long c,
      int typeC,
      int ldc,
      long strideC,
      int batch,
      int compute,
      int algorithm) {
    boolean known = handle == HANDLE && typeA == typeB && compute == 68 && algorithm == -1;
    boolean fits = lda >= (opA == 0 ? m : k) && ldb >= (opB == 0 ? k : n) && ldc >= m;
    if (refusal != 0 || !known || !fits) {
      return refusal != 0 ? refusal : 7;
    }
    MemorySegment memory = all();
    float scale = memory.get(Elements.F32, alpha.address());
    float kept = memory.get(Elements.F32, beta.address());
    for (int each = 0; each < batch; each++) {
      for (int j = 0; j < n; j++) {
        for (int i = 0; i < m; i++) {
          double sum = 0;
          for (int p = 0; p < k; p++) {
            long inA = each * strideA + (opA == 0 ? i + (long) p * lda : p + (long) i * lda);
            long inB = each * strideB + (opB == 0 ? p + (long) j * ldb : j + (long) p * ldb);
            sum += element(memory, a, typeA, inA) * element(memory, b, typeB, inB);
          }
          long inC = each * strideC + i + (long) j * ldc;
          double old = kept == 0 ? 0 : kept * element(memory, c, typeC, inC);
          DType type = TYPES.get(typeC);
          Elements.setDouble(
              type, memory.asSlice(c + inC * type.sizeBytes()), 0, scale * sum + old);
        }
      }
    }
    return 0;
  }

  private static double element(MemorySegment memory, long address, int type, long index) {
    DType dtype = TYPES.get(type);
    return Elements.getDouble(dtype, memory.asSlice(address + index * dtype.sizeBytes()), 0);
  }

  @SuppressWarnings("restricted") // addresses that were handed out below, or are the arguments'
  private static MemorySegment all() {
    return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  }

  private static int create(int refusal, MemorySegment made) {
    all().set(ValueLayout.JAVA_LONG, made.address(), HANDLE);
    return refusal;
  }

  private static int setMode(int refusal, long handle, int mode) {
    return handle == HANDLE && mode == 16 ? refusal : 7;
  }

  /// @param refused the function that answers 13 in place of success
  private static SymbolLookup library(String refused) {
    return name ->
        switch (name) {
          case "cublasCreate_v2" -> Optional.of(stub("create", Cublas.CREATE, refused));
          case "cublasSetMathMode" -> Optional.of(stub("setMode", Cublas.SET_MODE, refused));
          case "cublasGemmStridedBatchedEx" ->
              Optional.of(stub("multiply", Cublas.MULTIPLY, refused));
          default -> Optional.empty();
        };
  }

  @SuppressWarnings("restricted") // called back through the signatures of the header
  private static MemorySegment stub(String method, FunctionDescriptor descriptor, String refused) {
    MethodType type = descriptor.toMethodType().insertParameterTypes(0, int.class);
    try {
      MethodHandle handle = MethodHandles.lookup().findStatic(CublasTest.class, method, type);
      int answer = method.equals(refused) ? 13 : 0;
      return Linker.nativeLinker()
          .upcallStub(MethodHandles.insertArguments(handle, 0, answer), descriptor, Arena.global());
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /// Blocks in the host's memory, and no kernel but the one that repeats what is added.
  private static final class HostDevice implements Device {
    private final List<String> launched = new ArrayList<>();
    private boolean added;

    private record Native(MemorySegment segment) implements Block {
      @Override
      public long sizeBytes() {
        return segment.byteSize();
      }
    }

    private final Cublas cublas;

    HostDevice(String refused) {
      cublas = new Cublas(library(refused));
    }

    void multiply(Blas.Product product) {
      added = product.add();
      cublas.multiply(product, block -> ((Native) block).segment.address());
    }

    @Override
    public DeviceInfo info() {
      return new DeviceInfo(
          "host", 0, "", DeviceInfo.Kind.CPU, "", "sm_80", "", 1, 1 << 30, 1 << 30, true);
    }

    @Override
    public Optional<Block> allocate(long sizeBytes) {
      return Optional.of(new Native(Arena.ofAuto().allocate(sizeBytes, 64)));
    }

    @Override
    public void free(Block block) {}

    @Override
    public void upload(MemorySegment from, Block to) {
      ((Native) to).segment.copyFrom(from);
    }

    @Override
    public void download(Block from, MemorySegment to) {
      to.copyFrom(((Native) from).segment.asSlice(0, to.byteSize()));
    }

    @Override
    public void launch(KernelId kernel, List<Argument> arguments, Grid grid) {
      launched.add(kernel.file() + " " + kernel.name());
    }

    @Override
    public void finish() {}
  }

  private static DeviceBackend on(HostDevice device) {
    OwnKernels own =
        new OwnKernels(
            device.info(),
            (_, _, _, _, _, _, _, _) -> new byte[0],
            Optional.of(device::multiply),
            Optional.empty());
    return new DeviceBackend(OptionalInt.empty()) {
      @Override
      public String name() {
        return "host";
      }

      @Override
      public int priority() {
        return -1;
      }

      @Override
      public List<DeviceInfo> devices() {
        return List.of(device.info());
      }

      @Override
      protected Device open(DeviceInfo info) {
        return device;
      }

      @Override
      protected boolean runOwn(Work work, Op op, List<Tensor> in, List<Tensor> out) {
        return own.run(work, op, in, out);
      }
    };
  }

  private static Tensor values(DType dtype, long seed, int... sizes) {
    return Ops.normal(DType.F32, seed, 0, sizes).to(dtype);
  }

  /// Sizes of one, every layout, columns with gaps, batches that are repeated.
  @Test
  void everyLayoutIsPutAsTheLibraryTakesIt() {
    int[][] sizes = {{3, 5, 7}, {1, 5, 7}, {3, 1, 7}, {3, 5, 1}, {9, 2, 4}};
    for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16)) {
      for (int[] mnk : sizes) {
        for (int layout = 0; layout < 16; layout++) {
          boolean ta = layout % 2 == 1;
          boolean tb = layout / 2 % 2 == 1;
          int gap = layout / 4 % 2 * 3;
          boolean batched = layout / 8 == 1;
          int m = mnk[0];
          int n = mnk[1];
          int k = mnk[2];
          List<Tensor> in =
              Backends.with(
                  new ScalarBackend(),
                  () -> {
                    int[] a = {batched ? 2 : 1, ta ? k : m, (ta ? m : k) + gap};
                    int[] b = {batched && gap > 0 ? 2 : 1, tb ? n : k, (tb ? k : n) + gap};
                    return List.of(
                        values(dtype, 1, a).slice(2, gap, a[2]),
                        values(dtype, 2, b).slice(2, gap, b[2]));
                  });
          assertSame(new Op.MatMul(ta, tb), in, "%s %s".formatted(dtype, List.of(m, n, k, layout)));
        }
      }
    }
  }

  private static void assertSame(Op op, List<Tensor> in, String what) {
    double[] expected =
        Backends.with(new ScalarBackend(), () -> Ops.runAll(op, in).getFirst().toDoubles());
    HostDevice device = new HostDevice("");
    Backend backend = on(device);
    double[] found = Backends.with(backend, () -> Ops.runAll(op, in).getFirst().toDoubles());
    double within =
        switch (in.getFirst().dtype()) {
          case BF16 -> 0.1;
          case F16 -> 0.02;
          default -> 1e-5;
        };
    assertArrayEquals(expected, found, within, what);
    assertEquals(List.of(), device.launched, what);
    assertEquals(Map.of("gemm of cuBLAS", 1L), backend.variants(), what);
  }

  /// One row too, which our own kernels would take by themselves.
  @Test
  void whatIsAddedIsThereBeforeTheProduct() {
    for (int rows : new int[] {1, 6}) {
      HostDevice device = new HostDevice("");
      Backend backend = on(device);
      Tensor x = Backends.with(new ScalarBackend(), () -> values(DType.F32, 1, rows, 4));
      Backends.with(backend, () -> Ops.linear(x, values(DType.F32, 2, 3, 4)));
      assertFalse(device.added);
      List<Tensor> in =
          Backends.with(
              new ScalarBackend(),
              () -> List.of(x, values(DType.F32, 2, 3, 4), values(DType.F32, 3, 3)));
      Backends.with(backend, () -> Ops.runAll(new Op.Linear(), in));
      assertTrue(device.added);
      assertTrue(device.launched.contains("cast.cl to_F32"), device.launched::toString);
    }
  }

  @Test
  void refusalsAreNamed() {
    assertEquals(
        "cuBLAS: cublasCreate failed with status 13",
        assertThrows(BackendException.class, () -> new HostDevice("create")).getMessage());
    HostDevice device = new HostDevice("multiply");
    Tensor x = Backends.with(new ScalarBackend(), () -> values(DType.F32, 1, 2, 3));
    BackendException refused =
        assertThrows(
            BackendException.class, () -> Backends.with(on(device), () -> x.matmul(x.swap(0, 1))));
    assertEquals("cuBLAS: 2 x 2 x 3, batch 1 failed with status 13", refused.getMessage());
    BackendException missing =
        assertThrows(BackendException.class, () -> new Cublas(_ -> Optional.empty()));
    assertTrue(missing.getMessage().contains("no function cublasGemm"), missing::getMessage);
  }
}
