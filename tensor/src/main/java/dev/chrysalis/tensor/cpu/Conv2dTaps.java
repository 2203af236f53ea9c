package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Conv2dSpec;
import java.util.Arrays;
import java.util.stream.IntStream;

/// What an output pixel of a convolution reads: for output `(i, j)`, tap `t` reads input pixel
/// `(stepY·(i + dy[t]) + planeY, stepX·(j + dx[t]) + planeX)`, where the plane is `plane[t]`.
///
/// A plane is every `stepY`-th row and every `stepX`-th column of the input: seen in planes,
/// outputs next to each other read inputs next to each other, whatever the stride.
final class Conv2dTaps {
  /// The taps along one axis: kernel index, plane and shift of each.
  private record Axis(int step, int[] kernel, int[] plane, int[] shift) {
    /// Taps of a convolution: output `i` reads input `i·stride + k·dilation − pad`.
    static Axis forward(int stride, int pad, int dilation, int size) {
      int[] kernel = IntStream.range(0, size).toArray();
      int[] from = Arrays.stream(kernel).map(k -> k * dilation - pad).toArray();
      return new Axis(
          stride,
          kernel,
          Arrays.stream(from).map(f -> Math.floorMod(f, stride)).toArray(),
          Arrays.stream(from).map(f -> Math.floorDiv(f, stride)).toArray());
    }

    /// Taps of its adjoint for the outputs `stride·i + phase`, which read input `(stride·i + phase
    /// + pad − k·dilation) / stride` where that is whole.
    static Axis backward(int stride, int pad, int dilation, int size, int phase) {
      int[] kernel =
          IntStream.range(0, size)
              .filter(k -> Math.floorMod(phase + pad - k * dilation, stride) == 0)
              .toArray();
      return new Axis(
          1,
          kernel,
          new int[kernel.length],
          Arrays.stream(kernel)
              .map(k -> Math.floorDiv(phase + pad - k * dilation, stride))
              .toArray());
    }

    int[] planes() {
      return Arrays.stream(plane).distinct().sorted().toArray();
    }

    int minShift() {
      return Arrays.stream(shift).min().orElse(0);
    }

    int maxShift() {
      return Arrays.stream(shift).max().orElse(0);
    }
  }

  final int count;
  final int stepY;
  final int stepX;

  /// Rows, and columns, of the input at which the planes start.
  final int[] planeY;

  final int[] planeX;
  final int minDy;
  final int maxDy;
  final int minDx;
  final int maxDx;

  /// Of every tap: which plane, counted row by row; shifts; place in the kernel.
  final int[] plane;

  final int[] dy;
  final int[] dx;
  final int[] weight;

  private Conv2dTaps(Axis y, Axis x, int kernelWidth) {
    count = y.kernel().length * x.kernel().length;
    stepY = y.step();
    stepX = x.step();
    planeY = y.planes();
    planeX = x.planes();
    minDy = y.minShift();
    maxDy = y.maxShift();
    minDx = x.minShift();
    maxDx = x.maxShift();
    plane = new int[count];
    dy = new int[count];
    dx = new int[count];
    weight = new int[count];
    for (int t = 0; t < count; t++) {
      int i = t / x.kernel().length;
      int j = t % x.kernel().length;
      plane[t] =
          Arrays.binarySearch(planeY, y.plane()[i]) * planeX.length
              + Arrays.binarySearch(planeX, x.plane()[j]);
      dy[t] = y.shift()[i];
      dx[t] = x.shift()[j];
      weight[t] = y.kernel()[i] * kernelWidth + x.kernel()[j];
    }
  }

  static Conv2dTaps forward(Conv2dSpec spec, int kernelH, int kernelW) {
    return new Conv2dTaps(
        Axis.forward(spec.strideH(), spec.padTop(), spec.dilationH(), kernelH),
        Axis.forward(spec.strideW(), spec.padLeft(), spec.dilationW(), kernelW),
        kernelW);
  }

  /// Taps of the adjoint for the outputs `(strideH·i + phaseY, strideW·j + phaseX)`.
  static Conv2dTaps backward(Conv2dSpec spec, int kernelH, int kernelW, int phaseY, int phaseX) {
    return new Conv2dTaps(
        Axis.backward(spec.strideH(), spec.padTop(), spec.dilationH(), kernelH, phaseY),
        Axis.backward(spec.strideW(), spec.padLeft(), spec.dilationW(), kernelW, phaseX),
        kernelW);
  }

  int planes() {
    return planeY.length * planeX.length;
  }
}
