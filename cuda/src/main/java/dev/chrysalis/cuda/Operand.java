package dev.chrysalis.cuda;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.Block;

/// A matrix of 16-bit elements as the kernels of products take it: one of its two axes contiguous,
/// lines of the other at multiples of 16 bytes.
///
/// @param offset of the first element in the block
/// @param lines of the axis that is not contiguous
/// @param length of the contiguous axis
/// @param stride from one line to the next
/// @param depthInside whether the axis that is summed over is the contiguous one
record Operand(
    Tensor tensor, long offset, int lines, int length, long stride, boolean depthInside) {
  private static final int ALIGNED = 8;

  /// Whether the kernels can take it.
  static boolean fits(long offset, int rows, int depth, long rowStep, long depthStep) {
    return offset % ALIGNED == 0
        && (inside(rows, depth, rowStep, depthStep) || inside(depth, rows, depthStep, rowStep));
  }

  /// @param rowStep from one row to the next
  /// @param depthStep from one element that is summed over to the next
  static Operand of(Tensor tensor, long offset, int rows, int depth, long rowStep, long depthStep) {
    return inside(rows, depth, rowStep, depthStep)
        ? new Operand(tensor, offset, rows, depth, step(rows, depth, rowStep), true)
        : new Operand(tensor, offset, depth, rows, step(depth, rows, depthStep), false);
  }

  private static boolean inside(int lines, int length, long lineStep, long step) {
    return (step == 1 || length == 1)
        && (lines == 1 || (lineStep % ALIGNED == 0 && lineStep >= length));
  }

  /// One line has no next one, but a description of it has.
  private static long step(int lines, int length, long lineStep) {
    return lines == 1 ? (length + ALIGNED - 1) / ALIGNED * ALIGNED : lineStep;
  }

  /// A description for the copy engine, in boxes of 64 along the contiguous axis.
  ///
  /// @param rows of a box that are not summed over
  byte[] map(TensorMaps maps, Block block, int rows) {
    return maps.map(
        block,
        tensor.dtype() == DType.BF16,
        offset,
        lines,
        length,
        stride,
        depthInside ? rows : ProductPlan.DEPTH,
        64);
  }
}
