package dev.chrysalis.models.tokenizer;

/// A token that stands outside the byte-pair vocabulary, found in a template by its exact text.
///
/// @param special left out when decoding skips special tokens
public record AddedToken(int id, String content, boolean special) {}
