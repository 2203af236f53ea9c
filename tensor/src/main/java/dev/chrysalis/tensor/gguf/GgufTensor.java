package dev.chrysalis.tensor.gguf;

import dev.chrysalis.tensor.Shape;

/// Where a tensor lies in a GGUF file.
///
/// @param shape row-major, the axis that runs along blocks last; the file has it the other way
///   round
/// @param begin first byte, counted from the start of the data
/// @param sizeBytes bytes without the padding behind them
public record GgufTensor(String name, GgufType type, Shape shape, long begin, long sizeBytes) {}
