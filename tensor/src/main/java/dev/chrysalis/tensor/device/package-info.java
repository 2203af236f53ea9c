/// What backends on devices have in common: which op becomes which launches of which kernels, where
/// blocks lie, what is left to the host. A backend adds a driver (`Device`) and a name.
///
/// Reading order: `DeviceBackend` (what is widened, what goes to the host), `Kernels` and the
/// classes it names (the launches of every op), `Launch` (the arguments of one), `DeviceStorage`
/// and `DeviceMemory` (blocks there and here). The kernels lie beside these classes as resources,
/// in one dialect for OpenCL C and CUDA C++; `portable.h` begins each of them.
package dev.chrysalis.tensor.device;
