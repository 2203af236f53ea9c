/// The OpenCL backend: `OpenClBackend` is a `DeviceBackend` on an `OpenClDevice`. `Devices` finds
/// what there is, `Programs` builds kernels when they are first needed, `BinaryCache` keeps them.
/// Which op becomes which kernels stands in `dev.chrysalis.tensor.device`, and the kernels lie
/// there.
package dev.chrysalis.opencl;
