/// Byte-level byte-pair encoding as Llama 3 uses it, read from and written to `tokenizer.json`, and
/// the prompt layouts built on top of it.
///
/// Reading order: `Tokenizer` (text to ids and back); its parts `PreTokenizer` (text to pieces),
/// `ByteAlphabet` (bytes to printable characters), `BytePairEncoder` (a piece to ids),
/// `AddedTokenScanner` (control tokens in templates), `PostTemplate` (begin-of-text), `Utf8Decoder`
/// and `TextStream` (ids to text while they arrive); `TokenizerSpec` with `TokenizerReader` and
/// `TokenizerWriter` (the files); `BpeTrainer` (a vocabulary from texts); `Prompt`, `ChatTemplate`
/// and `MetaMorphPrompt` (layouts); `TokenizerParity` (golden sets).
///
/// Two ways from text to ids run through all of it. User text is plain: whatever it spells, it
/// never becomes a control token. Text that a template of ours wrote maps control tokens to ids.
package dev.chrysalis.models.tokenizer;
