package dev.chrysalis.tensor.safetensors;

import dev.chrysalis.tensor.TensorType;

/// Where a tensor lies in a file.
///
/// @param begin first byte, counted from the end of the header
/// @param end the byte after the last
record Entry(String name, TensorType type, long begin, long end) {}
