package dev.chrysalis.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlockWriterTest {
  /// Half of the distance between two neighbouring F16 numbers, over the number; and the smallest.
  private static final double F16_ROUNDING = 0x1p-11;

  private static final double F16_SMALLEST = 0x1p-24;

  /// Random rows of all sizes, then rows of zeros, of one number, of one outlier, of both signs
  /// alike.
  private static Tensor rows() {
    Tensor random = Ops.normal(DType.F32, 3, 0, 40, 64);
    float[] scale = new float[40];
    for (int i = 0; i < scale.length; i++) {
      scale[i] = (float) Math.scalb(1.0, i - 24);
    }
    float[] special = new float[5 * 64];
    for (int i = 0; i < 64; i++) {
      special[64 + i] = -0.3f;
      special[128 + i] = i == 37 ? 4000 : 0.01f;
      special[192 + i] = i % 2 == 0 ? 2.5f : -2.5f;
      special[256 + i] = i == 0 ? -1e-30f : 0;
    }
    return Ops.cat(0, List.of(random.mul(Tensor.of(scale, 40, 1)), Tensor.of(special, 5, 64)));
  }

  @ParameterizedTest
  @EnumSource(
      value = BlockFormat.class,
      names = {"Q8_0", "Q4_0"})
  void whatIsReadBackIsOffByLessThanAStep(BlockFormat format) {
    Tensor x = rows();
    Tensor blocks = BlockWriter.write(x, format);
    assertEquals(new TensorType(DType.U8, Shape.of(x.size(0), format.rowBytes(64))), blocks.type());
    float[] before = x.toFloats();
    float[] after = Ops.dequantize(blocks, format).toFloats();
    int levels = format == BlockFormat.Q8_0 ? 127 : 8;
    double steps = format == BlockFormat.Q8_0 ? 0.5 : 1; // Q4_0 has no +8
    for (int b = 0; b < before.length; b += 32) {
      double largest = 0;
      for (int i = b; i < b + 32; i++) {
        largest = Math.max(largest, Math.abs(before[i]));
      }
      double step = largest / levels;
      for (int i = b; i < b + 32; i++) {
        double allowed =
            1.001 * steps * step + Math.abs(before[i]) * F16_ROUNDING + levels * F16_SMALLEST;
        double error = Math.abs(after[i] - before[i]);
        assertTrue(error <= allowed, "%d: %g became %g".formatted(i, before[i], after[i]));
      }
    }
  }

  @Test
  void whatCannotBeWrittenIsRefused() {
    Tensor x = Tensor.zeros(DType.F32, 2, 48);
    assertEquals(
        "Q8_0: rows of 48 elements, need a multiple of 32",
        assertThrows(ShapeException.class, () -> BlockWriter.write(x, BlockFormat.Q8_0))
            .getMessage());
    assertEquals(
        "blocks of Q6_K are only read, not written",
        assertThrows(DTypeException.class, () -> BlockWriter.write(x, BlockFormat.Q6_K))
            .getMessage());
  }
}
