package dev.chrysalis.cuda;

import dev.chrysalis.tensor.device.Grid;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// Calls of the driver that JCuda has not, or not fast enough for thousands of launches a second.
///
/// Each returns the driver's code, 0 for success.
final class DriverCalls {
  /// A `CUtensorMap`.
  static final int MAP_BYTES = 128;

  /// Of a `CUtensorMap`.
  static final int MAP_ALIGNMENT = 64;

  private static final int BF16 = 9;
  private static final int F16 = 6;
  private static final int SWIZZLE_128_BYTES = 3;
  private static final int PROMOTE_128_BYTES = 2;
  private static final int ELEMENT_BYTES = 2;

  private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  /// Here for good, like the driver.
  private static final SymbolLookup LIBRARY = library();

  private static final MethodHandle LAUNCH =
      handle(
              "cuLaunchKernel",
              FunctionDescriptor.of(
                  INT, LONG, INT, INT, INT, INT, INT, INT, INT, LONG, ADDRESS, ADDRESS))
          .orElseThrow();

  private static final Optional<MethodHandle> MAP =
      handle(
          "cuTensorMapEncodeTiled",
          FunctionDescriptor.of(
              INT, ADDRESS, INT, INT, LONG, ADDRESS, ADDRESS, ADDRESS, ADDRESS, INT, INT, INT,
              INT));

  private DriverCalls() {}

  @SuppressWarnings("restricted") // the library whose functions are called below
  private static SymbolLookup library() {
    for (String name : Driver.NAMES) {
      try {
        return SymbolLookup.libraryLookup(name, Arena.global());
      } catch (IllegalArgumentException e) {
        // not this one
      }
    }
    throw new UnsatisfiedLinkError(Driver.NAMES.getFirst());
  }

  @SuppressWarnings("restricted") // signatures are those of cuda.h
  private static Optional<MethodHandle> handle(String name, FunctionDescriptor descriptor) {
    return LIBRARY
        .find(name)
        .map(address -> Linker.nativeLinker().downcallHandle(address, descriptor));
  }

  /// Runs a kernel on the context's default stream.
  ///
  /// @param values the addresses of the values of its parameters
  static int launch(long function, Grid grid, MemorySegment values) {
    try {
      return (int)
          LAUNCH.invokeExact(
              function,
              (int) grid.groups(),
              grid.rows(),
              grid.layers(),
              grid.lanes(),
              1,
              1,
              grid.sharedBytes(),
              0L,
              values,
              MemorySegment.NULL);
    } catch (Throwable e) {
      throw new AssertionError("a downcall does not throw", e);
    }
  }

  /// Whether the driver describes tensors to the copy engine: since CUDA 12.
  static boolean hasMaps() {
    return MAP.isPresent();
  }

  /// Describes `(rows, columns)` elements of 16 bits for the copy engine, in boxes whose rows are
  /// 128 bytes long and have their 16-byte chunks exchanged by the row's number.
  ///
  /// @param to gets the `CUtensorMap`
  /// @param address a multiple of 16
  /// @param rowElements from a row to the next, a multiple of 8
  static int map(
      MemorySegment to,
      boolean bfloat,
      long address,
      long rows,
      long columns,
      long rowElements,
      int boxRows,
      int boxColumns) {
    MethodHandle encode = MAP.orElseThrow();
    try (Arena arena = Arena.ofConfined()) {
      return (int)
          encode.invokeExact(
              to,
              bfloat ? BF16 : F16,
              2,
              address,
              arena.allocateFrom(LONG, columns, rows),
              arena.allocateFrom(LONG, rowElements * ELEMENT_BYTES),
              arena.allocateFrom(INT, boxColumns, boxRows),
              arena.allocateFrom(INT, 1, 1),
              0,
              SWIZZLE_128_BYTES,
              PROMOTE_128_BYTES,
              0);
    } catch (Throwable e) {
      throw new AssertionError("a downcall does not throw", e);
    }
  }
}
