/// Safetensors files, read mapped and written whole.
///
/// Reading order: `Checkpoint` (a model's tensors, in one file or in shards with an index),
/// `SafetensorsFile` (one file), `Header` (what of it is believed, and what is refused),
/// `SafetensorsWriter`.
package dev.chrysalis.tensor.safetensors;
