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
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/// NVIDIA's library of products, which is not needed: a choice for comparison where it is
/// installed.
///
/// Values of the constants are those of `cublas_api.h` and `library_types.h`.
final class Cublas {
  private static final List<String> NAMES =
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

  /// No sums of parts in 16 bits.
  private static final int WIDE_SUMS = 16;

  private static final int DEFAULT_ALGORITHM = -1;

  private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  static final FunctionDescriptor CREATE = FunctionDescriptor.of(INT, ADDRESS);

  static final FunctionDescriptor SET_MODE = FunctionDescriptor.of(INT, LONG, INT);

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

  /// Starts a library, on the device whose context is current; for good.
  ///
  /// @throws BackendException if it does not start
  Cublas(SymbolLookup library) {
    multiply = handle(library, "cublasGemmStridedBatchedEx", MULTIPLY);
    MethodHandle create = handle(library, "cublasCreate_v2", CREATE);
    MethodHandle setMode = handle(library, "cublasSetMathMode", SET_MODE);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment made = arena.allocate(LONG);
      check("cublasCreate", (int) create.invokeExact(made));
      handle = made.get(LONG, 0);
      check("cublasSetMathMode", (int) setMode.invokeExact(handle, WIDE_SUMS));
    } catch (BackendException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall does not throw", e);
    }
  }

  /// Starts the newest library that is found where the system looks for libraries, and starts.
  ///
  /// @throws BackendException if there is none; the message says what was tried
  @SuppressWarnings("restricted") // the library whose functions are called
  static Cublas start() {
    List<String> tried = new ArrayList<>();
    for (String name : NAMES) {
      try {
        return new Cublas(SymbolLookup.libraryLookup(name, Arena.global()));
      } catch (IllegalArgumentException e) {
        tried.add(name + " is not there, or does not load");
      } catch (BackendException e) {
        tried.add(name + ": " + e.getMessage());
      }
    }
    throw new BackendException(
        "cuda: no cuBLAS that starts; install it, name its folder in LD_LIBRARY_PATH, or leave out --gemm: "
            + String.join("; ", tried));
  }

  @SuppressWarnings("restricted") // signatures are those of cublas_api.h
  private static MethodHandle handle(
      SymbolLookup library, String name, FunctionDescriptor descriptor) {
    MemorySegment address =
        library.find(name).orElseThrow(() -> new BackendException("it has no function " + name));
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
      throw new BackendException("cuBLAS: %s failed with status %d".formatted(what, status));
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
