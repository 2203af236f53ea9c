package dev.chrysalis.models.image;

import java.awt.image.BufferedImage;
import java.util.Arrays;

/// An opaque picture in sRGB, 8 bits a channel: `rgb[(y · width + x) · 3 + channel]`.
///
/// The array is not copied, neither on the way in nor out; whoever holds it must not change it.
public record Picture(int width, int height, byte[] rgb) {
  /// Channels of every picture: red, green, blue.
  public static final int CHANNELS = 3;

  public Picture {
    if (width < 1 || height < 1) {
      throw new PictureException(
          "picture: got size %d x %d, need at least 1 x 1".formatted(width, height));
    }
    long sizeBytes = (long) width * height * CHANNELS;
    if (rgb.length != sizeBytes) {
      throw new PictureException(
          "picture %d x %d: got %d bytes, need %d".formatted(width, height, rgb.length, sizeBytes));
    }
  }

  /// A picture of one colour, given as `0xRRGGBB`.
  public static Picture filled(int width, int height, int colour) {
    byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(width, height), CHANNELS)];
    for (int i = 0; i < rgb.length; i += CHANNELS) {
      rgb[i] = (byte) (colour >> 16);
      rgb[i + 1] = (byte) (colour >> 8);
      rgb[i + 2] = (byte) colour;
    }
    return new Picture(width, height, rgb);
  }

  /// The pixels of an opaque sRGB image, as drawn with Java2D.
  ///
  /// Only packed RGB types are taken: the JDK's grey images are linear, and reading them as sRGB
  /// would brighten them.
  public static Picture of(BufferedImage image) {
    int type = image.getType();
    if (type != BufferedImage.TYPE_INT_RGB
        && type != BufferedImage.TYPE_INT_BGR
        && type != BufferedImage.TYPE_3BYTE_BGR) {
      throw new PictureException(
          "picture: got BufferedImage type %d, need TYPE_INT_RGB, TYPE_INT_BGR or TYPE_3BYTE_BGR"
              .formatted(type));
    }
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] rgb = new byte[width * height * CHANNELS];
    int[] row = new int[width];
    for (int y = 0, i = 0; y < height; y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int pixel : row) {
        rgb[i++] = (byte) (pixel >> 16);
        rgb[i++] = (byte) (pixel >> 8);
        rgb[i++] = (byte) pixel;
      }
    }
    return new Picture(width, height, rgb);
  }

  /// A Java2D image with the same pixels, of type `TYPE_INT_RGB`.
  public BufferedImage toImage() {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        row[x] = colour(x, y);
      }
      image.setRGB(0, y, width, 1, row, 0, width);
    }
    return image;
  }

  /// One channel of one pixel, from 0 to 255.
  public int at(int x, int y, int channel) {
    return rgb[(y * width + x) * CHANNELS + channel] & 0xFF;
  }

  /// One pixel as `0xRRGGBB`.
  public int colour(int x, int y) {
    return at(x, y, 0) << 16 | at(x, y, 1) << 8 | at(x, y, 2);
  }

  /// True for a picture of the same size and pixels.
  @Override
  public boolean equals(Object other) {
    return other instanceof Picture p
        && p.width == width
        && p.height == height
        && Arrays.equals(p.rgb, rgb);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * width + height) + Arrays.hashCode(rgb);
  }

  @Override
  public String toString() {
    return "Picture[%d x %d]".formatted(width, height);
  }
}
