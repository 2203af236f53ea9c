package dev.chrysalis.tensor.gguf;

import dev.chrysalis.tensor.DType;
import java.util.Optional;
import java.util.stream.Stream;

/// How a GGUF file stores numbers: plainly, or in blocks of `blockElements` that share scales.
public enum GgufType {
  /// Plain, 32 bits.
  F32(0, DType.F32),
  /// Plain, IEEE half precision.
  F16(1, DType.F16),
  /// Blocks of 32, as `BlockFormat` says.
  Q4_0(2, 32, 18),
  /// Blocks of 32; known by size only.
  Q4_1(3, 32, 20),
  /// Blocks of 32; known by size only.
  Q5_0(6, 32, 22),
  /// Blocks of 32; known by size only.
  Q5_1(7, 32, 24),
  /// Blocks of 32, as `BlockFormat` says.
  Q8_0(8, 32, 34),
  /// Blocks of 32; known by size only.
  Q8_1(9, 32, 36),
  /// Blocks of 256; known by size only.
  Q2_K(10, 256, 84),
  /// Blocks of 256; known by size only.
  Q3_K(11, 256, 110),
  /// Blocks of 256, as `BlockFormat` says.
  Q4_K(12, 256, 144),
  /// Blocks of 256; known by size only.
  Q5_K(13, 256, 176),
  /// Blocks of 256, as `BlockFormat` says.
  Q6_K(14, 256, 210),
  /// Blocks of 256; known by size only.
  Q8_K(15, 256, 292),
  /// Plain, signed.
  I8(24, DType.I8),
  /// Plain, signed.
  I32(26, DType.I32),
  /// Plain, signed.
  I64(27, DType.I64),
  /// Plain, 64 bits.
  F64(28, DType.F64),
  /// Plain, the upper half of an F32.
  BF16(30, DType.BF16);

  private final int code;
  private final int blockElements;
  private final int blockBytes;
  private final Optional<DType> dtype;

  GgufType(int code, int blockElements, int blockBytes) {
    this.code = code;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
    this.dtype = Optional.empty();
  }

  GgufType(int code, DType dtype) {
    this.code = code;
    this.blockElements = 1;
    this.blockBytes = dtype.sizeBytes();
    this.dtype = Optional.of(dtype);
  }

  /// The type that a file writes as `code`.
  static Optional<GgufType> of(int code) {
    return Stream.of(values()).filter(type -> type.code == code).findFirst();
  }

  /// Elements of a block, 1 if they are stored plainly.
  public int blockElements() {
    return blockElements;
  }

  /// Bytes of a block.
  public int blockBytes() {
    return blockBytes;
  }

  /// The dtype of elements that are stored plainly.
  public Optional<DType> dtype() {
    return dtype;
  }
}
