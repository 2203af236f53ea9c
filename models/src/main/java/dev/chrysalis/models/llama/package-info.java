/// The LLaMA 3.1 language model.
///
/// Reading order: `LlamaConfig` (sizes, from `config.json`), `Llama` (the forward pass, the same
/// for prompts, decoding and training), `Rope` and `RopeScaling` (positions), `KvCache` (what was
/// said before), `TokenSampler` (the next word from logits), `LlamaFile` (a model on disk),
/// `TextGenerator` (texts by it).
package dev.chrysalis.models.llama;
