#!/usr/bin/env python3
"""Writes a LLaMA of a published shape with random weights as one GGUF file, to give the same file to Chrysalis and to others.

    python3 bench/peers/make_gguf.py llama-3.2-1b q8_0 1b-q8_0.gguf        # needs: pip install gguf numpy

Types: bf16, q8_0, q4_0; norms are f32, as in published files. The vocabulary has LLaMA-3's size and special tokens, each byte as a token,
and one merge: it splits text into bytes, which does for measuring speed.
"""

import argparse

import gguf
import numpy

SHAPES = {
    # width, feed-forward width, layers, heads, key and value heads, output table is the embedding table
    "llama-3.2-1b": (2048, 8192, 16, 32, 8, True),
    "llama-3.1-8b": (4096, 14336, 32, 32, 8, False),
}
TYPES = {
    "bf16": (gguf.GGMLQuantizationType.BF16, gguf.LlamaFileType.MOSTLY_BF16),
    "q8_0": (gguf.GGMLQuantizationType.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
    "q4_0": (gguf.GGMLQuantizationType.Q4_0, gguf.LlamaFileType.MOSTLY_Q4_0),
}
VOCABULARY = 128256
FIRST_SPECIAL = 128000
SPECIAL = {
    0: "<|begin_of_text|>",
    1: "<|end_of_text|>",
    6: "<|start_header_id|>",
    7: "<|end_header_id|>",
    8: "<|eom_id|>",
    9: "<|eot_id|>",
    10: "<|python_tag|>",
}
ROWS_AT_A_TIME = 4096
CONTEXT = 131072


def byte_tokens():
    """The characters that stand for bytes in byte-level BPE (Radford et al. 2019): printable ones for themselves, others from 256 on."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


def add_tokenizer(writer):
    tokens = byte_tokens() + ["qq"]
    tokens += [f"word{i}" for i in range(len(tokens), FIRST_SPECIAL)]
    tokens += [SPECIAL.get(i, f"<|reserved_special_token_{i}|>") for i in range(VOCABULARY - FIRST_SPECIAL)]
    kinds = [gguf.TokenType.NORMAL] * FIRST_SPECIAL + [gguf.TokenType.CONTROL] * (VOCABULARY - FIRST_SPECIAL)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(["q q"])
    writer.add_bos_token_id(FIRST_SPECIAL)
    writer.add_eos_token_id(FIRST_SPECIAL + 9)


def tensors(shape):
    width, wide, layers, heads, shared, tied = SHAPES[shape]
    keys = width // heads * shared
    yield "token_embd.weight", (VOCABULARY, width)
    for layer in range(layers):
        block = f"blk.{layer}."
        yield block + "attn_norm.weight", (width,)
        yield block + "attn_q.weight", (width, width)
        yield block + "attn_k.weight", (keys, width)
        yield block + "attn_v.weight", (keys, width)
        yield block + "attn_output.weight", (width, width)
        yield block + "ffn_norm.weight", (width,)
        yield block + "ffn_gate.weight", (wide, width)
        yield block + "ffn_up.weight", (wide, width)
        yield block + "ffn_down.weight", (width, wide)
    yield "output_norm.weight", (width,)
    if not tied:
        yield "output.weight", (VOCABULARY, width)


def stored(random, shape, kind):
    """Normal numbers of deviation 0.02 in blocks of a type, some rows at a time."""
    parts = []
    for row in range(0, shape[0], ROWS_AT_A_TIME):
        rows = min(ROWS_AT_A_TIME, shape[0] - row)
        values = random.standard_normal((rows, shape[1]), dtype=numpy.float32) * numpy.float32(0.02)
        parts.append(gguf.quants.quantize(values, kind))
    return numpy.concatenate(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("type", choices=TYPES)
    parser.add_argument("file")
    asked = parser.parse_args()
    width, wide, layers, heads, shared, _ = SHAPES[asked.shape]
    kind, file_type = TYPES[asked.type]
    writer = gguf.GGUFWriter(asked.file, "llama")
    writer.add_name(f"{asked.shape} with random weights")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(wide)
    writer.add_head_count(heads)
    writer.add_head_count_kv(shared)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(500000.0)
    writer.add_rope_dimension_count(width // heads)
    writer.add_vocab_size(VOCABULARY)
    writer.add_file_type(file_type)
    add_tokenizer(writer)
    random = numpy.random.default_rng(0)
    for name, shape in tensors(asked.shape):
        if len(shape) == 1:
            writer.add_tensor(name, numpy.ones(shape, numpy.float32))
        else:
            writer.add_tensor(name, stored(random, shape, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
