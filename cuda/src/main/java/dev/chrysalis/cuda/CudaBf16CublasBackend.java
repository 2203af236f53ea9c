package dev.chrysalis.cuda;

/// The backend `cuda-bf16` with the matrix products of cuBLAS, for comparison, where it is
/// installed.
public final class CudaBf16CublasBackend extends CudaBf16Backend {
  /// See `CudaBackend`.
  public CudaBf16CublasBackend() {
    super(true);
  }

  @Override
  public String name() {
    return "cuda-bf16-cublas";
  }
}
