package dev.chrysalis.cuda;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.device.Block;

/// Products of matrices on a device as BLAS describes them: column by column, which of a row-major
/// matrix is its transpose.
@FunctionalInterface
interface Blas {
  /// `m × n` results are `op(a)·op(b)`, added to what is there if `add`, for every matrix of a
  /// batch.
  ///
  /// @param m rows of a result
  /// @param n columns of a result
  /// @param k columns of `op(a)`
  record Product(int m, int n, int k, Factor a, Factor b, Target c, int batch, boolean add) {}

  /// An operand: columns `pitch` elements apart, matrices `step` apart.
  ///
  /// @param transposed whether `op` exchanges rows and columns
  record Factor(
      Block block, long offsetBytes, DType dtype, long pitch, long step, boolean transposed) {}

  /// Results, without gaps.
  record Target(Block block, DType dtype) {}

  /// Hands a product out; later work on the device finds it done.
  ///
  /// @throws dev.chrysalis.tensor.BackendException if it is refused
  void multiply(Product product);
}
