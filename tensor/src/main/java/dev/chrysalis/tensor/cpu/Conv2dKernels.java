package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Two-dimensional convolutions of F32 tensors. All tensors are contiguous. Sums are f32, by fused multiply and add, in
/// an order that depends on the sizes alone.
final class Conv2dKernels {
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
    Conv2dStencil stencil =
        new Conv2dStencil(
            images(in.get(0), spec.groups()),
            new Conv2dStencil.Weights(
                w.segment(), w.size(0) / spec.groups() * perOut, perOut, kernel),
            bias(in),
            images(y, spec.groups()),
            spec.groups(),
            Conv2dTaps.forward(spec, w.size(2), w.size(3)),
            new Conv2dStencil.Grid(y.size(2), y.size(3), 0, 0, 1, 1));
    stencil.run(pool, y.size(0));
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
    Conv2dWeightGrad grad =
        new Conv2dWeightGrad(
            images(x, spec.groups()),
            images(in.get(1), spec.groups()),
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
        new Conv2dStencil.Weights(
            w.segment(), w.size(0) / spec.groups() * perIn, kernel, perIn);
    if (y.count() == 0) {
      return;
    }
    for (int phaseY = 0; phaseY < Math.min(spec.strideH(), y.size(2)); phaseY++) {
      for (int phaseX = 0; phaseX < Math.min(spec.strideW(), y.size(3)); phaseX++) {
        Conv2dStencil.Grid grid =
            new Conv2dStencil.Grid(
                Math.ceilDiv(y.size(2) - phaseY, spec.strideH()),
                Math.ceilDiv(y.size(3) - phaseX, spec.strideW()),
                phaseY,
                phaseX,
                spec.strideH(),
                spec.strideW());
        Conv2dTaps taps = Conv2dTaps.backward(spec, w.size(2), w.size(3), phaseY, phaseX);
        new Conv2dStencil(
                images(x, spec.groups()),
                weights,
                bias,
                images(y, spec.groups()),
                spec.groups(),
                taps,
                grid)
            .run(pool, y.size(0));
      }
    }
  }

  private static Conv2dStencil.Images images(Tensor x, int groups) {
    return new Conv2dStencil.Images(x.segment(), x.size(1) / groups, x.size(2), x.size(3));
  }

  private static MemorySegment bias(List<Tensor> in) {
    return in.size() == 3 ? in.get(2).segment() : MemorySegment.NULL;
  }
}
