package dev.chrysalis.tensor;

/// Element types, with the names that safetensors files use for them.
public enum DType {
  F64(8),
  F32(4),
  F16(2),
  BF16(2),
  I64(8),
  I32(4),
  U8(1),
  I8(1),
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
    return this == F64 || this == F32 || this == F16 || this == BF16;
  }
}
