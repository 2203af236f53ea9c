package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Matrix products.
final class ProductKernels {
  private static final String FILE = "products.cl";
  private static final int TILE = 32;
  private static final int TILE_LANES = 64;
  private static final int DOT_LANES = 64;

  /// Fewer rows than this are multiplied one by one.
  private static final int FEW_ROWS = 5;

  private ProductKernels() {}

  static void matMul(Work work, Op.MatMul op, List<Tensor> in, Tensor y) {
    Tensor a = op.transposeA() ? Work.swapped(in.get(0)) : in.get(0);
    Tensor b = op.transposeB() ? Work.swapped(in.get(1)) : in.get(1);
    tiles(work, a, b, Optional.empty(), y);
  }

  /// `x (…, k), w (n, k)[, bias]`; `w` may be of 16 bits.
  static void linear(Work work, List<Tensor> in, Tensor y) {
    Tensor x = work.dense(in.get(0));
    Tensor w = in.get(1);
    Optional<Tensor> bias = in.size() == 3 ? Optional.of(work.dense(in.get(2))) : Optional.empty();
    int k = w.size(1);
    int rows = (int) x.shape().range(0, x.rank() - 1).count();
    Tensor flat = Work.shaped(x, rows, k);
    if (rows < FEW_ROWS && (w.stride(1) == 1 || k == 1)) {
      Launch launch =
          kernel(work, "product_with_rows", x.dtype(), w.dtype())
              .with(w.size(0))
              .with(k)
              .with(w.stride(0))
              .read(flat)
              .from(w)
              .with(bias.isPresent());
      bias.ifPresentOrElse(launch::read, launch::nothing);
      launch.write(y).groups(y.count(), DOT_LANES);
    } else {
      tiles(work, flat, Work.swapped(w), bias, Work.shaped(y, rows, w.size(0)));
    }
  }

  /// `y = a·w [+ bias]`, leading axes broadcast.
  private static void tiles(Work work, Tensor a, Tensor w, Optional<Tensor> bias, Tensor y) {
    int m = y.size(-2);
    int n = y.size(-1);
    Shape batch = y.shape().range(0, y.rank() - 2);
    if (y.count() == 0) {
      return;
    }
    var layout = Work.layout(batch, Work.repeated(a, batch, 2), Work.repeated(w, batch, 2));
    int r = a.rank() - 2;
    int s = w.rank() - 2;
    Launch launch =
        kernel(work, "product", a.dtype(), w.dtype())
            .with(m)
            .with(n)
            .with(a.size(-1))
            .with(layout.rank())
            .ints(layout.sizes())
            .steps(layout.strides()[0])
            .steps(layout.strides()[1])
            .with(a.stride(r))
            .with(a.stride(r + 1))
            .with(w.stride(s))
            .with(w.stride(s + 1))
            .from(a)
            .from(w)
            .with(bias.isPresent());
    bias.ifPresentOrElse(launch::read, launch::nothing);
    long tiles = (long) ((m + TILE - 1) / TILE) * ((n + TILE - 1) / TILE);
    launch.write(y).groups(tiles * batch.count(), TILE_LANES);
  }

  private static Launch kernel(Work work, String name, DType computed, DType stored) {
    String defines = stored == computed ? "T_" + computed : "T_%s W_%s".formatted(computed, stored);
    return new Launch(work, new KernelId(FILE, defines, name), computed);
  }

  static void dequantize(Work work, BlockFormat format, Tensor x, Tensor y) {
    work.kernel("blocks.cl", format.name().toLowerCase(Locale.ROOT), DType.F32)
        .with(y.count())
        .read(work.dense(x))
        .write(y)
        .items(y.count());
  }

  static void blockLinear(Work work, BlockFormat format, List<Tensor> in, Tensor y) {
    Tensor blocks = in.get(1);
    Tensor w = work.tensor(DType.F32, blocks.size(0), format.rowElements(blocks.size(1)));
    dequantize(work, format, blocks, w);
    linear(work, in.size() == 3 ? List.of(in.get(0), w, in.get(2)) : List.of(in.get(0), w), y);
  }
}
