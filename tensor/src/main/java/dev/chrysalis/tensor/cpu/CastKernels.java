package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.H;
import static dev.chrysalis.tensor.cpu.Lanes.I;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.UGT;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// Casts between F32 and the dtypes that weights and pictures come in.
final class CastKernels {
  private static final int NAN_BOUNDARY = 0x7f800000;
  private static final int QUIET = 0x40;

  private CastKernels() {}

  /// Casts if there is a kernel for the two dtypes; says whether there was.
  static boolean cast(Parallel pool, Tensor x, Tensor y) {
    Optional<Elementwise.Kernel> kernel = kernel(x.dtype(), y.dtype());
    kernel.ifPresent(k -> Elementwise.run(pool, List.of(x), List.of(y), k));
    return kernel.isPresent();
  }

  private static Optional<Elementwise.Kernel> kernel(DType from, DType to) {
    if (to == DType.F32) {
      return switch (from) {
        case BF16 -> Optional.of((s, n) -> fromBf16(s[0], s[1], n));
        case F16 -> Optional.of((s, n) -> fromF16(s[0], s[1], n));
        case U8, BOOL -> Optional.of((s, n) -> fromU8(s[0], s[1], n));
        case I32 -> Optional.of((s, n) -> fromI32(s[0], s[1], n));
        case I64 -> Optional.of((s, n) -> fromI64(s[0], s[1], n));
        case F64 -> Optional.of((s, n) -> fromF64(s[0], s[1], n));
        case F32, I8 -> Optional.empty();
      };
    }
    if (from == DType.F32) {
      return switch (to) {
        case BF16 -> Optional.of((s, n) -> toBf16(s[0], s[1], n));
        case F16 -> Optional.of((s, n) -> toF16(s[0], s[1], n));
        case F64 -> Optional.of((s, n) -> toF64(s[0], s[1], n));
        case F32, I64, I32, U8, I8, BOOL -> Optional.empty();
      };
    }
    return Optional.empty();
  }

  private static void fromBf16(MemorySegment x, MemorySegment y, int count) {
    for (long i = 0; i < count; i += COUNT) {
      IntVector bits =
          (IntVector)
              ShortVector.fromMemorySegment(H, x, i * 2, ByteOrder.LITTLE_ENDIAN)
                  .convertShape(ZERO_EXTEND_S2I, I, 0);
      bits.lanewise(LSHL, 16).intoMemorySegment(y, i * 4, ByteOrder.LITTLE_ENDIAN);
    }
  }

  /// To the nearest, ties to even: half of the last kept bit is added, less one where that bit is
  /// 0. NaN stays NaN.
  private static void toBf16(MemorySegment x, MemorySegment y, int count) {
    for (long i = 0; i < count; i += COUNT) {
      IntVector bits = IntVector.fromMemorySegment(I, x, i * 4, ByteOrder.LITTLE_ENDIAN);
      IntVector high = bits.lanewise(LSHR, 16);
      IntVector rounded = bits.add(high.and(1)).add(0x7fff).lanewise(LSHR, 16);
      IntVector result =
          rounded.blend(high.or(QUIET), bits.and(Integer.MAX_VALUE).compare(UGT, NAN_BOUNDARY));
      ((ShortVector) result.convertShape(I2S, H, 0))
          .intoMemorySegment(y, i * 2, ByteOrder.LITTLE_ENDIAN);
    }
  }

  private static void fromF16(MemorySegment x, MemorySegment y, int count) {
    for (long i = 0; i < count; i++) {
      y.set(Elements.F32, i * 4, Float.float16ToFloat(x.get(Elements.I16, i * 2)));
    }
  }

  private static void toF16(MemorySegment x, MemorySegment y, int count) {
    for (long i = 0; i < count; i++) {
      y.set(Elements.I16, i * 2, Float.floatToFloat16(x.get(Elements.F32, i * 4)));
    }
  }

  private static void fromU8(MemorySegment x, MemorySegment y, int count) {
    for (long i = 0; i < count; i++) {
      y.set(Elements.F32, i * 4, x.get(Elements.I8, i) & 0xff);
    }
  }

  private static void fromI32(MemorySegment x, MemorySegment y, int count) {
    for (long i = 0; i < count; i++) {
      y.set(Elements.F32, i * 4, x.get(Elements.I32, i * 4));
    }
  }

  private static void fromI64(MemorySegment x, MemorySegment y, int count) {
    for (long i = 0; i < count; i++) {
      y.set(Elements.F32, i * 4, x.get(Elements.I64, i * 8));
    }
  }

  private static void fromF64(MemorySegment x, MemorySegment y, int count) {
    for (long i = 0; i < count; i++) {
      y.set(Elements.F32, i * 4, (float) x.get(Elements.F64, i * 8));
    }
  }

  private static void toF64(MemorySegment x, MemorySegment y, int count) {
    for (long i = 0; i < count; i++) {
      y.set(Elements.F64, i * 8, x.get(Elements.F32, i * 4));
    }
  }
}
