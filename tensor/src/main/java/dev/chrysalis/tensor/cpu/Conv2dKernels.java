package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;

/// Two-dimensional convolutions of F32 tensors. All tensors are contiguous. Sums are f32, by fused
/// multiply and add, in an order that depends on the sizes and on whether the weights lie outside
/// of the heap, or by `Conv2dWinograd`.
final class Conv2dKernels {
  /// Pixels of a merged row at most.
  private static final int MAX_WIDTH = 1024;

  /// From how many outputs, and numbers read for each, `suitsProduct`.
  private static final int MANY_OUTPUTS = 256;

  private static final int MANY_INPUTS = 256;

  /// Up to how many pixels a picture's product reads the weights where they lie.
  private static final int FEW_PIXELS = 128;

  private Conv2dKernels() {}

  /// `Op.Conv2d`: `x, w[, bias] → y`
  static void forward(Parallel pool, Conv2dSpec spec, List<Tensor> in, Tensor y) {
    assert y.isContiguous() && in.stream().allMatch(Tensor::isContiguous);
    if (y.count() == 0) {
      return;
    }
    Tensor w = in.get(1);
    long kernel = (long) w.size(2) * w.size(3);
    long perOut = w.size(1) * kernel;
    if (suitsWinograd(spec, in.get(0), w, y)) {
      var weights = new Conv2dStencil.Weights(w.segment(), 0, perOut, kernel);
      winograd(in.get(0), weights, false, bias(in), y, spec.padTop(), spec.padLeft()).run(pool);
      return;
    }
    if (suitsProduct(spec, w, y)) {
      product(pool, spec, in, y);
      return;
    }
    int merge = mergedRows(spec, w.shape(), y.shape());
    Conv2dStencil.Images out = images(y, spec.groups(), merge);
    Conv2dStencil stencil =
        new Conv2dStencil(
            images(in.get(0), spec.groups(), merge),
            new Conv2dStencil.Weights(
                w.segment(), w.size(0) / spec.groups() * perOut, perOut, kernel),
            bias(in),
            out,
            spec.groups(),
            Conv2dTaps.forward(spec, w.size(2), w.size(3)),
            new Conv2dStencil.Grid(out.height(), out.width(), 0, 0, 1, 1));
    stencil.run(pool, y.size(0));
  }

  /// Whether a product of matrices is faster than `Conv2dStencil`: where what is laid out for it is
  /// read by many outputs. Pictures of no more pixels than a vector would fill half of its panels.
  private static boolean suitsProduct(Conv2dSpec spec, Tensor w, Tensor y) {
    return spec.groups() == 1
        && y.size(2) * y.size(3) > Lanes.COUNT
        && w.size(0) >= MANY_OUTPUTS
        && (long) w.size(1) * w.size(2) * w.size(3) >= MANY_INPUTS;
  }

  /// The weights `(outputs, channels·taps)` times what the taps read `(channels·taps, pixels)`, of
  /// every picture.
  private static void product(Parallel pool, Conv2dSpec spec, List<Tensor> in, Tensor y) {
    Tensor x = in.get(0);
    Tensor w = in.get(1);
    int batch = y.size(0);
    int outputs = y.size(1);
    int pixels = y.size(2) * y.size(3);
    int k = w.size(1) * w.size(2) * w.size(3);
    long[] offsets = new long[batch];
    Arrays.setAll(offsets, i -> (long) i * outputs * pixels);
    Matrices out = new Matrices(y.segment(), offsets, pixels, 1);
    PicturePanels.Source source =
        new PicturePanels.Source(
            x.segment(), x.size(1), x.size(2), x.size(3), spec, w.size(2), w.size(3), y.size(3));
    if (w.segment().isNative() && pixels <= FEW_PIXELS) {
      StoredRows weights = StoredRows.ofFloats(w.segment(), outputs, k);
      new StoredProduct(pool, weights, outputs, source, bias(in), out).run(pixels);
      Reference.reachabilityFence(weights);
      return;
    }
    boolean biased = in.size() == 3;
    if (biased) {
      fill(pool, in.get(2).segment(), y, outputs, pixels);
    }
    Gemm.Problem problem =
        new Gemm.Problem(
            outputs,
            pixels,
            k,
            Matrices.of(w.segment(), k, 1).repeated(batch),
            new Matrices(x.segment(), new long[batch], 0, 0),
            out,
            MemorySegment.NULL,
            biased);
    new GemmBlocked(pool, problem, source).run();
  }

  /// `y[n, o, …] = bias[o]`
  private static void fill(Parallel pool, MemorySegment bias, Tensor y, int outputs, int pixels) {
    pool.run(
        y.size(0) * outputs,
        task -> {
          float value = bias.get(Elements.F32, task % outputs * (long) Float.BYTES);
          long from = (long) task * pixels * Float.BYTES;
          MemorySegment row = y.segment().asSlice(from, (long) pixels * Float.BYTES);
          for (int i = 0; i < pixels; i++) {
            row.set(Elements.F32, i * (long) Float.BYTES, value);
          }
        });
  }

