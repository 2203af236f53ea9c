package dev.chrysalis.tensor;

/// How rows of numbers are stored in blocks that share scales, as GGUF files have them. A row of
/// `k` elements is `rowBytes(k)` bytes of U8; blocks run along the row. Scales (`d`, `m`) are F16,
/// little endian.
public enum BlockFormat {
  /// 32 elements: `d`, then 32 signed bytes `q`. `x = d·q`
  Q8_0(32, 34),
  /// 32 elements: `d`, then 16 bytes; byte `j` holds element `j` in its low, `j + 16` in its high
  /// half. `x = d·(q − 8)`
  Q4_0(32, 18),
  /// 256 elements: `d`, `m`, 12 bytes with eight pairs `(s, t)` of 6 bits, 128 bytes of 4-bit `q`;
  /// 32 bytes hold 32 elements in their low halves and the next 32 in their high halves. `x = d·s·q
  /// − m·t`, one pair for 32 elements.
  Q4_K(256, 144),
  /// 256 elements: 128 bytes with the low 4 bits and 64 bytes with the high 2 bits of `q`, 16
  /// signed bytes `s`, then `d`. `x = d·s·(q − 32)`, one `s` for 16 elements.
  Q6_K(256, 210);

  private final int blockElements;
  private final int blockBytes;

  BlockFormat(int blockElements, int blockBytes) {
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  /// Elements of a block.
  public int blockElements() {
    return blockElements;
  }

  /// Bytes of a block.
  public int blockBytes() {
    return blockBytes;
  }

  /// Bytes of a row of `elements`.
  ///
  /// @throws ShapeException if they are no whole blocks
  public int rowBytes(int elements) {
    if (elements % blockElements != 0) {
      throw new ShapeException(
          "%s: rows of %d elements, need a multiple of %d"
              .formatted(this, elements, blockElements));
    }
    return Math.multiplyExact(elements / blockElements, blockBytes);
  }

  /// Elements of a row of `bytes`.
  ///
  /// @throws ShapeException if they are no whole blocks
  public int rowElements(int bytes) {
    if (bytes % blockBytes != 0) {
      throw new ShapeException(
          "%s: rows of %d bytes, need a multiple of %d".formatted(this, bytes, blockBytes));
    }
    return Math.multiplyExact(bytes / blockBytes, blockElements);
  }
}
