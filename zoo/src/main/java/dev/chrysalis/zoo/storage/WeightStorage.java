package dev.chrysalis.zoo.storage;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.BlockWriter;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// How a folder's weights are stored. In blocks are only matrices whose rows are whole blocks; what
/// is left is BF16.
public enum WeightStorage {
  F32(DType.F32, Optional.empty()),
  BF16(DType.BF16, Optional.empty()),
  Q8_0(DType.BF16, Optional.of(BlockFormat.Q8_0)),
  Q4_0(DType.BF16, Optional.of(BlockFormat.Q4_0));

  private final DType plain;
  private final Optional<BlockFormat> blocks;

  WeightStorage(DType plain, Optional<BlockFormat> blocks) {
    this.plain = plain;
    this.blocks = blocks;
  }

  /// The name on command lines.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether matrices are stored in blocks.
  public boolean inBlocks() {
    return blocks.isPresent();
  }

  /// The blocks that a weight is stored in, if it is.
  public Optional<BlockFormat> blocks(Shape shape, boolean isMatrix) {
    return blocks.filter(
        format -> isMatrix && shape.rank() == 2 && shape.size(1) % format.blockElements() == 0);
  }

  /// What a weight becomes in the file.
  ///
  /// @param isMatrix whether it may be stored in blocks
  public TensorType type(Shape shape, boolean isMatrix) {
    return blocks(shape, isMatrix)
        .map(format ->
            new TensorType(DType.U8, Shape.of(shape.size(0), format.rowBytes(shape.size(1)))))
        .orElse(new TensorType(plain, shape));
  }

  /// What a weight of this type becomes if only matrices change.
  TensorType shrunk(TensorType type, boolean isMatrix) {
    boolean changes = type.dtype().isFloat() && blocks(type.shape(), isMatrix).isPresent();
    return changes ? type(type.shape(), isMatrix) : type;
  }

  /// A weight as it stands in the file if only matrices change.
  Tensor shrink(Tensor weight, boolean isMatrix) {
    boolean changes = !shrunk(weight.type(), isMatrix).equals(weight.type());
    return changes ? store(weight, isMatrix) : weight;
  }

  /// A weight as it stands in the file.
  public Tensor store(Tensor weight, boolean isMatrix) {
    return blocks(weight.shape(), isMatrix)
        .map(format -> BlockWriter.write(weight, format))
        .orElseGet(() -> weight.to(plain));
  }

  /// What the files say of themselves.
  public Map<String, String> metadata() {
    return blocks.map(SafetensorsWriter::blocksOf).orElse(SafetensorsWriter.PLAIN);
  }
}
