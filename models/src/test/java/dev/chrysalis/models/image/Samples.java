package dev.chrysalis.models.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Picture files made for tests, among them kinds that the JDK does not write.
final class Samples {
  static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  private Samples() {}

  /// A PNG from packed sample rows without filter; `extra` chunks stand in front of the data.
  static byte[] png(int width, int height, int depth, int type, byte[] rows, byte[]... extra) {
    int stride = rows.length / height;
    ByteArrayOutputStream filtered = new ByteArrayOutputStream();
    for (int y = 0; y < height; y++) {
      filtered.write(0);
      filtered.write(rows, y * stride, stride);
    }
    byte[] header = header(width, height, depth, type, 0);
    return join(
        PNG_SIGNATURE,
        header,
        join(extra),
        chunk("IDAT", deflate(filtered.toByteArray())),
        chunk("IEND", new byte[0]));
  }

  static byte[] header(int width, int height, int depth, int type, int interlace) {
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put((byte) depth).put((byte) type).put((byte) 0).put((byte) 0).put((byte) interlace);
    return chunk("IHDR", header.array());
  }

  static byte[] chunk(String type, byte[] content) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(content);
    ByteBuffer out = ByteBuffer.allocate(12 + content.length).putInt(content.length).put(name);
    return out.put(content).putInt((int) crc.getValue()).array();
  }

  static byte[] deflate(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
      out.write(content);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /// A smooth picture in which no two corners are alike.
  static Picture gradient(int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    for (int y = 0, i = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        rgb[i++] = (byte) (255 * x / Math.max(width - 1, 1));
        rgb[i++] = (byte) (255 * y / Math.max(height - 1, 1));
        rgb[i++] = (byte) (128 + 60 * Math.sin(x * 0.3 + y * 0.2));
      }
    }
    return new Picture(width, height, rgb);
  }

  static byte[] jpeg(Picture picture, boolean progressive) {
    return jpeg(new IIOImage(picture.toImage(), null, null), progressive);
  }

  static byte[] greyJpeg(int width, int height, int value) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    int[] samples = new int[width * height];
    Arrays.fill(samples, value);
    image.getRaster().setPixels(0, 0, width, height, samples);
    return jpeg(new IIOImage(image, null, null), false);
  }

  /// A JPEG of raw components, no colour transform and no marker that would name one. Every
  /// component is constant, so that coding loses nothing to speak of.
  static byte[] rawJpeg(int width, int height, int... components) {
    int n = components.length;
    int[] offsets = new int[n];
    Arrays.setAll(offsets, i -> i);
    WritableRaster raster =
        Raster.createInterleavedRaster(
            DataBuffer.TYPE_BYTE, width, height, width * n, n, offsets, null);
    int[] samples = new int[width * height * n];
    Arrays.setAll(samples, i -> components[i % n]);
    raster.setPixels(0, 0, width, height, samples);
    return jpeg(new IIOImage(raster, null, null), false);
  }

  private static byte[] jpeg(IIOImage image, boolean progressive) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionQuality(0.95f);
    if (progressive) {
      param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, image, param);
    } catch (IOException e) {
      throw new AssertionError(e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /// Puts a marker segment right behind the start of a JPEG.
  static byte[] splice(byte[] jpeg, int marker, byte[] payload) {
    int length = payload.length + 2;
    byte[] head = bytes(0xFF, 0xD8, 0xFF, marker, length >> 8, length);
    return join(head, payload, Arrays.copyOfRange(jpeg, 2, jpeg.length));
  }

  /// The payload of an Adobe segment.
  static byte[] adobe(int transform) {
    return bytes('A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, transform);
  }

  /// A TIFF block with a rotation tag, behind another tag.
  static byte[] tiff(int orientation, boolean littleEndian) {
    ByteBuffer out = ByteBuffer.allocate(8 + 2 + 24 + 4);
    if (littleEndian) {
      out.order(ByteOrder.LITTLE_ENDIAN);
    }
    out.put((byte) (littleEndian ? 'I' : 'M')).put((byte) (littleEndian ? 'I' : 'M'));
    out.putShort((short) 42).putInt(8).putShort((short) 2);
    out.putShort((short) 0x0100).putShort((short) 4).putInt(1).putInt(77);
    out.putShort((short) 0x0112).putShort((short) 3).putInt(1);
    out.putShort((short) orientation).putShort((short) 0).putInt(0);
    return out.array();
  }

  static byte[] exif(int orientation, boolean littleEndian) {
    return join(bytes('E', 'x', 'i', 'f', 0, 0), tiff(orientation, littleEndian));
  }
}
