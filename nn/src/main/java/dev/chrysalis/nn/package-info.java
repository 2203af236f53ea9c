/// Layers and what trains them.
///
/// Reading order: `Weights` (where a model's tensors come from, by name) and `Initializer`; `Layer`
/// and the layers, `Linear` first, `MultiHeadAttention` last; `Losses`; `Optimizer`, `AdamW`,
/// `Muon`, `GradientClipping`, `Schedule` and `Ema`; `Trace`, which keeps values from inside a
/// forward pass for comparison.
package dev.chrysalis.nn;
