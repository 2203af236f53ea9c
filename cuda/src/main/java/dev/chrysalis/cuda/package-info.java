/// The CUDA backend: `CudaBackend` is a `DeviceBackend` on a `CudaDevice`. `Driver` loads what
/// speaks to NVIDIA's driver, `PtxImages` holds the kernels, which were compiled ahead
/// (`build-kernels.sh`). `Cublas` is NVIDIA's library of products, for comparison. Which op becomes
/// which kernels stands in `dev.chrysalis.tensor.device`.
package dev.chrysalis.cuda;
