package dev.chrysalis.nn;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;

/// A matrix of weights `(n, k)`, in the form it is stored in.
public sealed interface Matrix {
  /// Plain numbers.
  ///
  /// @param values `(n, k)`; F16 and BF16 are meant for `x` of F32
  record Dense(Tensor values) implements Matrix {}

  /// Rows of blocks that share scales.
  ///
  /// @param bytes `(n, format.rowBytes(k))` of U8
  record Blocks(Tensor bytes, BlockFormat format) implements Matrix {}

  /// `n`
  default int rows() {
    return switch (this) {
      case Dense(Tensor values) -> values.size(0);
      case Blocks(Tensor bytes, _) -> bytes.size(0);
    };
  }

  /// `k`
  default int columns() {
    return switch (this) {
      case Dense(Tensor values) -> values.size(1);
      case Blocks(Tensor bytes, BlockFormat format) -> format.rowElements(bytes.size(1));
    };
  }

  /// `x (…, k) → x·matrixᵀ (…, n)`
  default Tensor times(Tensor x) {
    return switch (this) {
      case Dense(Tensor values) -> Ops.linear(x, values);
      case Blocks(Tensor bytes, BlockFormat format) -> Ops.linear(x, bytes, format);
    };
  }

  /// `x (…, k), bias (n) → x·matrixᵀ + bias (…, n)`
  default Tensor times(Tensor x, Tensor bias) {
    return switch (this) {
      case Dense(Tensor values) -> Ops.linear(x, values, bias);
      case Blocks(Tensor bytes, BlockFormat format) -> Ops.linear(x, bytes, format, bias);
    };
  }

  /// Rows by index, spelled out: `ids (…) → (…, k)`, in F32 or F64.
  default Tensor rowsAt(Tensor ids) {
    return switch (this) {
      case Dense(Tensor values) -> wide(Ops.embedding(values, ids));
      case Blocks(Tensor bytes, BlockFormat format) ->
          Ops.dequantize(Ops.embedding(bytes, ids), format);
    };
  }

  /// All values `(n, k)`, in F32 or F64.
  default Tensor dense() {
    return switch (this) {
      case Dense(Tensor values) -> wide(values);
      case Blocks(Tensor bytes, BlockFormat format) -> Ops.dequantize(bytes, format);
    };
  }

  private static Tensor wide(Tensor values) {
    boolean half = values.dtype() == DType.F16 || values.dtype() == DType.BF16;
    return half ? values.to(DType.F32) : values;
  }
}
