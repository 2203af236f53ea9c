package dev.chrysalis.tensor;

/// What is known of a tensor before its values: element type and shape.
public record TensorType(DType dtype, Shape shape) {
  /// Bytes of a row-major tensor of this type.
  public long sizeBytes() {
    return Math.multiplyExact(shape.count(), (long) dtype.sizeBytes());
  }

  @Override
  public String toString() {
    return dtype + shape.toString();
  }
}
