/// The CPU backend: kernels on the Vector API, on a pool of threads as large as the machine.
///
/// Reading order: `CpuBackend` (which op goes to which kernel), `Parallel`, `Work` and `Scratch`
/// (threads and memory), `Lanes` (vectors); then a kind of op at a time: `Elementwise` and `Layout`
/// with the kernels of one, two and three numbers, `Rows` with norms and softmax, `ReduceKernels`,
/// `Gemm` with `GemmBlocked`, `GemmSkinny` and `TileKernels`, `StoredLinear` with `StoredProduct`
/// and `StoredRows`, `Conv2dKernels`, `AttentionKernels`, `CopyKernels`. Each is held against
/// `dev.chrysalis.tensor.scalar` by the same table of cases.
package dev.chrysalis.tensor.cpu;
