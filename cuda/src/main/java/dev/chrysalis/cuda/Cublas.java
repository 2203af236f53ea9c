package dev.chrysalis.cuda;

import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.device.Block;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.function.ToLongFunction;

/// NVIDIA's library of products, which is not needed: a choice for comparison where it is
/// installed.
///
/// Values of the constants are those of `cublas_api.h` and `library_types.h`.
final class Cublas {
  static final List<String> NAMES =
      List.of(
          "libcublas.so.13",
          "libcublas.so.12",
          "libcublas.so.11",
          "cublas64_13.dll",
          "cublas64_12.dll",
          "cublas64_11.dll");

  private static final int NOT_TRANSPOSED = 0;
  private static final int TRANSPOSED = 1;
  private static final int REAL_F32 = 0;
  private static final int REAL_F16 = 2;
  private static final int REAL_BF16 = 14;

  /// Sums in F32, without TF32.
  private static final int COMPUTE_F32 = 68;

  private static final int DEFAULT_ALGORITHM = -1;

  private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  static final FunctionDescriptor CREATE = FunctionDescriptor.of(INT, ADDRESS);

  /// Handle; op(a), op(b); m, n, k; alpha; a, its type, pitch and step; b likewise; beta; c
  /// likewise; batch, type of sums, algorithm.
  static final FunctionDescriptor MULTIPLY =
      FunctionDescriptor.of(
          INT, LONG, INT, INT, INT, INT, INT, ADDRESS, LONG, INT, INT, LONG, LONG, INT, INT, LONG,
          ADDRESS, LONG, INT, INT, LONG, INT, INT, INT);

  private final MethodHandle multiply;
  private final long handle;
  private final MemorySegment zero = Arena.ofAuto().allocateFrom(FLOAT, 0);
  private final MemorySegment one = Arena.ofAuto().allocateFrom(FLOAT, 1);

  /// Starts the library, on the device whose context is current; for good.
  ///
  /// @throws BackendException if it does not start
  Cublas(SymbolLookup library) {
    multiply = handle(library, "cublasGemmStridedBatchedEx", MULTIPLY);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment made = arena.allocate(LONG);
      check("cublasCreate", (int) handle(library, "cublasCreate_v2", CREATE).invokeExact(made));
      handle = made.get(LONG, 0);
    } catch (BackendException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall does not throw", e);
    }
  }

  /// Finds the library where the system looks for libraries.
  ///
  /// @throws BackendException if it is not there
  @SuppressWarnings("restricted") // the library whose functions are called below
  static SymbolLookup library() {
    for (String name : NAMES) {
      try {
        return SymbolLookup.libraryLookup(name, Arena.global());
      } catch (IllegalArgumentException e) {
        // not this one
      }
    }
    throw new BackendException(
        "cuda: cuBLAS is not there (%s); install it or name its folder in LD_LIBRARY_PATH, or leave out --gemm"
            .formatted(NAMES.getFirst()));
  }

  @SuppressWarnings("restricted") // signatures are those of cublas_api.h
  private static MethodHandle handle(
      SymbolLookup library, String name, FunctionDescriptor descriptor) {
    MemorySegment address =
        library
            .find(name)
            .orElseThrow(() -> new BackendException("cuda: cuBLAS has no function " + name));
    return Linker.nativeLinker().downcallHandle(address, descriptor);
  }

  /// Hands a product out on the default stream of the current context.
  ///
  /// @param addresses of blocks on the device
  /// @throws BackendException if it is refused
  void multiply(Blas.Product p, ToLongFunction<Block> addresses) {
    Blas.Factor a = p.a();
    Blas.Factor b = p.b();
    MemorySegment kept = p.add() ? one : zero;
    int status;
    try {
      status =
          (int)
              multiply.invokeExact(
                  handle,
                  operation(a),
                  operation(b),
                  p.m(),
                  p.n(),
                  p.k(),
                  one,
                  addresses.applyAsLong(a.block()) + a.offsetBytes(),
                  type(a.dtype()),
                  (int) a.pitch(),
                  a.step(),
                  addresses.applyAsLong(b.block()) + b.offsetBytes(),
                  type(b.dtype()),
                  (int) b.pitch(),
                  b.step(),
                  kept,
                  addresses.applyAsLong(p.c().block()),
                  type(p.c().dtype()),
                  p.m(),
                  (long) p.m() * p.n(),
                  p.batch(),
                  COMPUTE_F32,
                  DEFAULT_ALGORITHM);
    } catch (Throwable e) {
      throw new AssertionError("a downcall does not throw", e);
    }
    check("%d x %d x %d, batch %d".formatted(p.m(), p.n(), p.k(), p.batch()), status);
  }

  private static void check(String what, int status) {
    if (status != 0) {
      throw new BackendException("cuda: cuBLAS: %s failed with status %d".formatted(what, status));
    }
  }

  private static int operation(Blas.Factor x) {
    return x.transposed() ? TRANSPOSED : NOT_TRANSPOSED;
  }

  private static int type(DType dtype) {
    return switch (dtype) {
      case F32 -> REAL_F32;
      case F16 -> REAL_F16;
      case BF16 -> REAL_BF16;
      default -> throw new IllegalArgumentException("no product of " + dtype);
    };
  }
}
