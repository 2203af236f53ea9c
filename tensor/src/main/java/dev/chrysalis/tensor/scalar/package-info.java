/// The reference backend: one plain loop for every op, in double precision, on one thread.
///
/// Kernels read their inputs into row-major arrays (`Dense`), compute by the formula in the op's
/// comment, and write the result back. `Grid` turns axes and strides into array positions; start
/// reading at `ScalarKernels`.
package dev.chrysalis.tensor.scalar;
