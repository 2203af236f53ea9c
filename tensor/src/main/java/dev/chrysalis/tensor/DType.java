package dev.chrysalis.tensor;

/// Element types, with the names that safetensors files use for them.
public enum DType {
  /// IEEE 754 double precision.
  F64(8),
  /// IEEE 754 single precision.
  F32(4),
  /// IEEE 754 half precision.
  F16(2),
  /// The upper half of an F32.
  BF16(2),
  /// Signed, 64 bits.
  I64(8),
  /// Signed, 32 bits.
  I32(4),
  /// Unsigned, 8 bits.
  U8(1),
  /// Signed, 8 bits.
  I8(1),
  /// A byte that is 0 or 1.
  BOOL(1);

  private final int sizeBytes;

  DType(int sizeBytes) {
    this.sizeBytes = sizeBytes;
  }

  /// Bytes of one element.
  public int sizeBytes() {
    return sizeBytes;
  }

  /// Whether elements are floating-point numbers; only these have gradients.
  public boolean isFloat() {
    return this == F64 || this == F32 || isHalf();
  }

  /// Whether elements are floating-point numbers of 16 bits.
  public boolean isHalf() {
    return this == F16 || this == BF16;
  }
}
