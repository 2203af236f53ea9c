/// Tensors on the CPU: shapes, dtypes, the closed set of operations, the backends that run them,
/// and safetensors files.
module dev.chrysalis.tensor {
  requires jdk.incubator.vector;
  requires tools.jackson.core;

  exports dev.chrysalis.tensor;
  exports dev.chrysalis.tensor.cases;
  exports dev.chrysalis.tensor.device;
  exports dev.chrysalis.tensor.gguf;
  exports dev.chrysalis.tensor.safetensors;
  exports dev.chrysalis.tensor.scalar;

  uses dev.chrysalis.tensor.Backend;

  provides dev.chrysalis.tensor.Backend with
      dev.chrysalis.tensor.cpu.CpuBackend,
      dev.chrysalis.tensor.scalar.ScalarBackend;
}
