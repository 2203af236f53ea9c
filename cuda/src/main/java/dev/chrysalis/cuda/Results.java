package dev.chrysalis.cuda;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.Work;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Operands and results of kernels that know one dtype, whatever theirs is.
final class Results {
  private Results() {}

  /// A result, or a tensor of another dtype for it.
  static Tensor in(Work work, DType dtype, Tensor y) {
    return y.dtype() == dtype ? y : work.tensor(dtype, y.shape());
  }

  /// Brings what was computed to where it is wanted.
  static void handOver(Work work, Tensor from, Tensor to) {
    if (from != to) {
      work.cast(from, to);
    }
  }

  /// What is added to each row, row-major, if it is given.
  static Optional<Tensor> bias(Work work, List<Tensor> in) {
    return in.size() == 3 ? Optional.of(work.dense(in.get(2))) : Optional.empty();
  }

  /// How kernels are named by a dtype: `bf16`.
  static String word(DType dtype) {
    return dtype.name().toLowerCase(Locale.ROOT);
  }

  /// An operand, row-major and of this dtype.
  static Tensor as(Work work, DType dtype, Tensor x) {
    return x.dtype() == dtype ? work.dense(x) : work.cast(x, dtype);
  }
}
