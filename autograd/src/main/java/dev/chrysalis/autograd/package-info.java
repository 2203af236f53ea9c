/// Gradients, as a layer over the ops of `dev.chrysalis.tensor`.
///
/// Start with `Autograd`, the public face. `Tape` is what it listens with and walks back along;
/// `Saved` says which values an op leaves behind for that walk, `VectorJacobian` what it then makes
/// of them, op by op. `Recompute` trades memory for time, `GradCheck` holds gradients against
/// differences of values.
package dev.chrysalis.autograd;
