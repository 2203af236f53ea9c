package dev.chrysalis.cuda;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Layout;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.device.KernelId;
import dev.chrysalis.tensor.device.Work;
import java.util.Optional;

/// Products of F32, F16 or BF16 matrices by a library, in place of our kernels.
///
/// What is row-major here is the transpose of what the library sees: `yᵀ = wᵀ·aᵀ`.
final class BlasProducts {
  private static final KernelId COUNTED = new KernelId("cuBLAS", "", "gemm");

  private final Blas blas;

  BlasProducts(Blas blas) {
    this.blas = blas;
  }

  /// A matrix whose lines are contiguous: its rows, or its columns.
  ///
  /// @param inside whether its rows are
  private record Lines(boolean inside, long pitch) {
    static Optional<Lines> of(int rows, int columns, long rowStep, long columnStep) {
      if (fits(columns, rows, columnStep, rowStep)) {
        return Optional.of(new Lines(true, rows == 1 ? columns : rowStep));
      }
      return fits(rows, columns, rowStep, columnStep)
          ? Optional.of(new Lines(false, columns == 1 ? rows : columnStep))
          : Optional.empty();
    }

    private static boolean fits(int length, int lines, long step, long lineStep) {
      return (step == 1 || length == 1)
          && (lines == 1 || (lineStep >= length && lineStep <= Integer.MAX_VALUE));
    }
  }

  /// `y = a·w [+ bias]`, leading axes broadcast, if the library can take the operands as they lie.
  ///
  /// @param a `(…, m, k)`
  /// @param w `(…, k, n)`, of the same dtype
  /// @param bias `(n)`, row-major
  /// @param y row-major at the front of a block, of that dtype or F32
  boolean run(Work work, Tensor a, Tensor w, Optional<Tensor> bias, Tensor y) {
    int m = y.size(-2);
    int n = y.size(-1);
    int k = a.size(-1);
    DType dtype = a.dtype();
    if (y.count() == 0
        || k == 0
        || w.dtype() != dtype
        || (dtype != DType.F32 && !dtype.isHalf())
        || (y.dtype() != dtype && y.dtype() != DType.F32)) {
      return false;
    }
    Shape batch = y.shape().range(0, y.rank() - 2);
    Layout layout =
        Layout.of(batch.toArray(), Work.repeated(a, batch, 2), Work.repeated(w, batch, 2));
    Optional<Lines> linesA = Lines.of(m, k, a.stride(a.rank() - 2), a.stride(a.rank() - 1));
    Optional<Lines> linesW = Lines.of(k, n, w.stride(w.rank() - 2), w.stride(w.rank() - 1));
    if (layout.rank() > 1 || linesA.isEmpty() || linesW.isEmpty()) {
      return false;
    }
    bias.ifPresent(b -> work.cast(repeated(b, y), y));
    blas.multiply(
        new Blas.Product(
            n,
            m,
            k,
            factor(work, w, linesW.get(), layout.strides()[1][0]),
            factor(work, a, linesA.get(), layout.strides()[0][0]),
            new Blas.Target(work.written(y), y.dtype()),
            layout.sizes()[0],
            bias.isPresent()));
    work.count(COUNTED);
    return true;
  }

  private static Blas.Factor factor(Work work, Tensor x, Lines lines, long step) {
    return new Blas.Factor(
        work.read(x),
        x.offset() * x.dtype().sizeBytes(),
        x.dtype(),
        lines.pitch(),
        step,
        !lines.inside());
  }

  /// What is added to each row, as often as there are rows.
  private static Tensor repeated(Tensor bias, Tensor y) {
    long[] strides = new long[y.rank()];
    strides[y.rank() - 1] = 1;
    return new Tensor(
        new TensorType(bias.dtype(), y.shape()), strides, bias.offset(), bias.storage());
  }
}
