/// The OpenCL backend, on JOCL. It is found as a service: to have it on the module path is enough.
module dev.chrysalis.opencl {
  requires transitive dev.chrysalis.tensor;
  requires jocl;

  exports dev.chrysalis.opencl;

  provides dev.chrysalis.tensor.Backend with
      dev.chrysalis.opencl.OpenClBackend;
}
