package dev.chrysalis.tensor;

/// Geometry of a two-dimensional convolution; the four paddings are zeros around the input.
public record Conv2dSpec(
    int strideH,
    int strideW,
    int padTop,
    int padLeft,
    int padBottom,
    int padRight,
    int dilationH,
    int dilationW,
    int groups) {
  public Conv2dSpec {
    if (strideH < 1 || strideW < 1 || dilationH < 1 || dilationW < 1 || groups < 1) {
      throw new ShapeException(
          "conv2d: strides, dilations and groups: need 1 or more, got %d %d, %d %d, %d"
              .formatted(strideH, strideW, dilationH, dilationW, groups));
    }
    if (padTop < 0 || padLeft < 0 || padBottom < 0 || padRight < 0) {
      throw new ShapeException(
          "conv2d: paddings: need 0 or more, got %d %d %d %d"
              .formatted(padTop, padLeft, padBottom, padRight));
    }
  }

  /// The same stride and padding on both axes, no dilation, one group.
  public static Conv2dSpec of(int stride, int padding) {
    return new Conv2dSpec(stride, stride, padding, padding, padding, padding, 1, 1, 1);
  }

  /// This geometry with `groups` groups of channels.
  public Conv2dSpec withGroups(int count) {
    return new Conv2dSpec(
        strideH, strideW, padTop, padLeft, padBottom, padRight, dilationH, dilationW, count);
  }

  /// `⌊(H + padTop + padBottom − dilation·(k−1) − 1) / stride⌋ + 1`
  public int outHeight(int height, int kernel) {
    return Math.floorDiv(height + padTop + padBottom - dilationH * (kernel - 1) - 1, strideH) + 1;
  }

  /// As `outHeight`, along the width.
  public int outWidth(int width, int kernel) {
    return Math.floorDiv(width + padLeft + padRight - dilationW * (kernel - 1) - 1, strideW) + 1;
  }
}
