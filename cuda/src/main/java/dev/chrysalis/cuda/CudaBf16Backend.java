package dev.chrysalis.cuda;

import dev.chrysalis.tensor.DType;
import java.util.Optional;

/// The backend `cuda` with F32 operands of products, convolutions and attention rounded to BF16 on
/// their way to the tensor cores. Sums are in F32, and so are results of products; results of
/// convolutions and attention are rounded once more. All other ops stay in F32. For mixed-precision
/// training (Micikevicius et al. 2018, arXiv:1710.03740, with BF16, which needs no loss scaling),
/// and wherever speed is worth three digits.
public class CudaBf16Backend extends CudaBackend {
  /// See `CudaBackend`.
  public CudaBf16Backend() {
    this(false);
  }

  /// @param usesCublas whether cuBLAS takes the place of our own products
  CudaBf16Backend(boolean usesCublas) {
    super(chosenNumber(), Optional.of(DType.BF16), usesCublas);
  }

  @Override
  public String name() {
    return "cuda-bf16";
  }

  /// Taken only by name: its results are not those of the others.
  @Override
  public final int priority() {
    return -1;
  }

  @Override
  public final boolean roundsOperands() {
    return true;
  }

  @Override
  public final boolean isVariant() {
    return true;
  }
}
