package dev.chrysalis.tensor;

/// What is known of a tensor before its values: element type and shape.
public record TensorType(DType dtype, Shape shape) {
  /// Bytes of a row-major tensor of this type.
  ///
  /// @throws ShapeException if they are more than a long counts
  public long sizeBytes() {
    if (shape.count() > Long.MAX_VALUE / dtype.sizeBytes()) {
      throw new ShapeException("shape: too many bytes: got " + this);
    }
    return shape.count() * dtype.sizeBytes();
  }

  @Override
  public String toString() {
    return dtype + shape.toString();
  }
}
