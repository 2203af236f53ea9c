package dev.chrysalis.cuda;

import dev.chrysalis.tensor.device.Block;

/// Makes descriptions of tensors for the copy engine of Hopper.
interface TensorMaps {
  /// Whether the driver has such descriptions.
  default boolean exist() {
    return true;
  }

  /// Describes `(rows, columns)` elements of 16 bits, in boxes whose rows are at most 128 bytes
  /// long.
  ///
  /// @param bfloat whether they are BF16, else F16
  /// @param offset of the first element in the block, a multiple of 8
  /// @param rowElements from a row to the next, a multiple of 8
  /// @return a `CUtensorMap`
  byte[] map(
      Block block,
      boolean bfloat,
      long offset,
      long rows,
      long columns,
      long rowElements,
      int boxRows,
      int boxColumns);
}
