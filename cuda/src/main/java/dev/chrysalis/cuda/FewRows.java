package dev.chrysalis.cuda;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.Grid;
import dev.chrysalis.tensor.device.KernelId;
import dev.chrysalis.tensor.device.Launch;
import dev.chrysalis.tensor.device.Work;
import java.util.Locale;
import java.util.Optional;

/// Products of few rows with a large matrix, which take the time that it takes to read the matrix:
/// see `decode.cu`.
final class FewRows {
  /// Most rows that share one reading of the matrix.
  static final int MOST = 8;

  private static final String FILE = "decode.cu";
  private static final int LANES = 256;
  private static final int WARPS = LANES / 32;

  /// Elements of the rows that wait in shared memory, for all rows.
  private static final int SLAB = 8192;

  /// A matrix of fewer rows than this has a group for each, if it is multiplied with several.
  private static final int FEW_RESULTS = 1000;

  private static final int ALIGNED = 16;

  /// What a group may share on every device since sm_80: 99 KiB.
  private static final int MOST_SHARED_BYTES = 99 << 10;

  /// Elements of a row that a warp of the kernels for blocks copies together.
  private static final int BLOCK_ELEMENTS = 256;

  private FewRows() {}

  /// `y = x·w' [+ bias]`
  ///
  /// @param x `(rows, k)`, row-major
  /// @param w `(n, k)` with contiguous rows, F32 or of 16 bits
  /// @param bias `(n)`, row-major, of the dtype of `x`
  /// @param y `(rows, n)`, row-major, of the dtype of `x`
  /// @return whether there is a kernel for it
  static boolean linear(Work work, Tensor x, Tensor w, Optional<Tensor> bias, Tensor y) {
    int rows = x.size(0);
    int n = w.size(0);
    int k = w.size(1);
    boolean wide = x.dtype() == DType.F32 && (w.dtype() == DType.F32 || w.dtype().isHalf());
    boolean half = x.dtype() == DType.BF16 && w.dtype() == DType.BF16;
    if (rows > MOST || (!wide && !half) || k == 0 || (w.stride(1) != 1 && k != 1)) {
      return false;
    }
    boolean fewResults = rows > 1 && n < FEW_RESULTS;
    int most = fewResults ? MOST : most(rows);
    int slab = slab(most, k);
    String name =
        "rows_%s_%s_%s%d"
            .formatted(
                wide ? "f32" : "16", Results.word(w.dtype()), fewResults ? "block_" : "", most);
    int each = fewResults ? 1 : most == 1 ? 2 : WARPS * Math.min(4, most);
    int sharedBytes = most == 1 ? 0 : stagedBytes(most, slab);
    Launch launch = work.launch(new KernelId(FILE, "ROWS", name), DType.F32).at(x).at(w);
    bias.ifPresentOrElse(launch::at, launch::nothing);
    launch
        .write(y)
        .with(rows)
        .with(n)
        .with(k)
        .with((long) k)
        .with(w.stride(0))
        .with((long) n)
        .with(slab)
        .run(new Grid((n + each - 1) / each, LANES, sharedBytes));
    return true;
  }

  /// The kernel that takes this many rows.
  private static int most(int rows) {
    return rows == 1 ? 1 : Integer.highestOneBit(rows - 1) * 2;
  }

  private static int slab(int most, int k) {
    return Math.min(SLAB / most, (k + 31) / 32 * 32);
  }

  private static int stagedBytes(int most, int slab) {
    return most * (slab + 32) * Float.BYTES;
  }

  /// `y = x·w' [+ bias]`, the rows of `w` in blocks.
  ///
  /// @param x `(rows, k)`, row-major, F32
  /// @param blocks `(n, bytes of a row)`, row-major
  /// @param bias `(n)`, row-major, F32
  /// @param y `(rows, n)`, row-major, F32
  /// @return whether there is a kernel for it
  static boolean blockLinear(
      Work work, BlockFormat format, Tensor x, Tensor blocks, Optional<Tensor> bias, Tensor y) {
    int rows = x.size(0);
    int n = blocks.size(0);
    int k = x.size(1);
    boolean known = format == BlockFormat.Q8_0 || format == BlockFormat.Q4_0;
    if (rows > MOST || !known || k == 0 || !blocks.isContiguous() || blocks.offset() % 4 != 0) {
      return false;
    }
    BlockKernel kernel = BlockKernel.of(format, rows, n, k, blocks.offset() % ALIGNED == 0);
    int slab = slab(kernel.most(), k);
    String name = kernel.name(format);
    int each = WARPS * kernel.rowsOfWarp();
    Launch launch = work.launch(new KernelId(FILE, "BLOCKS", name), DType.F32).at(x).at(blocks);
    bias.ifPresentOrElse(launch::at, launch::nothing);
    launch
        .write(y)
        .with(rows)
        .with(n)
        .with(k)
        .with((long) k)
        .with((long) n)
        .with(slab)
        .run(new Grid((n + each - 1) / each, LANES, kernel.sharedBytes(format, k)));
    return true;
  }

  /// A kernel for matrices in blocks.
  ///
  /// @param most rows that it takes
  /// @param rowsOfWarp rows of the matrix that a warp works on at a time
  /// @param stages of pieces that a warp copies ahead; 0 if its lanes read their blocks directly
  private record BlockKernel(int most, int rowsOfWarp, int stages) {
    /// @param aligned whether rows begin at multiples of 16 bytes, if blocks of a row fill them
    static BlockKernel of(BlockFormat format, int rows, int n, int k, boolean aligned) {
      boolean q8 = format == BlockFormat.Q8_0;
      int most = FewRows.most(rows);
      BlockKernel copying = new BlockKernel(most, q8 && most == 1 ? 2 : 4, q8 && most > 1 ? 2 : 3);
      boolean fits =
          k % BLOCK_ELEMENTS == 0
              && n >= 4
              && aligned
              && (q8 || rows > 1) // one row of q4_0 is faster without copies
              && copying.sharedBytes(format, k) <= MOST_SHARED_BYTES;
      return fits ? copying : new BlockKernel(rows == 1 ? 1 : MOST, 2, 0);
    }

    String name(BlockFormat format) {
      String kind = stages == 0 ? "any_" : "";
      return "rows_%s_%s%d".formatted(format.name().toLowerCase(Locale.ROOT), kind, most);
    }

    int sharedBytes(BlockFormat format, int k) {
      int ring = WARPS * stages * rowsOfWarp * 32 * format.blockBytes();
      return stagedBytes(most, slab(most, k)) + ring;
    }
  }
}
