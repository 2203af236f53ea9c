/// The CUDA backend, on JCuda's binding of the driver. It is found as a service: to have it on the
/// module path is enough.
module dev.chrysalis.cuda {
  requires transitive dev.chrysalis.tensor;
  requires jcuda;
  requires org.tukaani.xz;

  exports dev.chrysalis.cuda;

  provides dev.chrysalis.tensor.Backend with
      dev.chrysalis.cuda.CudaBackend,
      dev.chrysalis.cuda.CudaBf16Backend,
      dev.chrysalis.cuda.CudaCublasBackend,
      dev.chrysalis.cuda.CudaBf16CublasBackend;
}
