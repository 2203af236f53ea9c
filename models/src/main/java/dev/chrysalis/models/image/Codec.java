package dev.chrysalis.models.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriter;
import javax.imageio.spi.ImageReaderWriterSpi;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// The JDK's own PNG and JPEG codecs. Plug-ins on the class path are passed over: they may convert
/// colours in their own way. Streams live in memory, so no cache file is ever written.
final class Codec {
  private Codec() {}

  /// One way of reading with an `ImageReader` whose input is set.
  @FunctionalInterface
  interface Decoding<T> {
    T apply(ImageReader reader) throws IOException;
  }

  /// Runs `decoding` over `data`; whatever a damaged file makes the codec throw, and every warning
  /// `fatal` names, becomes a `PictureException`.
  static <T> T decode(
      String name, String format, byte[] data, Predicate<String> fatal, Decoding<T> decoding) {
    ImageReader reader = own(ImageIO.getImageReadersByFormatName(format), r -> spi(r), format);
    List<String> warnings = new ArrayList<>();
    reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
    T result;
    try (MemoryCacheImageInputStream in =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(data))) {
      reader.setInput(in, true, true);
      result = decoding.apply(reader);
    } catch (IOException | RuntimeException e) {
      throw new PictureException(
          "%s: got damaged %s data (%s), need a whole picture".formatted(name, format, reason(e)),
          e);
    } finally {
      reader.dispose();
    }
    for (String warning : warnings) {
      if (fatal.test(warning)) {
        throw PictureException.of(
            name, "damaged %s data (%s)".formatted(format, warning), "a whole picture");
      }
    }
    return result;
  }

  static ImageWriter pngWriter() {
    return own(ImageIO.getImageWritersByFormatName("png"), w -> spi(w), "png");
  }

  private static ImageReaderWriterSpi spi(ImageReader reader) {
    return reader.getOriginatingProvider();
  }

  private static ImageReaderWriterSpi spi(ImageWriter writer) {
    return writer.getOriginatingProvider();
  }

  private static <T> T own(
      Iterator<T> codecs, Function<T, ImageReaderWriterSpi> provider, String format) {
    while (codecs.hasNext()) {
      T codec = codecs.next();
      if (provider.apply(codec).getVendorName().startsWith("Oracle")) {
        return codec;
      }
    }
    throw new PictureException("the JDK's own " + format + " codec is missing: need java.desktop");
  }

  private static String reason(Exception e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage();
    return message == null ? root.getClass().getSimpleName() : message;
  }
}