  /// `Op.Conv2dInputGrad`: `dy, w → dx`
  static void inputGrad(Parallel pool, Conv2dSpec spec, List<Tensor> in, Tensor dx) {
    adjoint(pool, spec, in, MemorySegment.NULL, dx);
  }

  /// `Op.ConvTranspose2d`: `x, w[, bias] → y`
  static void transposed(Parallel pool, Conv2dSpec spec, List<Tensor> in, Tensor y) {
    adjoint(pool, spec, in, bias(in), y);
  }

  /// `Op.Conv2dWeightGrad`: `x, dy → dw`
  static void weightGrad(Parallel pool, Conv2dSpec spec, List<Tensor> in, Tensor dw) {
    assert dw.isContiguous() && in.stream().allMatch(Tensor::isContiguous);
    if (dw.count() == 0) {
      return;
    }
    Tensor x = in.get(0);
    int merge = mergedRows(spec, dw.shape(), x.shape());
    Conv2dWeightGrad grad =
        new Conv2dWeightGrad(
            images(x, spec.groups(), merge),
            images(in.get(1), spec.groups(), merge),
            dw.segment(),
            spec.groups(),
            Conv2dTaps.forward(spec, dw.size(2), dw.size(3)));
    grad.run(pool, x.size(0));
  }

  /// The pixels of `y` that lie a stride apart read the same taps: one pass for each such set.
  private static void adjoint(
      Parallel pool, Conv2dSpec spec, List<Tensor> in, MemorySegment bias, Tensor y) {
    assert y.isContiguous() && in.stream().allMatch(Tensor::isContiguous);
    Tensor x = in.get(0);
    Tensor w = in.get(1);
    long kernel = (long) w.size(2) * w.size(3);
    long perIn = w.size(1) * kernel;
    Conv2dStencil.Weights weights =
        new Conv2dStencil.Weights(w.segment(), w.size(0) / spec.groups() * perIn, kernel, perIn);
    if (y.count() == 0) {
      return;
    }
    if (suitsWinograd(spec, x, w, y)) {
      winograd(x, weights, true, bias, y, 2 - spec.padTop(), 2 - spec.padLeft()).run(pool);
      return;
    }
    int merge = mergedRows(spec, w.shape(), y.shape());
    Conv2dStencil.Images source = images(x, spec.groups(), merge);
    Conv2dStencil.Images out = images(y, spec.groups(), merge);
    for (int phaseY = 0; phaseY < Math.min(spec.strideH(), out.height()); phaseY++) {
      for (int phaseX = 0; phaseX < Math.min(spec.strideW(), out.width()); phaseX++) {
        Conv2dStencil.Grid grid =
            new Conv2dStencil.Grid(
                Math.ceilDiv(out.height() - phaseY, spec.strideH()),
                Math.ceilDiv(out.width() - phaseX, spec.strideW()),
                phaseY,
                phaseX,
                spec.strideH(),
                spec.strideW());
        Conv2dTaps taps = Conv2dTaps.backward(spec, w.size(2), w.size(3), phaseY, phaseX);
        new Conv2dStencil(source, weights, bias, out, spec.groups(), taps, grid)
            .run(pool, y.size(0));
      }
    }
  }

  private static Conv2dWinograd winograd(
      Tensor x,
      Conv2dStencil.Weights weights,
      boolean reversed,
      MemorySegment bias,
      Tensor y,
      int top,
      int left) {
    return new Conv2dWinograd(
        images(x, 1, 1), weights, reversed, bias, images(y, 1, 1), y.size(0), top, left);
  }

  private static boolean suitsWinograd(Conv2dSpec spec, Tensor x, Tensor w, Tensor y) {
    return w.size(2) == 3
        && w.size(3) == 3
        && spec.strideH() == 1
        && spec.strideW() == 1
        && spec.dilationH() == 1
        && spec.dilationW() == 1
        && spec.groups() == 1
        && Conv2dWinograd.suits(x.size(1), y.size(0), y.size(1), y.size(2), y.size(3));
  }

  private static Conv2dStencil.Images images(Tensor x, int groups, int merge) {
    return new Conv2dStencil.Images(
        x.segment(), x.size(1) / groups, x.size(2) / merge, x.size(3) * merge);
  }

  /// How many rows of a picture to see as one: a kernel of one pixel does not care where rows end,
  /// and long rows are better.
  private static int mergedRows(Conv2dSpec spec, Shape w, Shape x) {
    boolean onePixel = w.size(2) == 1 && w.size(3) == 1;
    int pad = spec.padTop() + spec.padLeft() + spec.padBottom() + spec.padRight();
    if (!onePixel || pad > 0 || spec.strideH() > 1 || spec.strideW() > 1) {
      return 1;
    }
    int merge = x.size(2);
    while (x.size(2) % merge != 0 || merge > 1 && merge * x.size(3) > MAX_WIDTH) {
      merge--;
    }
    return merge;
  }

  private static MemorySegment bias(List<Tensor> in) {
    return in.size() == 3 ? in.get(2).segment() : MemorySegment.NULL;
  }
}
