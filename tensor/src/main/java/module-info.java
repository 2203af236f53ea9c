/// Tensors on the CPU: shapes, dtypes, the closed set of operations, the backends that run them,
/// and safetensors files.
module dev.chrysalis.tensor {
  requires jdk.incubator.vector;
  requires tools.jackson.core;

  exports dev.chrysalis.tensor;
  exports dev.chrysalis.tensor.safetensors;

  uses dev.chrysalis.tensor.Backend;
}
