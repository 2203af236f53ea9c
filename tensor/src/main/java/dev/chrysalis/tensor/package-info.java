/// Tensors and the closed set of operations on them.
///
/// Reading order: `Tensor` with `Shape`, `DType` and `TensorType` (what a tensor is), `Storage` and
/// `Scope` (where its memory lives and when it is freed); `Op` (every operation there is) and `Ops`
/// (how one is run); `ShapeRules` and its kin (which inputs an op takes, and what comes out);
/// `Backend` and `Backends` (who computes it; `Tally` counts by which kernel); `Definitions` (fused
/// ops said in other ops); `OpListener` (how gradients are recorded without tensors knowing of it);
/// `Philox` (random numbers).
///
/// Mistakes of a caller raise `ShapeException` or `DTypeException`, files that do not fit a
/// `CheckpointException`; all are unchecked and name what was found and what was needed.
package dev.chrysalis.tensor;
