package dev.chrysalis.cuda;

import java.util.Optional;

/// The backend `cuda` with the matrix products of cuBLAS, for comparison, where it is installed.
public final class CudaCublasBackend extends CudaBackend {
  /// See `CudaBackend`.
  public CudaCublasBackend() {
    super(chosenNumber(), Optional.empty(), true);
  }

  @Override
  public String name() {
    return "cuda-cublas";
  }

  /// Taken only by name.
  @Override
  public int priority() {
    return -1;
  }

  @Override
  public boolean isVariant() {
    return true;
  }
}
