/// The OpenCL backend: the full op set on any device of OpenCL 1.2 or newer, in f32, and in f64
/// where the device has it. 16-bit floats are stored and widened.
///
/// Reading order: `OpenClBackend` (what is widened, what goes to the host), `Kernels` and the
/// classes it names (which op becomes which launches), `Launch` (arguments of one), `Programs`
/// (sources, builds, the cache of binaries), `DeviceStorage` and `DeviceMemory` (blocks there and
/// here). The kernels lie beside these classes as resources; `portable.h` begins each of them.
package dev.chrysalis.opencl;
