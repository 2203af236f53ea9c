/// GGUF files, read mapped: the format of llama.cpp and of what is published for it.
///
/// Reading order: `GgufFile` (one file), `GgufHeader` (what of it is believed, and what is
/// refused), `GgufType` (how numbers are stored).
package dev.chrysalis.tensor.gguf;
