/// SigLIP: a vision tower and a text tower trained to agree.
///
/// Reading order: `Siglip` (both towers and their loss) with its configs, `SiglipVision` (patches,
/// their features, the pooling head), `SiglipText`, `SiglipEncoder` (the blocks both are built of).
package dev.chrysalis.models.siglip;
