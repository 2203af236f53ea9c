package dev.chrysalis.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The sizes of a convolution with square kernel, stride 1, and as many zeros around as keep the
/// size of the picture.
///
/// @param inputs channels
/// @param outputs channels
/// @param kernel side, odd
public record ConvShape(int batch, int inputs, int outputs, int height, int width, int kernel) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,6})(?:x(\\d{1,6})){5}");

  public ConvShape {
    if (batch < 1 || inputs < 1 || outputs < 1 || height < 1 || width < 1 || kernel % 2 != 1) {
      throw new IllegalArgumentException(
          "conv: got %dx%dx%dx%dx%dx%d, need sizes of 1 or more and an odd kernel"
              .formatted(batch, inputs, outputs, height, width, kernel));
    }
  }

  /// Reads `BxCxOxHxWxK`.
  ///
  /// @throws IllegalArgumentException if it is not that
  public static ConvShape parse(String text) {
    Matcher whole = TEXT.matcher(text);
    if (!whole.matches()) {
      throw new IllegalArgumentException(
          "got '%s', need BxCxOxHxWxK, as in 1x320x320x64x64x3".formatted(text));
    }
    String[] sizes = text.split("x");
    return new ConvShape(
        Integer.parseInt(sizes[0]),
        Integer.parseInt(sizes[1]),
        Integer.parseInt(sizes[2]),
        Integer.parseInt(sizes[3]),
        Integer.parseInt(sizes[4]),
        Integer.parseInt(sizes[5]));
  }

  @Override
  public String toString() {
    return "%dx%dx%dx%dx%dx%d".formatted(batch, inputs, outputs, height, width, kernel);
  }
}
